/**
 * Everything that is fuzzed, and which sources that is to reach.
 */
import type { FuzzTarget } from "./target.ts";
import { customParserTarget } from "./targets/custom_parser.ts";
import { encodersTarget } from "./targets/encoders.ts";
import { engineV3Target, engineV4Target } from "./targets/engine_codecs.ts";
import { formTarget } from "./targets/forms.ts";
import { cookieTarget, corsTarget, handshakeTarget } from "./targets/handshake.ts";
import { requestBodyTarget } from "./targets/request_body.ts";
import { dialectTarget, jsonCodecTarget, msgpackTarget } from "./targets/socket_codecs.ts";

/** All targets by name. */
export const TARGETS: readonly FuzzTarget[] = [
  engineV4Target,
  engineV3Target,
  formTarget,
  jsonCodecTarget,
  dialectTarget,
  msgpackTarget,
  customParserTarget,
  encodersTarget,
  handshakeTarget,
  corsTarget,
  cookieTarget,
  requestBodyTarget,
];
