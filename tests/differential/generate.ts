/**
 * Scenarios by chance.
 *
 * Invariants
 * - What a scenario does is the same at every run: nothing in it is a race that both sides may win.
 * - It has none of the shapes that differ on purpose: see shape_differences.ts.
 *
 * What no scenario does, beside those shapes, and why:
 * - What a socket says to itself at its end, in `disconnecting`, is said only where connections
 *   outlive their sockets (`Scenario.namespaces`): a client whose last socket has gone closes its
 *   connection, and whether that or the words come first is chance; so is how `disconnect(true)` ends
 *   in the reference when more than its own packet has to leave.
 * - In `disconnect`, a socket says nothing to itself: the reference still writes it, and closes the
 *   connection in another way then ("a socket that has ended says nothing").
 * - Clients do not react to what middlewares and ends tell them: an answer would come to a socket that
 *   may not be there any more ("a packet under way when the server ends the socket").
 * - A client that upgrades by itself is not refused in all its namespaces, nor closed by the server
 *   at once: its end would come before, while or after it upgrades.
 * - Nothing that ends a socket shares a step with events of its client: which is first is chance. Where
 *   one listener does several things, an end closes the connection, or is all that is done.
 * - The server emits volatile events where it emits several things in one turn, and a client is idle
 *   but for those: what waits at other times is the transport's, and chance.
 * - Timeouts are long, but for events that nobody answers: what is late is chance.
 */
import fc from "fast-check";
import {
  args,
  auth,
  broadcast,
  client,
  closing,
  crowd,
  crowdEnding,
  crowdOfSocket,
  emitted,
  ending,
  flagged,
  gentle,
  namespace,
  toServer,
} from "./generate_calls.ts";
import { QUIET } from "./examples.ts";
import { clientReaction, setupOf } from "./generate_setup.ts";
import type { Action, CrowdCall, Scenario, Value } from "./scenario.ts";

/** Whether a client may lose what it emits, which is no chance: it knows nothing of the server. */
const isVolatile = fc.constantFrom(undefined, undefined, undefined, true);

const connect: fc.Arbitrary<Action> = fc.record({
  on: fc.constant("client" as const),
  client,
  do: fc.constant("connect" as const),
  nsp: fc.constantFrom("/", "/", "/a", "/b", "/dynamic-1", "/dynamic-2", "/asked-1", "/nowhere"),
  auth,
}, { requiredKeys: ["on", "client", "do", "nsp"], noNullPrototype: true });

const clientEmit: fc.Arbitrary<Action> = flagged(
  fc.record<Extract<Action, { on: "client"; do: "emit" }>>({
    on: fc.constant("client" as const),
    client,
    do: fc.constant("emit" as const),
    nsp: namespace,
    event: toServer,
    args,
    volatile: isVolatile,
  }),
);

/** What breaks the rules. */
const wrong: fc.Arbitrary<Action> = fc.oneof(
  fc.record({
    on: fc.constant("client" as const),
    client,
    do: fc.constant("packet" as const),
    data: fc.constantFrom<Value>(
      "abc",
      "9",
      "2[",
      "0",
      '0{"x":1}',
      '2/nowhere,["e0"]',
      '3999["late"]',
      '51-["e0",{"_placeholder":true,"num":0}]',
      { $bytes: [1] },
      '2["connect"]',
      '2["disconnect"]',
      "1/b,",
      '4{"message":"x"}',
    ),
  }),
  fc.record({
    on: fc.constant("client" as const),
    client,
    do: fc.constant("frame" as const),
    data: fc.constantFrom("9", "", "x", "2", "3", "5", "6", "0"),
  }),
  fc.record({
    on: fc.constant("http" as const),
    method: fc.constantFrom("GET", "POST"),
    query: fc.constantFrom(
      "EIO=4&transport=polling&sid=nobody",
      "EIO=4&transport=carrier",
      "EIO=3&transport=polling",
      "EIO=4&transport=websocket",
      "EIO=4",
      "transport=polling",
    ),
  }),
);

function onNamespace(
  names: readonly string[],
  calls: fc.Arbitrary<CrowdCall>,
): fc.Arbitrary<Action> {
  return fc.tuple(fc.constantFrom(...names), calls).map(([nsp, call]) => {
    return { on: "namespace" as const, nsp, ...call };
  });
}

/** What a parent namespace does as the reference does. */
const parental: fc.Arbitrary<CrowdCall> = fc.oneof(
  broadcast.map((it) => ({ ...it, ack: undefined, timeout: undefined })),
  fc.constant({ do: "fetchSockets" as const, to: [] }),
);

