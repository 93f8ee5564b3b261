/**
 * Makes the files of the page: scripts and styles bundled, the rest as it is.
 *
 * - nothing is written, and no `node_modules` folder is needed;
 * - the published client comes ready for browsers inside its package, so that the bundler has to
 *   find one file only: the package itself is wherever the runtime keeps it;
 * - the bundler's process has ended when the promise resolves.
 */
import * as esbuild from "esbuild";
import { readFile } from "node:fs/promises";
import { findPackageJSON } from "node:module";
// Not used here: it makes the package part of this program, so that it is fetched and found.
import "socket.io-client";
import type { Page } from "./pages.ts";

const folder = new URL("./client/", import.meta.url);

const browserClient: esbuild.Plugin = {
  name: "socket.io-client for browsers",
  setup(build): void {
    const found = findPackageJSON("socket.io-client", import.meta.url);
    if (found === undefined) throw new Error("Cannot bundle page: socket.io-client is missing");
    const path = found.replace(/package\.json$/, "dist/socket.io.esm.min.js");
    build.onResolve({ filter: /^socket\.io-client$/ }, () => ({ path }));
  },
};

/** Makes all of them. */
export async function bundlePage(): Promise<Page> {
  try {
    const { outputFiles } = await esbuild.build({
      absWorkingDir: toPath(folder),
      entryPoints: { app: "main.ts", theme: "theme.ts", style: "style.css" },
      outdir: "/",
      bundle: true,
      write: false,
      minify: true,
      format: "iife",
      target: "es2022",
      legalComments: "none",
      plugins: [browserClient],
      tsconfigRaw: "{}",
      logLevel: "silent", // A fault is thrown.
    });
    const text = (name: string): string =>
      outputFiles.find((file) => file.path.endsWith(name))?.text ?? "";
    return {
      "index.html": await readFile(new URL("index.html", folder), "utf8"),
      "icon.svg": await readFile(new URL("icon.svg", folder), "utf8"),
      "app.js": text("app.js"),
      "theme.js": text("theme.js"),
      "style.css": text("style.css"),
    };
  } finally {
    await esbuild.stop();
  }
}

/** The path of a file URL, on Windows too. */
function toPath(url: URL): string {
  return decodeURIComponent(url.pathname).replace(/^\/([A-Za-z]:)/, "$1");
}
