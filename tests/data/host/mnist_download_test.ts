import { type Fetch, mnist } from "../../../data.ts";
import { writeFile } from "node:fs/promises";
import { equal, ok, rejects } from "../../_support/assert.ts";
import { test } from "../../_support/harness.ts";
import { gzip } from "../_gzip.ts";
import { namesIn, withFolder } from "./_folder.ts";
import { digestsOf, smallMnist } from "./_small_mnist.ts";

const URL = "https://mirror.example/mnist/";
const files = smallMnist();
const digests = await digestsOf(files);

/** A server with the small files, and the addresses it was asked for. */
function server(change: Record<string, Uint8Array<ArrayBuffer>> = {}): {
  fetch: (url: string) => Promise<Response>;
  asked: string[];
} {
  const asked: string[] = [];
  const served: Record<string, Uint8Array<ArrayBuffer>> = { ...files, ...change };
  const fetch = async (url: string): Promise<Response> => {
    asked.push(url);
    const name = url.slice(URL.length, -".gz".length);
    return new Response(await gzip(served[name]));
  };
  return { fetch, asked };
}

test("mnist() downloads, verifies and keeps files, then does without the server", () =>
  withFolder({}, async (folder) => {
    const cache = `${folder}/deep/mnist`;
    const { fetch, asked } = server();
    const { train } = await mnist({ cache, url: URL, digests, fetch });
    equal(train.size, 3);
    equal([...asked].sort()[0], `${URL}t10k-images-idx3-ubyte.gz`);
    equal(await namesIn(cache), Object.keys(files).map((name) => `${name}.gz`).sort());
    equal((await mnist({ cache, url: URL, digests, fetch })).test.size, 2);
    equal(asked.length, 4);
    equal((await mnist({ directory: cache })).train.size, 3);
  }));

test("mnist() refuses a download with another digest and keeps nothing of it", () =>
  withFolder({}, async (folder) => {
    const cache = `${folder}/mnist`;
    const changed = files["t10k-labels-idx1-ubyte"].slice();
    changed[9] ^= 1;
    const { fetch } = server({ "t10k-labels-idx1-ubyte": changed });
    const load = () => mnist({ cache, url: URL, digests, fetch });
    await rejects(load, SyntaxError, /t10k-labels-idx1-ubyte .*SHA-256 is [0-9a-f]{64}, not/);
    ok(!(await namesIn(cache)).includes("t10k-labels-idx1-ubyte.gz"), "the bad file was kept");
    await rejects(
      () => mnist({ cache: false, url: URL, fetch: server().fetch }),
      SyntaxError,
      /not [0-9a-f]{64}$/,
    );
  }));

test("mnist() downloads a kept file again when it was damaged", () =>
  withFolder({}, async (cache) => {
    const { fetch, asked } = server();
    await mnist({ cache, url: URL, digests, fetch });
    await writeFile(`${cache}/train-labels-idx1-ubyte.gz`, new Uint8Array([0x1f, 0x8b, 8, 0]));
    equal((await mnist({ cache, url: URL, digests, fetch })).train.size, 3);
    equal(asked.slice(4), [`${URL}train-labels-idx1-ubyte.gz`]);
    await mnist({ cache, url: URL, digests, fetch });
    equal(asked.length, 5);
  }));

test("mnist() takes files that the server or a proxy decompressed already", () =>
  withFolder({}, async (cache) => {
    const fetch: Fetch = (url) =>
      Promise.resolve(new Response(files[url.slice(URL.length, -3) as keyof typeof files]));
    equal((await mnist({ cache, url: URL, digests, fetch })).train.size, 3);
    equal(await namesIn(cache), Object.keys(files).sort());
  }));

test("mnist() reports an answer that is none, and a server that is not there", async () => {
  const load = (fetch: Fetch) => () => mnist({ cache: false, url: URL, digests, fetch });
  const missing: Fetch = () => Promise.resolve(new Response("gone", { status: 404 }));
  const unreachable: Fetch = () => Promise.reject(new TypeError("connection refused"));
  const cut: Fetch = async (url) => {
    const answer = new Uint8Array(await (await server().fetch(url)).arrayBuffer());
    return new Response(answer.slice(0, 15));
  };
  await rejects(load(missing), Error, /the server answered 404/);
  await rejects(load(unreachable), Error, /the server was not reached/);
  await rejects(load(cut), SyntaxError, /corrupt or truncated/);
});

test("mnist() hands an abort through", async () => {
  const controller = new AbortController();
  const reason = new Error("Cannot wait: enough");
  controller.abort(reason);
  const fetch: Fetch = (_, init) => Promise.reject(init?.signal?.reason);
  const load = () => mnist({ cache: false, url: URL, digests, fetch, signal: controller.signal });
  await rejects(load, Error, /enough/);
});
