/** Ends: by the server, by the client, by silence, by a cut; and what comes after. */
import { expectEqual, expectOneOf } from "../expectation.ts";
import type { Scenario } from "../scenario.ts";
import type { Peer, Scene } from "../scene.ts";

/**
 * Milliseconds in which silence is noticed: the intervals of the watchful server, and what clients add
 * to them of their own, up to 5 s.
 */
const SILENCE_MS = 20_000;

/** Milliseconds in which a client comes back; some wait for seconds between attempts. */
const RETURN_MS = 20_000;

/** Milliseconds between cuts: a client that is back by then has told that it was away. */
const CUT_EVERY_MS = 1_000;

export const ENDINGS: readonly Scenario[] = [
  {
    name: "is disconnected by the server",
    needs: ["disconnections"],
    run: (scene) => isDisconnected(scene, false),
  },
  {
    name: "has its connection closed by the server",
    needs: ["disconnections"],
    run: (scene) => isDisconnected(scene, true),
  },
  { name: "disconnects", run: disconnects },
  { name: "is missed when it falls silent", isPatient: true, run: fallsSilent },
  {
    name: "notices silence and comes back",
    isPatient: true,
    needs: ["disconnections", "reconnection"],
    run: comesBackAfterSilence,
  },
  {
    name: "comes back after a cut",
    needs: ["disconnections", "reconnection"],
    run: comesBackAfterCut,
  },
];

async function isDisconnected(scene: Scene, whole: boolean): Promise<void> {
  const { server, serverClose } = scene.client.reasons;
  const peer = await scene.open();
  peer.emit("end", whole);
  const { reason } = await peer.disconnected();
  expectOneOf("the reason", reason, whole ? serverClose : [server]);
  const report = await peer.reported("disconnect");
  expectEqual("the reason at the server", report["reason"], "server namespace disconnect");
}

async function disconnects(scene: Scene): Promise<void> {
  const { cannot, reasons } = scene.client;
  const peer = await scene.open();
  peer.close();
  const report = await peer.reported("disconnect");
  expectOneOf("the reason at the server", report["reason"], reasons.clientAtServer);
  if (cannot.disconnections !== undefined) return;
  expectEqual("the reason", (await peer.disconnected()).reason, reasons.client);
}

async function fallsSilent(scene: Scene): Promise<void> {
  const watchful = await scene.server("watchful");
  const gate = await scene.gate("watchful");
  const peer = await scene.open({ url: gate.url });
  await scene.settle(peer);
  gate.shut();
  const report = await peer.reported("disconnect", { server: watchful, ms: SILENCE_MS });
  expectEqual("the reason at the server", report["reason"], "ping timeout");
}

async function comesBackAfterSilence(scene: Scene): Promise<void> {
  const gate = await scene.gate("watchful");
  const peer = await scene.open({ url: gate.url, reconnect: true });
  await scene.settle(peer);
  gate.shut();
  const { reason } = await peer.disconnected(SILENCE_MS);
  expectOneOf("the reason", reason, scene.client.reasons.silence);
  gate.open();
  await isBack(peer);
}

async function comesBackAfterCut(scene: Scene): Promise<void> {
  const gate = await scene.gate();
  const peer = await scene.open({ url: gate.url, reconnect: true });
  await scene.settle(peer);
  // A cut between two requests of polling is none: it is repeated until it is noticed.
  gate.cut();
  const repeating = setInterval(() => gate.cut(), CUT_EVERY_MS);
  await peer.disconnected().finally(() => clearInterval(repeating));
  await isBack(peer);
}

async function isBack(peer: Peer): Promise<void> {
  await peer.connected(RETURN_MS);
  expectEqual("the answer after", await peer.ask("echo", "back"), ["back"]);
}
