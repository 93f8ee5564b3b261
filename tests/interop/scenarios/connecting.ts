/** Connecting: credentials, what is refused, and over which transport. */
import { BASIS } from "../excuses.ts";
import { expectEqual, expectOneOf } from "../expectation.ts";
import type { Scenario } from "../scenario.ts";
import type { Scene } from "../scene.ts";

/** What credentials have to survive. */
const FLAVOUR = "plain & ünï=1+1 😀";

/** What the middleware of /guarded has to say to a wrong token. */
const REFUSAL = { code: 42, hint: ["ask", "again"] };

export const CONNECTING: readonly Scenario[] = [
  { name: BASIS, run: connectsWithCredentials },
  { name: "connects to a namespace with credentials", run: connectsToNamespace },
  { name: "is refused, with data", run: isRefused },
  { name: "is refused a namespace that is not there", run: isRefusedUnknown },
  { name: "uses the transport", run: usesTransport },
];

async function connectsWithCredentials(scene: Scene): Promise<void> {
  const peer = await scene.dial({ auth: { flavour: FLAVOUR } });
  const { sid } = await peer.connected();
  const [welcome] = await peer.heard("welcome");
  // Not every library tells it.
  const id = sid ?? (welcome as { readonly id?: unknown } | undefined)?.id;
  expectEqual("the first event of the server", welcome, { nsp: "/", id });
  const { auth, query } = await peer.reported("connection");
  if (scene.client.revision === 3) expectEqual("auth at the server", auth, {});
  const given = scene.client.revision === 3 ? query : auth;
  expectEqual("credentials at the server", pick(given, ["flavour", "tag"]), {
    flavour: FLAVOUR,
    tag: peer.tag,
  });
}

/** Clients that cannot send any with a namespace show that the namespace takes them all the same. */
async function connectsToNamespace(scene: Scene): Promise<void> {
  const peer = await scene.open({ namespace: "/orders", auth: { flavour: FLAVOUR } });
  const { auth, query } = await peer.reported("connection");
  const isSent = scene.client.cannot["credentials of namespaces"] === undefined;
  expectEqual("credentials at the server", pick(isSent ? auth : query, ["flavour"]), {
    flavour: FLAVOUR,
  });
  const [welcome] = await peer.heard("welcome");
  expectEqual("the namespace that answers", pick(welcome, ["nsp"]), { nsp: "/orders" });
}

async function isRefused(scene: Scene): Promise<void> {
  const [wrong, none, right] = [
    await scene.dial({ namespace: "/guarded", auth: { token: "wrong" } }),
    await scene.dial({ namespace: "/guarded" }),
    await scene.open({ namespace: "/guarded", auth: { token: "secret" } }),
  ];
  const isOld = scene.client.revision === 3;
  const [forWrong, forNone] = [await wrong.refused(), await none.refused()];
  const full = isOld ? REFUSAL : { message: "wrong token", data: REFUSAL };
  expectEqual("what a wrong token is answered", forWrong.data, full);
  const short = isOld ? "no token" : { message: "no token" };
  expectEqual("what no token is answered", forNone.data, short);
  expectEqual("the answer of a socket that may enter", await right.ask("echo", 1), [1]);
  expectEqual("refused sockets that connected", [wrong, none].map((it) => it.has("connect")), [
    false,
    false,
  ]);
}

async function isRefusedUnknown(scene: Scene): Promise<void> {
  const peer = await scene.dial({ namespace: "/nowhere" });
  const { data } = await peer.refused();
  // Clients of revision 3 are given the text by this package, and an object by the reference.
  const texts = ["Invalid namespace", { message: "Invalid namespace" }];
  expectOneOf("the answer", data, scene.client.revision === 3 ? texts : texts.slice(1));
}

async function usesTransport(scene: Scene): Promise<void> {
  const peer = await scene.open();
  await scene.settle(peer);
  const wanted = scene.transport === "polling" ? "polling" : "websocket";
  expectEqual("the transport", await peer.transport(), wanted);
  expectEqual("the answer over it", await peer.ask("echo", "ü"), ["ü"]);
}

function pick(value: unknown, names: readonly string[]): Readonly<Record<string, unknown>> {
  const whole: Readonly<Record<string, unknown>> = Object(value);
  return Object.fromEntries(names.map((name) => [name, whole[name]]));
}
