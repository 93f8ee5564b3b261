import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { UpgradeFailure } from "../../src/session/ports.ts";
import type { Frame } from "../../src/wire/engine_packet.ts";
import { engineV4 } from "../../src/wire/engine_v4.ts";
import { FakePoll, FakeSink } from "../support/fake_sink.ts";
import { type Candidate, type Model, SETTINGS } from "./session_facts.ts";
import { World } from "./session_model.ts";
import { type End, Step } from "./session_step.ts";

function isPolling(model: Readonly<Model>): boolean {
  return model.sink === undefined && model.phase !== "closed";
}

/** A packet as the peer says it: where the client pings, what are pings and pongs else change places. */
function said({ pingsFrom }: Model, packet: string): string {
  if (pingsFrom === "server") return packet;
  return packet === "2" ? "3" : packet === "3" ? "2" : packet;
}

/** Says what the packets of one payload, or one frame, should bring about: as if the server pinged. */
function foresee(world: World, model: Model, packets: readonly string[]): End {
  for (const packet of model.isExpelled ? [] : packets) {
    if (packet === "" || packet === "9") return "parse error";
    if (packet === "1") return "transport close";
    if (model.phase !== "open") continue;
    if (packet === "2") return "transport error";
    if (packet === "3") {
      model.awaitingPong = false;
      model.pongAt = world.clock.now();
    } else if (packet[0] === "4") {
      model.heard.push(packet.slice(1));
    }
  }
  return "by itself";
}

function foreseeFrame(world: World, model: Model, text: string): End {
  return text.startsWith("1") ? "transport close" : foresee(world, model, [text]);
}

const send = (kind: number, volatile: boolean): Step =>
  new Step(`send(${kind}${volatile ? ", volatile" : ""})`, (world) => {
    world.send(kind, volatile);
    return undefined;
  });

/** Sends so much in one turn that no limit holds it. */
const burst = (count: number): Step =>
  new Step(`burst(${count})`, (world) => {
    for (let index = 0; index < count; index++) world.send(4, false);
    return undefined;
  });

const endTurn = (): Step =>
  new Step("endTurn", (world) => {
    world.endTurn();
    return "by itself";
  });

const poll = (): Step =>
  new Step("poll", (world, model) => {
    const next = world.newPoll();
    if (isPolling(model)) world.poll = next;
    assertEquals(world.session.poll(next), isPolling(model));
    return model.phase === "closing" ? "by itself" : undefined;
  }, (model) => !model.getWaits());

const pollOverlap = (): Step =>
  new Step("pollOverlap", (world) => {
    assertEquals(world.session.poll(new FakePoll("second", world.effects)), false);
    return "transport error";
  }, (model) => isPolling(model) && model.getWaits());

/** The peer of the waiting GET goes away; the runtime tells at once, or later. */
const abort = (atOnce: boolean): Step =>
  new Step(`abort(${atOnce})`, (world, model) => {
    if (world.poll !== undefined) world.poll.gone = true;
    if (!atOnce) return undefined;
    world.session.pollAborted();
    return isPolling(model) ? "transport error" : undefined;
  }, (model) => model.getWaits());

const postBegin = (): Step =>
  new Step("postBegin", (world, model) => {
    const post = { aborts: 0 };
    assertEquals(world.session.postBegun(() => post.aborts++), !model.isExpelled);
    if (!model.isExpelled) model.post = post;
    return undefined;
  }, (model) => isPolling(model) && model.post === undefined);

/** A POST beside another one, or after polling. */
const postOverlap = (): Step =>
  new Step("postOverlap", (world, model) => {
    assertEquals(world.session.postBegun(() => assert(false, "aborts the wrong POST")), false);
    return isPolling(model) && !model.isExpelled ? "transport error" : undefined;
  }, (model) => model.sink !== undefined || (isPolling(model) && model.post !== undefined));

const postFail = (): Step =>
  new Step("postFail", (world, model) => {
    model.post = undefined;
    world.session.postFailed("gone");
    return isPolling(model) ? "transport error" : undefined;
  }, (model) => model.phase !== "closed" && model.post !== undefined);

const postEnd = (...packets: string[]): Step =>
  new Step(`postEnd(${packets.join("|")})`, (world, model) => {
    model.post = undefined;
    world.session.postEnded();
    const end = foresee(world, model, packets);
    const body = packets.map((packet) => said(model, packet)).join("\x1e");
    assertEquals(world.session.receivePayload(body), end !== "parse error");
    return end;
  }, (model) => model.phase !== "closed" && model.post !== undefined);

const frame = (text: string): Step =>
  new Step(`frame(${text})`, (world, model) => {
    if (model.sink === undefined) return undefined;
    const isLarge = new TextEncoder().encode(text).byteLength > SETTINGS.maxPayloadBytes;
    // A session that closes hears the end of its peer, and reads nothing else.
    const isRead = model.phase === "open" || text.startsWith("1");
    const end = isLarge
      ? "transport error"
      : isRead
      ? foreseeFrame(world, model, text)
      : "by itself";
    world.session.receiveFrame(model.sink, said(model, text));
    return end;
  }, (model) => model.sink !== undefined && model.phase !== "closed");

