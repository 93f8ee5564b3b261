/**
 * The public names that every entry has, whatever the runtime; an entry may put names of its own in
 * front of them.
 *
 * Invariants
 * - What a public signature mentions is here.
 *
 * @module
 */
export {
  AckTimeoutError,
  DisconnectedError,
  EventDroppedError,
  SocketIoError,
  StateError,
  TransportError,
} from "../base/errors.ts";
export type { Cancel, Clock } from "../base/clock.ts";
export type {
  CountsByName,
  IncidentCount,
  IncidentName,
  ServerCounters,
} from "../base/incidents.ts";
export type { ListenerMap, ListenerMethods } from "../base/listener_methods.ts";
export type { Listener } from "../base/listeners.ts";
export type { Logger } from "../base/log.ts";
export type { AllowRequest } from "../engine/allow_request.ts";
export type { CookieOptions } from "../engine/cookie.ts";
export type {
  CorsCallback,
  CorsOptions,
  CorsOptionsDelegate,
  CorsOrigin,
  CorsOriginFunction,
} from "../engine/cors_options.ts";
export type {
  BodySink,
  EngineCall,
  EngineMiddlewareFunction,
  RequestBody,
} from "../engine/call.ts";
export type { EngineRequest, RequestHead, RequestInfo } from "../engine/handshake_info.ts";
export type {
  ConnectionError,
  Engine,
  EngineEvents,
  EngineMiddleware,
  EngineMiddlewareInfo,
  EngineOptions,
  EngineSendCallback,
  EngineSendOptions,
  EngineSocket,
  EngineSocketEvents,
  EngineTransport,
  HeaderRecord,
  WebEngine,
} from "../engine/api.ts";
export type { Header, LimitName, SinkEvents, WebSocketUpgrader } from "../engine/ports.ts";
export type { DrainReport } from "./drain.ts";
export type { DrainOptions } from "./drain_options.ts";
export type { Health, HealthAnswer, HealthHandler } from "./health.ts";
export { CoreServer } from "./server.ts";
export { LifecycleServer, type ServerLife } from "./lifecycle_server.ts";
export { MainNamespaceServer } from "./main_namespace_server.ts";
export type { OpenOption, OptionsResolver, RefusedOption, ResolvedOptions } from "./options.ts";
export type { ClientLimits, HandshakeLimits, Limits, RateLimit } from "./limits.ts";
export type { Fallback, Platform } from "./platform.ts";
export type { ServerOptions } from "./server_options.ts";
export type {
  BufferPolicy,
  CloseReason,
  FrameSink,
  SessionState,
  TransportName,
} from "../session/ports.ts";
export type * from "../socket/adapter.ts";
export { BaseServer, Namespace, Socket } from "../socket/api.ts";
export type * from "../socket/api.ts";
export type { BufferingOptions, DrainedOptions } from "../socket/buffering.ts";
export { Broadcaster, BroadcastOperator, RemoteSocket } from "../socket/broadcaster.ts";
export type * from "../socket/events.ts";
export type { LimitNotice } from "../socket/limit_notice.ts";
export type { Handshake } from "../socket/handshake.ts";
export { TypedEmitter } from "../socket/typed_emitter.ts";
export type { AskedAck, EncodedPacket, WireForms } from "../wire/encoded_packet.ts";
export type {
  EngineControlType,
  EnginePacket,
  EnginePacketType,
  Frame,
} from "../wire/engine_packet.ts";
export type { Parser, ParserDecoder, ParserEncoder, ParserPacket } from "../wire/parser_codec.ts";
