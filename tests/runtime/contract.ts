/**
 * The contract: what every server promises to the published client, on every runtime.
 *
 * A case takes a context (server, mode) and fails by throwing. It runs in each of its modes against
 * each target; it names no runtime. Cases wait for events with deadlines; that something does not
 * happen is shown by a later message that arrives without it.
 */
import type { CaseContext, Mode, Profile } from "./case_context.ts";
import type { Capability } from "./capabilities.ts";
import { ackCases } from "./cases/acks.ts";
import { bulkCases } from "./cases/bulk.ts";
import { catchAllCases } from "./cases/catch_alls.ts";
import { endingCases } from "./cases/endings.ts";
import { connApiCases } from "./cases/conn_api.ts";
import { engineApiCases } from "./cases/engine_api.ts";
import { handlerCases } from "./cases/handlers.ts";
import { handshakeCases } from "./cases/handshake.ts";
import { httpAnswerCases } from "./cases/http_answers.ts";
import { limitCases } from "./cases/limits.ts";
import { listenerCases } from "./cases/listeners.ts";
import { messageCases } from "./cases/messages.ts";
import { msgpackCases } from "./cases/msgpack.ts";
import { namespaceCases } from "./cases/namespaces.ts";
import { olderClientCases } from "./cases/older_clients.ts";
import { optionCases } from "./cases/options_api.ts";
import { corsOptionCases } from "./cases/options_cors.ts";
import { parentCases } from "./cases/parents.ts";
import { reasonCases } from "./cases/reasons.ts";
import { roomCases } from "./cases/rooms.ts";
import { serverApiCases } from "./cases/server_api.ts";
import { drainCases } from "./cases/drains.ts";
import { shutdownCases } from "./cases/shutdown.ts";
import { slowReaderCases } from "./cases/slow_readers.ts";
import { socketApiCases } from "./cases/socket_api.ts";
import { waitCases } from "./cases/waits.ts";

export interface ContractCase {
  /** A sentence: subject, what it does, when. */
  readonly name: string;
  /** The shared server it runs on. @default "calm" */
  readonly profile?: Profile;
  /** Modes in which it says something. @default all */
  readonly modes?: readonly Mode[];
  /** What a target must be able to do; without it the case is skipped with the reason. */
  readonly needs?: Capability;
  /** It mostly waits, for many seconds: it runs beside the other cases of its target. */
  readonly patient?: true;
  run(context: CaseContext): Promise<void>;
}

export const CONTRACT: readonly ContractCase[] = [
  ...messageCases,
  ...ackCases,
  ...namespaceCases,
  ...roomCases,
  ...handlerCases,
  ...waitCases,
  ...socketApiCases,
  ...listenerCases,
  ...catchAllCases,
  ...bulkCases,
  ...serverApiCases,
  ...parentCases,
  ...handshakeCases,
  ...httpAnswerCases,
  ...connApiCases,
  ...engineApiCases,
  ...endingCases,
  ...slowReaderCases,
  ...reasonCases,
  ...shutdownCases,
  ...drainCases,
  ...optionCases,
  ...corsOptionCases,
  ...msgpackCases,
  ...olderClientCases,
  ...limitCases,
];
