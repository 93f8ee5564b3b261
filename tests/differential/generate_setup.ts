/** How the servers and clients of scenarios by chance are set up: middlewares, listeners. */
import fc from "fast-check";
import {
  ack,
  crowdOfSocket,
  ending,
  gentle,
  silent,
  toServer,
  unanswered,
  unansweredBroadcast,
  value,
} from "./generate_calls.ts";
import type {
  ClientReaction,
  NamespaceMiddleware,
  NamespaceSetup,
  Reaction,
  SocketMiddleware,
} from "./scenario.ts";

const reaction: fc.Arbitrary<Reaction> = fc.oneof(
  { weight: 8, arbitrary: gentle },
  { weight: 6, arbitrary: ack },
  { weight: 3, arbitrary: crowdOfSocket },
  { weight: 1, arbitrary: ending },
);

/** What does not end the socket it happens on. */
const harmless: fc.Arbitrary<Reaction> = fc.oneof(
  { weight: 2, arbitrary: gentle },
  { weight: 1, arbitrary: crowdOfSocket },
);

/** What is done when a socket ends, to others; clients that hear of it say nothing. */
const atEnd: fc.Arbitrary<Reaction> = fc.oneof(
  { weight: 2, arbitrary: silent },
  {
    weight: 1,
    arbitrary: crowdOfSocket.map((it) => it.do === "broadcast" ? { ...it, event: "x3" } : it),
  },
);

/** The same, to itself too. */
const lastWords: fc.Arbitrary<Reaction> = fc.oneof(
  { weight: 3, arbitrary: atEnd },
  { weight: 3, arbitrary: unanswered },
  { weight: 3, arbitrary: unansweredBroadcast },
);

const afterEnd: fc.Arbitrary<Reaction> = fc.oneof(
  { weight: 9, arbitrary: atEnd },
  { weight: 3, arbitrary: unansweredBroadcast },
  { weight: 1, arbitrary: ending },
);

const passing: fc.Arbitrary<NamespaceMiddleware> = fc.oneof(
  fc.record({ kind: fc.constantFrom("pass" as const, "pass later" as const) }),
  fc.record({ kind: fc.constant("call" as const), call: fc.oneof(silent, unanswered) }),
);

const refusing: fc.Arbitrary<NamespaceMiddleware> = fc.record({
  kind: fc.constantFrom("refuse" as const, "refuse later" as const, "pass" as const),
  message: fc.constantFrom("no", "nö"),
  data: value,
}, { requiredKeys: ["kind", "message"], noNullPrototype: true });

const socketMiddleware: fc.Arbitrary<SocketMiddleware> = fc.oneof(
  fc.record({
    kind: fc.constantFrom(
      "pass" as const,
      "pass later" as const,
      "refuse" as const,
      "drop" as const,
    ),
    event: toServer,
  }),
  fc.record({
    kind: fc.constant("rewrite" as const),
    event: toServer,
    into: fc.constantFrom("e2", "e3"),
  }),
);

const some = <T>(arbitrary: fc.Arbitrary<T>, maxLength: number): fc.Arbitrary<readonly T[]> =>
  fc.array(arbitrary, { maxLength });

/**
 * Does one thing after another. What ends a socket in between closes the connection too, or is all
 * that is done: an answer to what came before would reach a socket that is not there, see
 * shape_differences.ts.
 */
function list(
  reactions: fc.Arbitrary<Reaction>,
  maxLength: number,
  isKept: boolean,
): fc.Arbitrary<readonly Reaction[]> {
  return some(reactions, maxLength).map((calls) => {
    const end = calls.find((it) => it.do === "disconnect");
    if (end === undefined) return calls;
    if (isKept) return [{ ...end, close: false }];
    return calls.length < 2 ? calls : calls.map((it) => it === end ? { ...end, close: true } : it);
  });
}

/** What a setup may do. */
interface SetupRules {
  /** Whether every client is let in. */
  readonly isOpen: boolean;
  /** Whether a socket may be ended when it connects. */
  readonly endsAtOnce: boolean;
  /** Whether connections outlive their sockets, see `Scenario.namespaces`. */
  readonly isKept: boolean;
}

/** Any setup of a namespace. */
export function setupOf(
  { isOpen, endsAtOnce, isKept }: SetupRules,
): fc.Arbitrary<NamespaceSetup> {
  const onConnection = fc.oneof(
    { weight: 12, arbitrary: harmless },
    { weight: endsAtOnce ? 2 : 0, arbitrary: ending },
  );
  return fc.record({
    middlewares: isOpen ? some(passing, 2) : some(fc.oneof(passing, refusing), 2),
    socketMiddlewares: fc.oneof(
      { weight: 2, arbitrary: fc.constant([]) },
      some(socketMiddleware, 2),
    ),
    onAny: fc.integer({ min: 0, max: 2 }),
    onAnyOutgoing: fc.integer({ min: 0, max: 2 }),
    onConnection: list(onConnection, 2, isKept),
    onDisconnecting: some(isKept ? lastWords : atEnd, 2),
    onDisconnect: some(afterEnd, 2),
    on: fc.record({
      e0: list(reaction, 2, isKept),
      e1: list(reaction, 2, isKept),
      e2: some(fc.oneof(harmless, ack), 1),
    }),
  });
}

/** What a client does with an event. */
export const clientReaction: fc.Arbitrary<ClientReaction> = fc.constantFrom(
  "nothing",
  "answer",
  "answer",
  "answer with bytes",
  "answer twice",
  "emit",
);
