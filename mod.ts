/**
 * Godwit: a Socket.IO server on Web standards, for Deno.
 *
 * @module
 */
export * from "./src/runtime/deno.ts";
