/** What servers and clients do in scenarios by chance: values, events, calls. */
import fc from "fast-check";
import type { CrowdCall, EmitFlags, SocketCall, Value } from "./scenario.ts";

/** Events that the server handles. */
export const toServer: fc.Arbitrary<string> = fc.constantFrom("e0", "e1", "e2", "e3");

/** Events that clients handle. */
const toClient: fc.Arbitrary<string> = fc.constantFrom("x0", "x1", "x2", "x3");

const room = fc.constantFrom("r0", "r1", "r2", "#0", "#1");

/** Where a socket may be; the main namespace is the busiest. */
export const namespace: fc.Arbitrary<string> = fc.constantFrom("/", "/", "/", "/a", "/b");

/** Which client does something; the first is the busiest. */
export const client: fc.Arbitrary<number> = fc.constantFrom(0, 0, 0, 1, 1, 2);

const bytes = fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 4 })
  .map((list): Value => ({ $bytes: list }));
const leaf: fc.Arbitrary<Value> = fc.oneof(
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.constantFrom("", "plain", "ünï ☃ 𝄞", "\u2028\u0000", '"\\', "__proto__"),
  bytes,
);

/** Anything that can be emitted. */
export const value: fc.Arbitrary<Value> = fc.oneof(
  { weight: 3, arbitrary: leaf },
  { weight: 1, arbitrary: fc.array(leaf, { maxLength: 2 }) },
  {
    weight: 1,
    arbitrary: fc.dictionary(fc.constantFrom("k", "key two", "é"), leaf, {
      maxKeys: 2,
      noNullPrototype: true,
    }),
  },
);

/** The arguments of an event. */
export const args: fc.Arbitrary<Value[]> = fc.array(value, { maxLength: 3 });

/** What a client tells of itself; the functions of the parent namespace look at it. */
export const auth: fc.Arbitrary<Value> = fc.record({
  now: fc.boolean(),
  deny: fc.constantFrom(false, false, true),
  fail: fc.constantFrom(false, false, true),
  who: leaf.filter((it) => typeof it !== "object"),
}, { requiredKeys: [], noNullPrototype: true });

/** Time in milliseconds in which an answer comes if it comes at all; it is not waited for. */
const LONG = 60_000;

/** Events that nobody answers, so that their time may be short. */
const UNANSWERED: ReadonlySet<string> = new Set(["e3", "x3"]);

const flags = fc.record({
  ack: fc.constantFrom("callback" as const, "promise" as const),
  timed: fc.boolean(),
  compress: fc.boolean(),
}, { requiredKeys: [], noNullPrototype: true });

/** Says how an event is emitted. */
export function flagged<T extends { readonly event: string }>(
  emitted: fc.Arbitrary<T>,
  alwaysTimed = false,
): fc.Arbitrary<T & EmitFlags> {
  return fc.tuple(emitted, flags).map(([it, { ack, timed, compress }]) => {
    const wait = UNANSWERED.has(it.event) ? 20 : LONG;
    const timeout = ack !== undefined && (timed === true || alwaysTimed) ? wait : undefined;
    return { ...it, ack, compress, timeout };
  });
}

/** An event to a client. */
export const emitted: fc.Arbitrary<Extract<SocketCall, { do: "emit" }>> = fc.record({
  do: fc.constant("emit" as const),
  event: toClient,
  args,
});

const sent: fc.Arbitrary<SocketCall> = fc.record({
  do: fc.constantFrom("send" as const, "write" as const),
  args,
});

/** Says to the client of the socket what it does not react to. */
export const unanswered: fc.Arbitrary<SocketCall> = fc.oneof(
  flagged(emitted.map((it) => ({ ...it, event: "x3" }))),
  sent,
);

/** Calls on a socket that say nothing to its client, and do not end it. */
export const silent: fc.Arbitrary<SocketCall> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("join" as const),
      rooms: fc.array(fc.constantFrom("r0", "r1", "r2"), { minLength: 1, maxLength: 2 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("leave" as const), room }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("data" as const), value }) },
  { weight: 2, arbitrary: fc.constant({ do: "look" as const }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("off" as const), event: toServer }) },
  { weight: 1, arbitrary: fc.constant({ do: "offAny" as const }) },
);

/** Calls on a socket that do not end it. */
export const gentle: fc.Arbitrary<SocketCall> = fc.oneof(
  { weight: 4, arbitrary: flagged(emitted) },
  { weight: 1, arbitrary: sent },
  { weight: 10, arbitrary: silent },
);

/** The end of a socket by the server. */
export const ending: fc.Arbitrary<SocketCall> = fc.record({
  do: fc.constant("disconnect" as const),
  close: fc.boolean(),
});

/** The end of a connection by the server. */
export const closing: fc.Arbitrary<SocketCall> = fc.record({
  do: fc.constant("conn.close" as const),
  discard: fc.boolean(),
});

const to = fc.array(room, { maxLength: 2 });

function broadcastOf(
  event: fc.Arbitrary<string>,
  targets: fc.Arbitrary<string[]>,
): fc.Arbitrary<Extract<CrowdCall, { do: "broadcast" }>> {
  return flagged(
    fc.record<Extract<CrowdCall, { do: "broadcast" }>>({
      do: fc.constant("broadcast" as const),
      event,
      args,
      to: targets,
      except: to,
    }),
    true,
  );
}

/** An answer to a broadcast is always awaited for a limited time. */
export const broadcast: fc.Arbitrary<CrowdCall> = broadcastOf(toClient, to);

/** A broadcast of the namespace by one of its sockets, which reaches that socket as well. */
export const unansweredBroadcast: fc.Arbitrary<CrowdCall> = broadcastOf(
  fc.constant("x3"),
  fc.oneof(to, to.map((rooms): string[] => ["#own", ...rooms])),
).map((it) => ({ ...it, by: "namespace" as const }));

/** Calls on many sockets that do not end them. */
export const crowd: fc.Arbitrary<CrowdCall> = fc.oneof(
  { weight: 6, arbitrary: broadcast },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom("fetchSockets" as const, "allSockets" as const),
      to,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom("socketsJoin" as const, "socketsLeave" as const),
      to,
      rooms: fc.array(fc.constantFrom("r0", "r1", "r2"), { minLength: 1, maxLength: 2 }),
    }),
  },
);

/** The end of many sockets. */
export const crowdEnding: fc.Arbitrary<CrowdCall> = fc.record({
  do: fc.constant("disconnectSockets" as const),
  to,
  close: fc.boolean(),
});

/** The answer to an event. */
export const ack: fc.Arbitrary<SocketCall> = fc.record({
  do: fc.constant("ack" as const),
  args,
  later: fc.boolean(),
});

/** `allSockets` of a socket's operator differs on purpose: see shape_differences.ts. */
export const crowdOfSocket: fc.Arbitrary<CrowdCall> = crowd.filter((it) => it.do !== "allSockets");