const binaryFrame = (): Step =>
  new Step("binaryFrame", (world, model) => {
    const bytes = new Uint8Array([1, 2, 3]);
    if (model.phase === "open") model.heard.push(bytes);
    if (model.sink !== undefined) world.session.receiveFrame(model.sink, bytes);
    return undefined;
  }, (model) => model.sink !== undefined);

/** What keeps a session alive: a pong, or a ping where the client pings. */
const beat = (): Step =>
  new Step("beat", (world, model) => {
    foresee(world, model, ["3"]);
    const packet = said(model, "3");
    if (model.sink === undefined) world.session.receivePayload(packet);
    else world.session.receiveFrame(model.sink, packet);
    return undefined;
  });

/** Frames and the close of a socket that is not, or no longer, the session's. */
const foreign = (text: string): Step =>
  new Step(`foreign(${text})`, (world, model) => {
    const count = world.effects.length;
    const dropped = world.sinks.filter((it) => it !== model.sink && it !== model.candidate?.sink);
    for (const sink of [...dropped, new FakeSink("foreign")]) {
      world.session.receiveFrame(sink, text);
      world.session.sinkClosed(sink);
    }
    assertEquals(world.effects.length, count);
    return undefined;
  });

const offer = (): Step =>
  new Step("offer", (world, model) => {
    const mayUpgrade = model.phase === "open" && isPolling(model) && model.candidate === undefined;
    const sink = mayUpgrade ? world.newSink() : new FakeSink("refused", world.effects);
    const failures: UpgradeFailure[] = [];
    const failed = (failure: UpgradeFailure): void => {
      assertEquals(failures.push(failure), 1, "told twice");
      assert(failure !== "upgradeTimeout" || world.session.transport === "polling");
    };
    assertEquals(world.session.offerUpgrade({ sink, codec: engineV4, failed }), mayUpgrade);
    assertEquals(failures, mayUpgrade ? [] : ["refused"]);
    if (mayUpgrade) {
      const offeredAt = world.clock.now();
      model.candidate = { sink, offeredAt, probedAt: Infinity, releasedAt: -Infinity };
    }
    return undefined;
  });

/** Something happens to the WebSocket of an upgrade under way. */
function onCandidate(
  name: string,
  act: (world: World, model: Model, candidate: Candidate) => void,
): Step {
  return new Step(name, (world, model) => {
    if (model.candidate !== undefined) act(world, model, model.candidate);
    return undefined;
  }, (model) => model.candidate !== undefined);
}

const probe = (): Step =>
  onCandidate("probe", (world, model, candidate) => {
    const isFirst = candidate.probedAt === Infinity;
    if (isFirst) candidate.probedAt = world.clock.now();
    world.session.receiveFrame(candidate.sink, "2probe");
    if (!isFirst && candidate.sink.isClosed) model.candidate = undefined;
  });

const finish = (): Step =>
  onCandidate("finish", (world, model, candidate) => {
    const isRead = model.post !== undefined;
    model.candidate = undefined;
    if (!isRead) model.sink = candidate.sink;
    world.session.receiveFrame(candidate.sink, "5");
    if (isRead) return;
    assert(!world.pollWaits, "a GET waits after the upgrade");
  });

const refuse = (data: Frame): Step =>
  onCandidate(`refuse(${data})`, (world, model, candidate) => {
    model.candidate = undefined;
    world.session.receiveFrame(candidate.sink, data);
  });

const cancel = (): Step =>
  onCandidate("cancel", (world, model, candidate) => {
    model.candidate = undefined;
    world.session.sinkClosed(candidate.sink);
  });

const sinkClosed = (): Step =>
  new Step("sinkClosed", (world, model) => {
    if (model.sink !== undefined) world.session.sinkClosed(model.sink);
    return "transport close";
  }, (model) => model.sink !== undefined && model.phase !== "closed");

const tick = (ms: number): Step =>
  new Step(`tick(${ms})`, (world, model) => {
    world.endTurn();
    world.advance(ms);
    const { candidate } = model;
    if (candidate?.sink.isClosed === true) {
      const isLate = world.clock.now() >= candidate.offeredAt + SETTINGS.upgradeTimeoutMs;
      assert(isLate || world.session.state === "closed", "the upgrade had time left");
      model.candidate = undefined;
    }
    return "by itself";
  });

/** The runtime gets rid of what it holds, down to so many bytes; the host flushes if asked to. */
const drain = (bytes: number): Step =>
  new Step(`drain(${bytes})`, (world, model) => {
    const { sink } = model;
    if (sink === undefined || sink.bufferedAmount <= bytes) return undefined;
    sink.bufferedAmount = bytes;
    if (world.drainAsked) world.flush();
    return "by itself";
  }, (model) => model.sink !== undefined && model.phase !== "closed");

const close = (discard: boolean): Step =>
  new Step(`close(${discard})`, (world) => {
    if (!discard) world.close();
    else world.session.close(true);
    return discard ? "forced close" : "by itself";
  });

const expel = (): Step =>
  new Step("expel", (world) => {
    world.expel();
    return "by itself";
  });

