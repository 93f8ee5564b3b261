/**
 * Makes adapters, and refuses what is none: one that is made for the reference fails here, and its user
 * is told what is wanted.
 */
import type { Adapter, AdapterContext, AdapterFactory } from "./adapter.ts";

/** What an adapter must be able to do. */
const ADAPTER_METHODS: readonly string[] = [
  "addAll",
  "addSockets",
  "broadcast",
  "broadcastWithAck",
  "close",
  "del",
  "delAll",
  "delSockets",
  "disconnectSockets",
  "fetchSockets",
  "off",
  "on",
  "once",
  "serverCount",
  "serverSideEmit",
  "socketRooms",
];

/**
 * Makes the adapter of a namespace.
 *
 * @throws TypeError when the function throws, or gives no adapter of ours
 */
export function createAdapter(factory: AdapterFactory, context: AdapterContext): Adapter {
  const wanted = "the option must be a function that makes an Adapter of @godwit/io";
  let adapter: Adapter;
  try {
    adapter = factory(context);
  } catch (cause) {
    throw new TypeError(`Cannot create adapter: ${wanted}, and it has thrown`, { cause });
  }
  const methods = adapter as unknown as Readonly<Record<string, unknown>> | undefined;
  const missing = ADAPTER_METHODS.filter((name) => typeof methods?.[name] !== "function");
  const isReference = typeof methods?.["persistSession"] === "function";
  if (missing.length === 0 && !isReference) return adapter;
  const found = isReference ? "one of the reference" : `one without ${missing.join(", ")}`;
  throw new TypeError(`Cannot create adapter: ${wanted}, found ${found}`);
}
