/** The settings of an engine that tests make, with the defaults of the options. */
import type { AllowRequest } from "../../src/engine/allow_request.ts";
import type { EngineSettings } from "../../src/engine/engine_parts.ts";
import type { EngineRequest } from "../../src/engine/handshake_info.ts";
import { TrustedProxies } from "../../src/engine/trusted_proxies.ts";
import type { SessionSettings } from "../../src/session/ports.ts";
import { DEFAULT_SETTINGS } from "./recording_host.ts";

/** What of the settings may differ from the defaults. */
export interface InProcessSettings
  extends Partial<Omit<EngineSettings, "allowRequest" | "session">> {
  readonly allowRequest?: AllowRequest<EngineRequest>;
  readonly session?: Partial<SessionSettings>;
}

/** The settings of an engine, with the defaults. */
export function settingsOf(given: InProcessSettings): EngineSettings {
  const { bodyTimeoutMs = 20_000, transports = ["polling", "websocket"] } = given;
  return {
    session: Object.freeze({ ...DEFAULT_SETTINGS, ...given.session }),
    allowEIO3: given.allowEIO3 ?? false,
    transports,
    bodyTimeoutMs,
    admissionTimeoutMs: given.admissionTimeoutMs ?? 45_000,
    initialPacket: given.initialPacket,
    // Calls of the Web give users their snapshot.
    allowRequest: given.allowRequest as AllowRequest | undefined,
    cors: given.cors,
    cookie: given.cookie,
    maxConnections: given.maxConnections ?? Infinity,
    trustProxy: new TrustedProxies(0),
  };
}
