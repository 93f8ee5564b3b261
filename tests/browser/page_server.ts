/**
 * Where the pages with the clients come from: `/<version>/` is a page with that bundle.
 *
 * - With `?referrer=<policy>` the page tells no more of itself than this policy lets it.
 */
const FILES: Readonly<Record<string, { readonly name: string; readonly type: string }>> = {
  "": { name: "index.html", type: "text/html; charset=utf-8" },
  "scenarios.js": { name: "scenarios.js", type: "text/javascript; charset=utf-8" },
};
const BUNDLE = "socket.io.js";

/** The scripts of a page, in their order. */
export const SCRIPTS: readonly string[] = [BUNDLE, "scenarios.js"];

/** Serves pages on a port of its own, so from an origin of its own. */
export class PageServer {
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #bundles: ReadonlyMap<string, string>;

  constructor(bundles: ReadonlyMap<string, string>) {
    this.#bundles = bundles;
    this.#server = Deno.serve({
      hostname: "127.0.0.1",
      port: 0,
      onListen: () => {},
    }, (request) => this.#answer(request.url));
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  async #answer(address: string): Promise<Response> {
    const { pathname, searchParams } = new URL(address);
    const [version = "", name = ""] = pathname.slice(1).split("/");
    const bundle = this.#bundles.get(version);
    const file = FILES[name];
    if (bundle === undefined || (name !== BUNDLE && file === undefined)) {
      return new Response("not here", { status: 404 });
    }
    const headers = new Headers({ "Content-Type": file?.type ?? "text/javascript; charset=utf-8" });
    const policy = searchParams.get("referrer");
    if (policy !== null) headers.set("Referrer-Policy", policy);
    if (file === undefined) return new Response(bundle, { headers });
    const text = await Deno.readTextFile(new URL(`page/${file.name}`, import.meta.url));
    return new Response(text, { headers });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}
