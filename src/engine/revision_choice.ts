/**
 * Which revision of the protocol a new session gets, and how its transports frame packets.
 *
 * Invariants
 * - The revision is chosen by the `EIO` parameter of the handshake alone, and never again; the framing
 *   by the first request of each transport.
 * - A request that gets none is refused with code 5; the operator is told once for each cause what to
 *   do, since anybody can send such requests as fast as they like.
 *
 * Source: Engine.IO protocol, section "Handshake"; engine.io 6.6 for code 5 and its context;
 * engine.io-client 1.3 to 1.5, `transports/polling.js` and `polling-xhr.js`.
 */
import type { Advice } from "../base/advice.ts";
import { quote } from "../base/errors.ts";
import { type Revision, revision3, revision4 } from "../session/revision.ts";
import type { EngineCodec } from "../wire/engine_codec.ts";
import { namedTraits, refusal, requestedProtocol } from "./handshake.ts";
import type { EngineRequest } from "./handshake_info.ts";
import { scriptIndex } from "./jsonp.ts";

/**
 * Chooses for a handshake, and tells the operator of clients that are left out.
 *
 * @param allowsV3 whether clients of revision 3 are let in
 * @throws HandshakeError when there is no revision for it
 */
export function chooseRevision(
  request: EngineRequest,
  allowsV3: boolean,
  advice: Advice,
): Revision {
  const named = namedTraits(request);
  if (named === revision4.traits) return revision4;
  if (named === revision3.traits) {
    if (allowsV3) return revision3;
    advice.once("revision 3", () => olderAdvice(request));
  } else {
    advice.once("unknown revision", () => unknownAdvice(request));
  }
  throw refusal("UNSUPPORTED_PROTOCOL_VERSION", {
    protocol: requestedProtocol(request, () => allowsV3),
  });
}

function olderAdvice(request: EngineRequest): string {
  return `Refused a client of Engine.IO revision 3, which is Socket.IO 1 or 2${
    sender(request)
  }: set ` +
    "allowEIO3 to true to let such clients in, or give them a client of version 3 or later.";
}

function unknownAdvice(request: EngineRequest): string {
  const { EIO } = request.query;
  const found = EIO === undefined ? "no EIO parameter" : `EIO=${quote(EIO)}`;
  return `Refused a handshake${
    sender(request)
  } with ${found}: clients of Socket.IO send EIO=3 or ` +
    "EIO=4. Look for a proxy that drops the query, or for something that is no such client.";
}

function sender({ remoteAddress }: EngineRequest): string {
  return remoteAddress === "" ? "" : ` from ${remoteAddress}`;
}

/**
 * How the transport of this request frames packets: a client may ask for base64 on each of them, and a
 * script has no place for anything else.
 *
 * Clients of Socket.IO 1.0 to 1.3 that do not ask for it read nothing but bytes. They alone mark their
 * requests with the time in milliseconds and a count.
 */
export function codecFor(revision: Revision, request: EngineRequest): EngineCodec {
  const { b64 = "", t = "" } = request.query;
  const { base64OnDemand, jsonp } = revision.traits;
  const isAskedFor = base64OnDemand && b64 !== "" && b64 !== "0" && b64 !== "false";
  if (isAskedFor || (jsonp && scriptIndex(request) !== undefined)) return revision.codec("base64");
  return revision.codec(/^\d+-\d+$/.test(t) ? "bytes" : "any");
}
