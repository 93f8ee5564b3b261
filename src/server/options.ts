/**
 * The rules of the options, and what each floor is given of them.
 *
 * Invariants
 * - Options are checked here, once, all of them; the floors below get numbers and never check again.
 * - A known option of the reference that is not delivered is refused unless it is switched off, so
 *   nobody believes to have what is not there.
 *
 * Source: the documented server options of socket.io 4.8.
 */
import { describeValue } from "../base/errors.ts";
import type { Logger } from "../base/log.ts";
import {
  booleanRule,
  customRule,
  functionRule,
  integerRule,
  objectRule,
  oneOfRule,
  type OptionRule,
  type OptionTable,
  type Reading,
  resolveOptions,
  stringRule,
} from "../base/option_rules.ts";
import type { AllowRequest } from "../engine/allow_request.ts";
import { checkCookieOptions, type CookieOptions, resolveCookie } from "../engine/cookie.ts";
import { CorsPolicy } from "../engine/cors.ts";
import { checkCorsOptions } from "../engine/cors_options.ts";
import type { EngineSettings } from "../engine/engine_parts.ts";
import { TrustedProxies } from "../engine/trusted_proxies.ts";
import type { TransportName } from "../session/ports.ts";
import type { AdapterFactory } from "../socket/adapter.ts";
import type { HandlerMode } from "../socket/api.ts";
import { BUFFER_POLICIES, toLimits } from "../socket/buffering.ts";
import { HANDLER_MODE_WANTED, isHandlerMode } from "../socket/handler_mode.ts";
import type { Codec } from "../wire/codec.ts";
import { DEFAULT_CODEC_LIMITS } from "../wire/limits.ts";
import { EncodedPacket } from "../wire/encoded_packet.ts";
import type { Frame } from "../wire/engine_packet.ts";
import { type JsonBudget, jsonCodec } from "../wire/json_codec.ts";
import { checkParser, type Parser, parserCodec } from "../wire/parser_codec.ts";
import { type Limits, readLimits } from "./limits.ts";
import type { ServerOptions } from "./server_options.ts";
import { readTrustProxy, TRUST_WANTED, type TrustProxy } from "./trust_proxy.ts";

/** Options that are refused unless they are switched off. */
export type RefusedOption =
  | "connectionStateRecovery"
  | "httpCompression"
  | "perMessageDeflate"
  | "serveClient";

/** Options that may stay open. */
export type OpenOption =
  | "adapter"
  | "allowRequest"
  | "cors"
  | "initialPacket"
  | "limits"
  | "logger"
  | "maxAttachmentsBytes"
  | "maxConnectionMemory"
  | "parser";

/** All options, checked, with their defaults; those that may stay open are undefined then. */
export type ResolvedOptions =
  & {
    readonly [Name in Exclude<keyof ServerOptions, OpenOption | RefusedOption>]-?: NonNullable<
      ServerOptions[Name]
    >;
  }
  // Short forms, of which there is one, are written out.
  & { readonly [Name in OpenOption]: Exclude<ServerOptions[Name], "*"> | undefined };

/** The longest wait that every runtime's timers can take, in milliseconds: 2^31 - 1. */
const MAX_MS = 2_147_483_647;

/**
 * Bytes handed to a runtime that has not sent them, over which nothing more is handed over. They count
 * as waiting; less would leave a fast reader idle between two looks at its sink.
 */
const HIGH_WATER_BYTES = 8_388_608;

/** What a path must be; follows "must be". */
export const PATH_WANTED =
  "a path as it stands in a URL: from the first slash, percent-encoded, without query";

/** Bytes that one connection may hold, unless what it may hold of each kind comes to more. */
const CONNECTION_MEMORY_BYTES = 67_108_864;

const ADAPTER_WANTED = "a function that makes an Adapter of @godwit/io, see AdapterFactory";
const TRANSPORTS: readonly unknown[] = ["polling", "websocket"];
const LOGGER_METHODS = ["debug", "info", "warn", "error"] as const;

