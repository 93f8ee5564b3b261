/**
 * The bundles of socket.io-client as they were published, and what each of them can do.
 *
 * - A bundle is taken out of the package on npm, whose bytes are checked, and is not changed.
 * - The packages are fetched once for a list of versions, into `dist/browser/`.
 * - No code of them runs here: some depend on what cannot be had any more, so they are not installed.
 */
import { keyedFolder, keyOf, run } from "../../tools/package/install.ts";
import { toPath } from "../../tools/to_path.ts";

/** How a client gets to the server. */
export type Way = "polling" | "jsonp" | "websocket" | "upgrade";

/** One published file. */
export interface Bundle {
  /** Version of the package. */
  readonly version: string;
  /** The SHA-512 of the package, as npm tells it. */
  readonly integrity: string;
  /** Path in the package. */
  readonly file: string;
  /** Revision of Engine.IO that it speaks. */
  readonly revision: 3 | 4;
  /** What it sends to a namespace for the server's `handshake.auth`; `none` where it has no way. */
  readonly credentials: "none" | "query" | "auth";
  /** What it puts before the session's id to have that of a socket in a namespace. */
  readonly idPrefix: "nothing" | "namespace" | "told by the server";
  /** Whether it sends views, such as Uint8Array, as binary; else as objects of their elements. */
  readonly sendsViews: boolean;
}

const ofRevision3 = { revision: 3, credentials: "query", file: "dist/socket.io.js" } as const;
const ofRevision4 = {
  revision: 4,
  credentials: "auth",
  file: "dist/socket.io.js",
  idPrefix: "told by the server",
  sendsViews: true,
} as const;

/** All bundles, oldest first. */
export const BUNDLES: readonly Bundle[] = [
  {
    version: "1.3.7",
    integrity:
      "sha512-yA4irP1priy7yewFB31N44xjFcGxRI4Yjyk572rdMdKAMtEPS+ntgzV0H0VSiky5DE1vh6djUNZHiOaXRdxi6w==",
    file: "socket.io.js",
    revision: 3,
    credentials: "none",
    idPrefix: "nothing",
    sendsViews: false,
  },
  {
    ...ofRevision3,
    version: "1.7.4",
    integrity:
      "sha512-vW9xr9XyTJejFS//7GNZmLTLkUSAcvOSxRXXhrojV+7wboTFB8CuvK1UBCW3NiB2kqyi0h9cTeyD7dXjdUd9jQ==",
    idPrefix: "nothing",
    sendsViews: false,
  },
  {
    ...ofRevision3,
    version: "2.0.3",
    integrity:
      "sha512-Lx7dCP7xCLKNXB5IB5AH37YoIjxAHLxQxXPFx0uTj9juQAayWUIwS6VS9Qn3I3eESIoQzjvsatAW1w4qb3ek9A==",
    idPrefix: "namespace",
    sendsViews: false,
  },
  {
    ...ofRevision3,
    version: "2.5.0",
    integrity:
      "sha512-lOO9clmdgssDykiOmVQQitwBAF3I6mYcQAo7hQ7AM6Ny5X7fp8hIJ3HcQs3Rjz4SoggoxA1OgrQyY8EgTbcPYw==",
    idPrefix: "namespace",
    sendsViews: true,
  },
  {
    ...ofRevision4,
    version: "3.1.3",
    integrity:
      "sha512-4sIGOGOmCg3AOgGi7EEr6ZkTZRkrXwub70bBB/F0JSkMOUFpA77WsL87o34DffQQ31PkbMUIadGOk+3tx1KGbw==",
  },
  {
    ...ofRevision4,
    version: "4.8.4",
    integrity:
      "sha512-7wjKAvVXYOJsbmUgkWbnhPD4bFpkqrUR0++XOjpGFmqDqsqV1CI93VTraeExLxpjxEqrWgFoSRZu1ihjLWfkAA==",
  },
];

/** The ways that a bundle knows. */
export function waysOf({ revision }: Bundle): readonly Way[] {
  return revision === 3
    ? ["polling", "jsonp", "websocket", "upgrade"]
    : ["polling", "websocket", "upgrade"];
}

/**
 * Gives the text of each bundle by its version.
 *
 * @throws {Error} when a package cannot be fetched, or is not the one that was meant
 */
export async function readBundles(): Promise<ReadonlyMap<string, string>> {
  const parent = new URL("../../dist/browser/", import.meta.url);
  const folder = await keyedFolder(parent, await keyOf(JSON.stringify(BUNDLES)), fetchPackages);
  const texts = BUNDLES.map(async ({ version, file }): Promise<[string, string]> => [
    version,
    await Deno.readTextFile(new URL(`${version}/package/${file}`, folder)),
  ]);
  return new Map(await Promise.all(texts));
}

async function fetchPackages(folder: URL): Promise<void> {
  const names = BUNDLES.map(({ version }) => `socket.io-client@${version}`);
  await run(["npm", "pack", "--ignore-scripts", "--silent", ...names], folder);
  for (const { version, integrity, file } of BUNDLES) {
    const archive = toPath(new URL(`socket.io-client-${version}.tgz`, folder));
    const found = await integrityOf(await Deno.readFile(archive));
    if (found !== integrity) {
      throw new Error(
        `Cannot use socket.io-client ${version}: expected ${integrity}, found ${found}`,
      );
    }
    const target = new URL(`${version}/`, folder);
    await Deno.mkdir(target);
    await run(["tar", "-xzf", archive, `package/${file}`], target);
  }
}

async function integrityOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-512", bytes));
  return `sha512-${digest.toBase64()}`;
}
