/**
 * The options of a server on Node: those of every runtime, and those about the HTTP server.
 *
 * Invariants
 * - Each `@default` equals the default of its rule; a test compares them.
 */
import type { IncomingMessage } from "node:http";
import {
  booleanRule,
  integerRule,
  type OptionTable,
  resolveOptions,
} from "../../base/option_rules.ts";
import { type ResolvedOptions, SERVER_OPTIONS } from "../../server/options.ts";
import type { ServerOptions } from "../../server/server_options.ts";
import type { Socket } from "../../socket/api.ts";
import type { DefaultEventsMap, Untyped } from "../../socket/events.ts";
import type { HttpServerOrPort } from "./http_server.ts";

/**
 * What can be set when a server is made, or attached to an HTTP server. Everything is optional. What is
 * about the HTTP server counts, when it is given to `attach()`, for the one that is attached there.
 *
 * @typeParam AnySocket the type of the sockets that functions among the options are given
 * @example
 * ```ts
 * import { createServer } from "node:http";
 * import { Server } from "@godwit/io/node";
 *
 * const httpServer = createServer();
 * const io = new Server(httpServer, {
 *   cors: { origin: "https://app.example" },
 *   closeHttpServer: false,
 * });
 * ```
 */
export interface NodeServerOptions<
  AnySocket = Socket<
    DefaultEventsMap,
    DefaultEventsMap,
    DefaultEventsMap,
    Untyped,
    IncomingMessage
  >,
> extends ServerOptions<IncomingMessage, AnySocket> {
  /**
   * Whether upgrades for other paths are ended when nobody has answered them.
   *
   * @default {true}
   */
  readonly destroyUpgrade?: boolean;
  /**
   * Time that others have to answer an upgrade for another path, in milliseconds, 1 to 2,147,483,647.
   *
   * @default {1000}
   */
  readonly destroyUpgradeTimeout?: number;
  /**
   * New. Whether `io.close()` closes the HTTP server too.
   *
   * @default {true}
   */
  readonly closeHttpServer?: boolean;
}

/** The options about the HTTP server. */
export type HttpServerOptions = Pick<
  NodeServerOptions,
  "destroyUpgrade" | "destroyUpgradeTimeout" | "closeHttpServer"
>;

/** All options, checked, with their defaults. */
export type ResolvedNodeOptions = ResolvedOptions & Required<HttpServerOptions>;

const { destroyUpgrade: _upgrade, destroyUpgradeTimeout: _timeout, ...refused } =
  SERVER_OPTIONS.refused ?? {};

/** The rules of a server's options on Node. */
export const NODE_SERVER_OPTIONS: OptionTable<ResolvedNodeOptions> = {
  rules: {
    ...SERVER_OPTIONS.rules,
    destroyUpgrade: booleanRule({ default: true }),
    destroyUpgradeTimeout: integerRule({ default: 1_000, min: 1, max: 2_147_483_647, unit: "ms" }),
    closeHttpServer: booleanRule({ default: true }),
  },
  refused,
};

/**
 * Checks options and fills in defaults.
 *
 * @throws {TypeError} when anything is wrong; the message lists all of it
 */
export function resolveNodeOptions(
  given: unknown,
  warn: (message: string) => void,
): Readonly<ResolvedNodeOptions> {
  return resolveOptions("Server", NODE_SERVER_OPTIONS, given, warn);
}

/**
 * The options about one HTTP server: those given with it, or else those of the constructor.
 *
 * @throws {TypeError} when a given one is wrong
 */
export function resolveAttachOptions(
  { destroyUpgrade, destroyUpgradeTimeout, closeHttpServer }: ResolvedNodeOptions,
  given: { readonly [Name in keyof HttpServerOptions]-?: HttpServerOptions[Name] | undefined },
): Required<HttpServerOptions> {
  const named = Object.entries(given).filter(([, value]) => value !== undefined);
  const own = { destroyUpgrade, destroyUpgradeTimeout, closeHttpServer };
  return resolveNodeOptions({ ...own, ...Object.fromEntries(named) }, () => {});
}

/** Whether a constructor was given options first: HTTP servers have a method that options have not. */
export function isOptions<AnySocket>(
  value: HttpServerOrPort | NodeServerOptions<AnySocket> | undefined,
): value is NodeServerOptions<AnySocket> {
  return typeof value === "object" && value !== null && !("listen" in value);
}