/** The rules of a server's options. */
export const SERVER_OPTIONS: OptionTable<ResolvedOptions> = {
  rules: {
    path: stringRule({
      default: "/socket.io",
      wanted: PATH_WANTED,
      check: isPath,
    }),
    addTrailingSlash: booleanRule({ default: true }),
    transports: customRule<readonly TransportName[]>({
      default: Object.freeze(["polling", "websocket"] as const),
      wanted: 'a list of "polling", "websocket" or both',
      read: readTransports,
    }),
    allowUpgrades: booleanRule({ default: true }),
    allowEIO3: booleanRule({ default: false }),
    pingInterval: milliseconds(25_000),
    pingTimeout: milliseconds(20_000),
    upgradeTimeout: milliseconds(10_000),
    connectTimeout: milliseconds(45_000),
    maxHttpBufferSize: integerRule({ default: 1_000_000, min: 1, unit: "bytes" }),
    bodyTimeout: milliseconds(20_000),
    closeTimeout: milliseconds(30_000),
    maxBufferedBytes: integerRule({
      default: 16_777_216,
      min: 1,
      unit: "bytes",
      allowInfinity: true,
    }),
    maxBufferedPackets: count(Infinity),
    bufferPolicy: oneOfRule({ values: BUFFER_POLICIES, default: "close" }),
    maxConnectionMemory: integerRule({
      default: undefined,
      min: 1,
      unit: "bytes",
      allowInfinity: true,
    }),
    maxAttachments: integerRule({
      default: DEFAULT_CODEC_LIMITS.maxAttachments,
      min: 0,
      max: 1_000,
    }),
    maxAttachmentsBytes: integerRule({
      default: undefined,
      min: 1,
      unit: "bytes",
    }),
    cleanupEmptyChildNamespaces: booleanRule({ default: false }),
    maxNamespaces: integerRule({ default: 1_000, min: 1, max: 1_000_000 }),
    maxDynamicNamespaces: count(10_000),
    maxPendingSessions: count(10_000),
    maxConnections: count(Infinity),
    maxPendingAcks: count(10_000),
    maxRoomsPerSocket: count(10_000),
    maxPendingEvents: count(10_000),
    handlerMode: customRule<HandlerMode>({
      default: "concurrent",
      wanted: HANDLER_MODE_WANTED,
      read: (value) => isHandlerMode(value) ? { value } : undefined,
    }),
    trustProxy: customRule<TrustProxy>({
      default: false,
      wanted: TRUST_WANTED,
      read: readTrustProxy,
    }),
    limits: customRule<Limits | undefined>({
      default: undefined,
      wanted: "an object",
      read: readLimits,
    }),
    allowRequest: functionRule<AllowRequest>(),
    cors: customRule<ResolvedOptions["cors"]>({
      default: undefined,
      wanted: 'a boolean, "*", an object or a function',
      read: (value) => {
        const given = value === "*" ? { origin: value } : value;
        return readChecked(given, checkCorsOption(given));
      },
    }),
    cookie: customRule<boolean | CookieOptions>({
      default: false,
      wanted: "a boolean or an object",
      read: (value) => readChecked(value, checkCookieOptions(value)),
    }),
    initialPacket: customRule<Frame | undefined>({
      default: undefined,
      wanted: "a string or a Uint8Array",
      read: readInitialPacket,
    }),
    parser: customRule<Parser | undefined>({
      default: undefined,
      wanted: "an object with the classes Encoder and Decoder",
      read: (value) => {
        const fault = checkParser(value);
        return readChecked(value, fault === undefined ? [] : [fault]);
      },
    }),
    adapter: customRule<AdapterFactory | undefined>({
      default: undefined,
      wanted: ADAPTER_WANTED,
      read: readAdapter,
    }),
    logger: objectRule<Logger>({
      wanted: `an object with the methods ${LOGGER_METHODS.join(", ")}`,
      check: isLogger,
    }),
  },
  refused: {
    serveClient: { reason: "this server does not serve the client's files yet" },
    connectionStateRecovery: { reason: "recovery is not delivered yet" },
    perMessageDeflate: { reason: "compression is not delivered yet" },
    httpCompression: { reason: "compression is not delivered yet" },
    wsEngine: { reason: "the WebSocket engine is that of the runtime", accepts: [] },
    destroyUpgrade: { reason: "there are no upgrades of others to destroy on this runtime" },
    destroyUpgradeTimeout: {
      reason: "there are no upgrades of others to destroy on this runtime",
      accepts: [],
    },
  },
};

/** Checks the options of a server on one runtime; `warn` is told of names that nobody knows. */
export type OptionsResolver = (
  given: unknown,
  warn: (message: string) => void,
) => Readonly<ResolvedOptions>;

/**
 * Checks options and fills in defaults.
 *
 * @throws {TypeError} when anything is wrong; the message lists all of it
 */
export function resolveServerOptions(
  given: unknown,
  warn: (message: string) => void,
): Readonly<ResolvedOptions> {
  if (isServerOrPort(given)) {
    throw new TypeError(
      "Cannot create server: this entry takes options alone, and io.handler() goes where requests " +
        "come in; the Server of @godwit/io/node takes an HTTP server or a port",
    );
  }
  return resolveOptions("Server", SERVER_OPTIONS, given, warn);
}

/**
 * The codec that the options ask for.
 *
 * @param jsonMemory what reading JSON may cost beside its size, on a runtime where that is much
 */
export function createCodec(
  options: ResolvedOptions,
  jsonMemory?: JsonBudget["memoryOf"],
): Codec {
  const { parser, maxAttachments } = options;
  const limits = { maxAttachments, maxAttachmentsBytes: attachmentsBytes(options) };
  if (parser !== undefined) return parserCodec(parser, limits);
  if (jsonMemory === undefined) return jsonCodec(limits);
  const budget = {
    memoryOf: jsonMemory,
    maxBytes: connectionMemory(options),
    limit: "maxConnectionMemory",
  };
  return jsonCodec(limits, budget);
}

