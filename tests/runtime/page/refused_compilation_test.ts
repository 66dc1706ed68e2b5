// A page whose Content-Security-Policy lacks 'wasm-unsafe-eval' refuses to compile bytes. The rule is that
// of a frame, which inherits the origin, and so the policy of the page that all other tests run in is free.
import type * as Library from "../../../mod.ts";
import { decodeBase64 } from "../../../src/runtime/base64.ts";
import { KERNELS_BASE64 } from "../../../src/runtime/kernels_wasm.ts";
import { equal, ok } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";

interface Frame {
  readonly library: typeof Library;
  readonly WebAssembly: typeof WebAssembly;
}

const SOURCE = new URL("../../../mod.js", import.meta.url).href;

/** The library as a frame under the strict policy has loaded it. */
async function withStrictFrame(body: (frame: Frame) => void): Promise<void> {
  const element = document.createElement("iframe");
  const answer = new Promise<MessageEvent>((resolve) =>
    addEventListener("message", resolve, { once: true })
  );
  // The origin by its name: with 'self', Firefox loads no script into a frame that has no address.
  element.srcdoc = `<meta http-equiv="content-security-policy"
      content="script-src ${location.origin} 'unsafe-inline'">
    <script type="module">
      import(${JSON.stringify(SOURCE)}).then((library) => {
        globalThis.library = library;
        parent.postMessage("loaded");
      }, (error) => parent.postMessage(String(error)));
    </script>`;
  document.body.append(element);
  try {
    equal((await answer).data, "loaded");
    body(element.contentWindow as unknown as Frame);
  } finally {
    element.remove();
  }
}

function errorOf(body: () => unknown): unknown {
  try {
    body();
  } catch (error) {
    return error;
  }
}

test("a page that refuses to compile bytes loads the library and says what to do", async () => {
  await withStrictFrame(({ library }) => {
    const { name, message } = errorOf(() => library.tensor([1, 2])) as Error;
    equal(name, "TypeError");
    ok(
      /^Cannot run kernels: .*pass a precompiled module to init\(\)$/.test(message),
      `message "${message}"`,
    );
  });
});

test("init() takes a module that another realm compiled, where this one may not", async () => {
  const module = new WebAssembly.Module(decodeBase64(KERNELS_BASE64));
  await withStrictFrame(({ library, WebAssembly: refusing }) => {
    ok(errorOf(() => new refusing.Module(decodeBase64(KERNELS_BASE64))), "the frame compiles");
    library.init(module);
    using product = library.matmul(
      library.tensor([[1, 2], [3, 4]]),
      library.tensor([[1, 1], [1, -1]]),
    );
    equal([...product.data], [3, -1, 7, -1]);
  });
});
