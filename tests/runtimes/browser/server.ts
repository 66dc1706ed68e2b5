// A folder of JavaScript served to pages of this machine alone, as a cross-origin isolated site: pages
// have SharedArrayBuffer only there.
const TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript",
  json: "application/json",
  wasm: "application/wasm",
};
const HEADERS: Readonly<Record<string, string>> = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
  // The folder does not change while it is served, and every page loads most of it.
  "cache-control": "max-age=3600",
};
const BLANK_PAGE = "<!doctype html><title>Tests</title><link rel=icon href=data:,>";

/** Policies of pages, by their paths. */
const POLICIES: Readonly<Record<string, string>> = {
  "/strict": "default-src 'self'",
  "/wasm_only": "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'",
};

/** Serves `folder`, an empty page at `/`, and one under each policy, as long as this program runs; says where. */
export function serveFolder(folder: string): string {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const path = decodeURIComponent(new URL(request.url).pathname);
      const type = TYPES[path.split(".").at(-1) ?? ""];
      if (path === "/") return new Response(BLANK_PAGE, answer(TYPES.html));
      if (path in POLICIES) return new Response(BLANK_PAGE, underPolicy(POLICIES[path]));
      try {
        return new Response(await Deno.readFile(folder + path), answer(type));
      } catch (error) {
        return new Response(String(error), { status: 404, headers: HEADERS });
      }
    },
  );
  return `http://127.0.0.1:${server.addr.port}`;
}

function underPolicy(policy: string): ResponseInit {
  const { headers } = answer(TYPES.html);
  return { headers: { ...headers, "content-security-policy": policy } };
}

function answer(type = "application/octet-stream"): ResponseInit {
  return { headers: { ...HEADERS, "content-type": type } };
}