const ofSocket = fc.record({ on: fc.constant("socket" as const), client, nsp: namespace });
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 8, arbitrary: connect },
  { weight: 12, arbitrary: clientEmit },
  {
    weight: 10,
    arbitrary: fc.tuple(ofSocket, fc.oneof(gentle, crowdOfSocket)).map(([it, call]) => ({
      ...it,
      ...call,
    })),
  },
  {
    weight: 6,
    arbitrary: fc.oneof(
      { weight: 4, arbitrary: onNamespace(["", "/", "/a", "/b", "/dynamic-1", "/asked-1"], crowd) },
      { weight: 1, arbitrary: onNamespace(["dynamic", "asked"], parental) },
    ),
  },
  {
    weight: 3,
    arbitrary: fc.oneof(
      fc.tuple(ofSocket, fc.oneof(ending, closing)).map(([it, call]) => ({ ...it, ...call })),
      onNamespace(["", "/a", "/dynamic-1"], crowdEnding),
      fc.record({
        on: fc.constant("client" as const),
        client,
        do: fc.constantFrom("close" as const, "kill" as const),
      }),
      fc.record({
        on: fc.constant("client" as const),
        client,
        do: fc.constant("disconnect" as const),
        nsp: namespace,
      }),
    ),
  },
  { weight: 2, arbitrary: wrong },
  {
    weight: 1,
    arbitrary: fc.oneof(
      fc.record({
        on: fc.constant("server" as const),
        do: fc.constantFrom("close" as const, "look" as const),
      }),
      fc.record({
        on: fc.constant("server" as const),
        do: fc.constant("of" as const),
        nsp: fc.constantFrom("/new", "/dynamic-3", "new"),
      }),
    ),
  },
);

const upgrade: fc.Arbitrary<Action> = fc.record({
  on: fc.constant("client" as const),
  client,
  do: fc.constant("upgrade" as const),
});

/** Several things of the server in one turn; volatile ones, since what is queued then is no chance. */
const gentleBurst: fc.Arbitrary<readonly Action[]> = fc.tuple(
  ofSocket,
  fc.array(
    fc.oneof(
      { weight: 3, arbitrary: fc.oneof(gentle, crowdOfSocket) },
      {
        weight: 1,
        arbitrary: emitted.map((it) => ({ ...it, volatile: true })),
      },
    ),
    { minLength: 2, maxLength: 4 },
  ),
).map(([it, calls]) => calls.map((call) => ({ ...it, ...call })));

/** The same, and an end. */
const serverBurst: fc.Arbitrary<readonly Action[]> = fc.tuple(gentleBurst, fc.nat({ max: 5 })).map(
  ([calls, last]) => {
    const [first] = calls;
    if (last > 0 || first?.on !== "socket") return calls;
    const { on, client, nsp } = first;
    return [...calls, { on, client, nsp, do: "disconnect", close: true }];
  },
);

/** Several events of a client in one turn, whose listeners end nothing. */
const clientBurst: fc.Arbitrary<readonly Action[]> = fc.tuple(
  client,
  namespace,
  fc.array(
    fc.record({ event: fc.constantFrom("e2", "e3"), args, volatile: isVolatile }),
    { minLength: 2, maxLength: 3 },
  ),
).map(([of, nsp, events]) => {
  return events.map((it) => {
    return { on: "client" as const, client: of, do: "emit" as const, nsp, ...it };
  });
});

/** A client upgrades, while something else happens in the same turn. */
const busyUpgrade: fc.Arbitrary<readonly Action[]> = fc.tuple(
  upgrade,
  fc.oneof(gentleBurst, clientBurst, fc.constant([])),
).map(([it, more]) => [it, ...more]);

/** What happens to a connection that outlives its sockets: the server ends these alone. */
function gently(it: Action): Action {
  return "close" in it ? { ...it, close: false } : it;
}

/** A first client, then anything. */
function stepsOf(mode: Scenario["mode"], isKept: boolean): fc.Arbitrary<Scenario["steps"]> {
  const single = isKept ? action.map(gently) : action;
  const step = fc.oneof(
    { weight: 20, arbitrary: single.map((it): readonly Action[] => [it]) },
    { weight: 2, arbitrary: isKept ? gentleBurst : serverBurst },
    { weight: 1, arbitrary: clientBurst },
    { weight: mode === "upgrade" ? 3 : 0, arbitrary: busyUpgrade },
  );
  const first: Action = { on: "client", client: 0, do: "connect", nsp: "/" };
  return fc.array(step, { minLength: 5, maxLength: 20 }).map((steps) => [[first], ...steps]);
}

/** Any scenario of a mode. */
export function anyScenario(mode: Scenario["mode"]): fc.Arbitrary<Scenario> {
  return fc.tuple(fc.boolean(), fc.boolean()).chain(([upgradesAtOnce, isKept]) => {
    const isCalm = mode === "upgrade" && upgradesAtOnce;
    const endsAtOnce = !isCalm || isKept;
    const setup = setupOf({ isOpen: false, endsAtOnce, isKept });
    const main = isCalm && !isKept ? setupOf({ isOpen: true, endsAtOnce, isKept }) : setup;
    const namespaces = { "/": main, "/a": setup, "/b": setup, dynamic: setup, asked: setup };
    return fc.record({
      mode: fc.constant(mode),
      upgradesAtOnce: fc.constant(upgradesAtOnce),
      options: fc.record({ cleanupEmptyChildNamespaces: fc.boolean() }, {
        requiredKeys: [],
        noNullPrototype: true,
      }),
      namespaces: isKept
        ? fc.record({ ...namespaces, "/keep": fc.constant(QUIET) })
        : fc.record(namespaces),
      clientReactions: fc.record({
        x0: clientReaction,
        x1: clientReaction,
        x2: clientReaction,
      }),
      steps: stepsOf(mode, isKept),
    });
  });
}
