/**
 * Puts the page and the published client into a folder, for a server that has been bundled: it cannot
 * find the files of packages any more.
 *
 *   deno run --allow-read --allow-write --allow-env examples/team/build.ts <folder>
 */
import { copyFile, cp } from "node:fs/promises";
import { createRequire } from "node:module";
import process from "node:process";
// Not used here: it makes the package part of this program, so that it is fetched and found.
import "socket.io-client";

const [folder = "dist/team/public"] = process.argv.slice(2);
const client = createRequire(import.meta.url).resolve("socket.io-client/dist/socket.io.js");

await cp(new URL("./public/", import.meta.url), folder, { recursive: true });
await copyFile(client, `${folder}/socket.io-client.js`);
