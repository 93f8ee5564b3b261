/**
 * What Node gives a server beside requests.
 */
import { Buffer } from "node:buffer";
import process from "node:process";
import { setImmediate } from "node:timers";
import type { Platform } from "../../server/platform.ts";
import { resolveNodeOptions } from "./options.ts";

/** The platform of one server. */
export function nodePlatform(): Platform {
  return {
    afterTurn: (callback) => void setImmediate(callback),
    joinsFrames: true,
    debugPattern: mayRead("DEBUG") ? process.env.DEBUG : undefined,
    writeDebug: (line) => void process.stderr.write(`${line}\n`),
    resolveOptions: resolveNodeOptions,
    toBinary: (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
  };
}

/** The part of the global scope of Deno that is asked here. */
interface DenoScope {
  readonly Deno?: {
    readonly permissions: {
      querySync(asked: { readonly name: "env"; readonly variable: string }): {
        readonly state: string;
      };
    };
  };
}

/** Whether a variable may be read: under Deno, reading one that may not be read asks the user. */
function mayRead(variable: string): boolean {
  // Elsewhere the global scope has no such member, or one that is no runtime.
  const { Deno: deno } = globalThis as DenoScope;
  const state = deno?.permissions?.querySync({ name: "env", variable }).state;
  return state === undefined || state === "granted";
}