/** At last the user closes, and everybody reads: what was accepted must arrive. */
function readToTheEnd(world: World): void {
  const { model, session } = world;
  endTurn().run(model, world); // what the last turn sent may have been too much
  if (model.getWaits() && !world.pollWaits) abort(true).run(model, world);
  if (session.state === "closed") return;
  if (model.post !== undefined) postEnd("4last").run(model, world);
  close(false).run(model, world);
  for (let step = 0; step < 200 && model.phase !== "closed"; step++) {
    if (model.sink !== undefined) drain(0).run(model, world);
    else if (!model.getWaits()) poll().run(model, world);
    endTurn().run(model, world);
  }
  assertEquals(model.phase, "closed");
  assertEquals(world.ended?.reason, "forced close");
  world.verifyAllRead();
}

/** Runs the steps on a new session, then lets everybody read, then tries what is left over. */
function runSteps(
  opensBy: "polling" | "websocket",
  pingsFrom: Model["pingsFrom"],
  observed: boolean,
  steps: Iterable<fc.Command<Model, World>>,
): void {
  const world = new World(opensBy, pingsFrom, observed);
  fc.modelRun(() => ({ model: world.model, real: world }), steps);
  readToTheEnd(world);
  for (
    const step of [
      send(0, false),
      endTurn(),
      poll(),
      binaryFrame(),
      beat(),
      foreign("4a"),
      tick(5_000),
      close(true),
    ]
  ) {
    step.run(world.model, world);
  }
}

const kind = fc.nat({ max: 4 });
const anyPacket = fc.constantFrom("4a", "4é", "4echo", "4echo", "3", "6", "0", "5");
const badPacket = fc.constantFrom("", "9", "1", "2", "4bye");
const packets = fc.array(anyPacket, { minLength: 1, maxLength: 4 });

/** Steps by how often they come. Those that may end the session are rare, so that it gets old. */
const WEIGHTS: readonly (readonly [weight: number, arbitrary: fc.Arbitrary<Step>])[] = [
  [60, kind.map((it) => send(it, false))],
  [15, kind.map((it) => send(it, true))],
  [5, fc.integer({ min: 2, max: 6 }).map(burst)],
  [80, fc.constant(endTurn())],
  [50, fc.constant(poll())],
  [40, fc.constantFrom(1, 10, 40, 90, 110, 150).map(tick)],
  [40, fc.constant(beat())],
  [20, fc.constant(postBegin())],
  [20, packets.map((it) => postEnd(...it))],
  [2, fc.tuple(packets, badPacket).map(([it, bad]) => postEnd(...it, bad))],
  [30, anyPacket.map(frame)],
  [10, fc.constant(binaryFrame())],
  [40, fc.constantFrom(0, 3, 14).map(drain)],
  [15, fc.constant(offer())],
  [25, fc.constant(probe())],
  [5, fc.constant(finish())],
  [5, fc.constant(cancel())],
  [3, fc.constantFrom<Frame>("4a", "9", new Uint8Array(2)).map(refuse)],
  [10, fc.constantFrom("4a", "1", "9", "5", "2probe").map(foreign)],
  [2, fc.boolean().map(abort)],
  [1, fc.constant(pollOverlap())],
  [2, fc.constant(postOverlap())],
  [2, fc.constant(postFail())],
  [1, badPacket.map(frame)],
  [1, fc.constantFrom("4" + "x".repeat(20), "4éééééééééé").map(frame)],
  [1, fc.constant(sinkClosed())],
  [1, fc.constantFrom(300, 600).map(tick)],
  [3, fc.constant(close(false))],
  [1, fc.constant(close(true))],
  [1, fc.constant(expel())],
];

Deno.test("Session keeps its promises through any sequence of steps", () => {
  const step = fc.oneof(...WEIGHTS.map(([weight, arbitrary]) => ({ weight, arbitrary })));
  const steps = fc.commands<Model, World>([step], { maxCommands: 100, size: "max" });
  const opensBy = fc.constantFrom("polling" as const, "polling" as const, "websocket" as const);
  const pingsFrom = fc.constantFrom("server" as const, "server" as const, "client" as const);
  fc.assert(fc.property(opensBy, pingsFrom, fc.boolean(), steps, runSteps), { numRuns: 6_000 });
});

/** Sequences that failed once, or that chance seldom finds. */
const EXAMPLES: readonly (readonly ["polling" | "websocket", ...Step[]])[] = [
  ["websocket", frame("4" + "x".repeat(20))],
  ["polling", offer(), probe(), poll(), poll(), probe()],
  ["polling", offer(), postBegin(), finish(), postFail(), postOverlap()],
  ["polling", poll(), abort(false), tick(1)],
  ["polling", offer(), poll(), probe(), postBegin(), poll(), postEnd("4a", "1")],
];

Deno.test("Session keeps its promises in the sequences that failed once", () => {
  for (const [opensBy, ...steps] of EXAMPLES) {
    for (const pingsFrom of ["server", "client"] as const) {
      runSteps(opensBy, pingsFrom, true, steps);
    }
  }
});