function attachmentsBytes({ maxAttachmentsBytes, maxHttpBufferSize }: ResolvedOptions): number {
  return maxAttachmentsBytes ?? Math.min(5 * maxHttpBufferSize, Number.MAX_SAFE_INTEGER);
}

/** What is allowed of each kind must fit in by itself, or one limit would lower another in silence. */
function connectionMemory(options: ResolvedOptions): number {
  const { maxConnectionMemory, maxHttpBufferSize, maxBufferedBytes } = options;
  const sum = maxHttpBufferSize + attachmentsBytes(options) + maxBufferedBytes;
  return maxConnectionMemory ?? Math.max(CONNECTION_MEMORY_BYTES, sum);
}

/** Where events are dropped, half of the limit is left to those that can be: not what a runtime has. */
function highWaterOf({ maxBufferedBytes, bufferPolicy }: ResolvedOptions): number {
  return bufferPolicy === "close" ? maxBufferedBytes : Math.ceil(maxBufferedBytes / 2);
}

/**
 * What the engine is given of the options.
 *
 * @param onCorsError told when a function of the `cors` option fails
 */
export function engineSettings(
  options: ResolvedOptions,
  onCorsError: (error: Error) => void,
): EngineSettings {
  const { transports, allowUpgrades, cors, initialPacket } = options;
  const canUpgrade = allowUpgrades && transports.includes("websocket");
  return {
    session: Object.freeze({
      pingIntervalMs: options.pingInterval,
      pingTimeoutMs: options.pingTimeout,
      upgradeTimeoutMs: options.upgradeTimeout,
      closeTimeoutMs: options.closeTimeout,
      maxPayloadBytes: options.maxHttpBufferSize,
      buffering: Object.freeze(toLimits(options)),
      maxConnectionMemory: connectionMemory(options),
      highWaterBytes: Math.min(HIGH_WATER_BYTES, highWaterOf(options)),
      upgrades: Object.freeze(canUpgrade ? ["websocket"] as const : []),
    }),
    allowEIO3: options.allowEIO3,
    transports,
    bodyTimeoutMs: options.bodyTimeout,
    admissionTimeoutMs: options.connectTimeout,
    initialPacket: initialPacket === undefined ? undefined : EncodedPacket.message([initialPacket]),
    allowRequest: options.allowRequest,
    cors: cors === undefined || cors === false ? undefined : new CorsPolicy(cors, onCorsError),
    cookie: resolveCookie(options.cookie),
    maxConnections: options.maxConnections,
    trustProxy: new TrustedProxies(options.trustProxy || 0),
  };
}

/** What the reference takes in the place of options. */
function isServerOrPort(value: unknown): boolean {
  return typeof value === "number" || typeof value === "function" ||
    (typeof value === "object" && value !== null && "listen" in value);
}

function count(defaultCount: number): OptionRule<number> {
  return integerRule({ default: defaultCount, min: 1, allowInfinity: true });
}

function milliseconds(defaultMs: number): OptionRule<number> {
  return integerRule({ default: defaultMs, min: 1, max: MAX_MS, unit: "ms" });
}

/** Whether requests can have this path: one that URLs write otherwise would never match. */
export function isPath(text: string): boolean {
  return text.startsWith("/") && URL.canParse(text, "http://a") &&
    new URL(text, "http://a").href === `http://a${text}` && !/[?#]/.test(text);
}

function readTransports(value: unknown): Reading<readonly TransportName[]> | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const names: readonly unknown[] = value;
  const unknown = names.find((name) => !TRANSPORTS.includes(name));
  if (unknown !== undefined) {
    return {
      faults: [`transports must hold "polling" or "websocket", found ${describeValue(unknown)}`],
    };
  }
  // Every name was found among the transports.
  return { value: Object.freeze([...new Set(names as readonly TransportName[])]) };
}

function readInitialPacket(value: unknown): Reading<Frame> | undefined {
  if (typeof value === "string") return { value };
  return value instanceof Uint8Array ? { value: Uint8Array.from(value) } : undefined;
}

/** A class is what the adapter packages of the reference have; ours is a plain function. */
function readAdapter(value: unknown): Reading<AdapterFactory> | undefined {
  if (typeof value !== "function") return undefined;
  if (/^class\b/.test(Function.prototype.toString.call(value))) {
    return { faults: [`adapter must be ${ADAPTER_WANTED}, found a class`] };
  }
  return { value: value as AdapterFactory };
}

function checkCorsOption(value: unknown): readonly string[] {
  return typeof value === "boolean" ? [] : checkCorsOptions(value);
}

function isLogger(value: object): boolean {
  const logger = value as Partial<Record<string, unknown>>;
  return LOGGER_METHODS.every((name) => typeof logger[name] === "function");
}

/** A value as its own check of several faults has found it. */
function readChecked<V>(value: unknown, faults: readonly string[]): Reading<V> {
  // The cast is true when the check has found no fault.
  return faults.length > 0 ? { faults } : { value: value as V };
}
