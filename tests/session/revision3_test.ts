/** Tests sessions of Engine.IO revision 3: who pings, base64 per transport, payloads of text and bytes. */
import { assert, assertEquals } from "@std/assert";
import { ClientHeartbeat } from "../../src/session/heartbeat.ts";
import type { TransportName } from "../../src/session/ports.ts";
import { revision3, revision4 } from "../../src/session/revision.ts";
import { ENGINE_PACKET_TYPES, type Frame } from "../../src/wire/engine_packet.ts";
import { engineV3, engineV3Base64 } from "../../src/wire/engine_v3.ts";
import { engineV4 } from "../../src/wire/engine_v4.ts";
import { FakeSink } from "../support/fake_sink.ts";
import { type BenchOptions, SessionBench } from "../support/recording_host.ts";

const QUICK = { pingIntervalMs: 1_000, pingTimeoutMs: 400, revision: revision3 };
const TIMEOUT = ["host", "closed", "ping timeout"] as const;
const INVALID = ["host", "closed", "transport error", "invalid heartbeat direction"] as const;

/** How a session came to the transport that it is on. */
const WAYS = ["polling", "websocket", "upgraded"] as const;
type Way = typeof WAYS[number];

/** A session of revision 3, and how its client sends packets on its transport. */
class Client {
  readonly bench: SessionBench;
  readonly #sink: FakeSink | undefined;

  constructor(way: Way, options: BenchOptions = QUICK) {
    this.bench = way === "websocket"
      ? SessionBench.websocket(options)
      : SessionBench.polling(options);
    if (way === "websocket") this.#sink = this.bench.sink;
    if (way === "upgraded") this.#sink = this.bench.upgrade();
    this.#sink?.frames.splice(0);
    this.bench.take();
  }

  get transport(): TransportName {
    return this.#sink === undefined ? "polling" : "websocket";
  }

  /** Sends packets, and ends the turn. */
  send(...packets: string[]): void {
    const { session } = this.bench;
    if (this.#sink === undefined) {
      session.receivePayload(packets.map((it) => `${it.length}:${it}`).join(""));
    } else for (const packet of packets) session.receiveFrame(this.#sink, packet);
    this.bench.endTurn();
  }

  /** What has come since the last time, by a GET or as frames. */
  read(): readonly Frame[] {
    if (this.#sink !== undefined) return this.#sink.frames.splice(0);
    const { payload } = this.bench.poll();
    if (payload !== undefined) return [payload];
    this.bench.endTurn();
    const answer = this.bench.effects.findLast(([, what]) => what === "answer");
    return [answer?.[2] as Frame];
  }
}

/** A heartbeat that started at time 0, with its clock. */
function startHeartbeat(): { heartbeat: ClientHeartbeat; time: { at: number } } {
  const time = { at: 0 };
  return { heartbeat: new ClientHeartbeat(QUICK, { now: () => time.at }), time };
}

Deno.test("ClientHeartbeat waits pingInterval and pingTimeout, and never pings", () => {
  const { heartbeat } = startHeartbeat();
  assertEquals(heartbeat.deadline, 1_400);
  assertEquals([heartbeat.due(0), heartbeat.due(1_399), heartbeat.deadline], [
    "none",
    "none",
    1_400,
  ]);
  assertEquals([heartbeat.due(1_400), heartbeat.due(2_000)], ["timeout", "timeout"]);
});

Deno.test("ClientHeartbeat takes every packet but a pong for a sign of life", () => {
  const { heartbeat, time } = startHeartbeat();
  for (const type of ENGINE_PACKET_TYPES.filter((it) => it !== "pong")) {
    time.at += 1_399;
    assertEquals(heartbeat.received(type), type === "ping" ? "ping" : "none");
    assertEquals(heartbeat.deadline, time.at + 1_400, type);
    assertEquals(heartbeat.due(time.at + 1_399), "none");
  }
});

Deno.test("ClientHeartbeat refuses a pong, and nothing else changes", () => {
  const { heartbeat, time } = startHeartbeat();
  time.at = 100;
  assertEquals([heartbeat.received("pong"), heartbeat.deadline], ["refused", 1_400]);
});

Deno.test("revision3 and revision4 are what their traits say, with the codec a client asks for", () => {
  assertEquals([revision3.traits.protocol, revision4.traits.protocol], [3, 4]);
  assertEquals([revision3.codec("any"), revision3.codec("base64")], [engineV3, engineV3Base64]);
  assertEquals([revision4.codec("any"), revision4.codec("base64")], [engineV4, engineV4]);
});

for (const way of WAYS) {
  Deno.test(`Session of revision 3 answers each ping with a pong (${way})`, () => {
    const client = new Client(way);
    for (let cycle = 0; cycle < 20; cycle++) {
      client.bench.advance(1_399);
      client.send("2");
      assertEquals(client.read(), [client.transport === "polling" ? "1:3" : "3"], `cycle ${cycle}`);
    }
    assertEquals([client.bench.session.state, client.bench.deadlines.pending], ["open", 1]);
    assertEquals(client.bench.session.transport, client.transport);
  });

  Deno.test(`Session of revision 3 never pings, and times out when nothing is heard (${way})`, () => {
    const { bench } = new Client(way);
    bench.advance(1_399);
    assertEquals([bench.take(), bench.session.state], [[], "open"]);
    bench.advance(1);
    assertEquals(bench.take().at(-1), TIMEOUT);
    assertEquals(bench.deadlines.pending, 0);
  });

  Deno.test(`Session of revision 3 times out after the last packet that it heard (${way})`, () => {
    for (const packet of ["2", "4a", "6", "5", "0"]) {
      const client = new Client(way);
      const { bench } = client;
      bench.advance(1_000);
      client.send(packet);
      bench.advance(1_399);
      assertEquals(bench.session.state, "open", packet);
      bench.advance(1);
      assertEquals(bench.effects.at(-1), TIMEOUT, packet);
    }
  });

  Deno.test(`Session of revision 3 ends when the client sends a pong (${way})`, () => {
    for (const pong of ["3", "3probe"]) {
      const client = new Client(way);
      client.send("4a", pong, "4b");
      const told = client.bench.take().filter(([who]) => who === "host");
      assertEquals(told, [["host", "message", "a"], INVALID]);
    }
  });

  Deno.test(`Session of revision 3 ends when the client sends a close packet (${way})`, () => {
    const client = new Client(way);
    client.send("4a", "1", "4b");
    const told = client.bench.take().filter(([who]) => who === "host");
    assertEquals(told, [["host", "message", "a"], ["host", "closed", "transport close"]]);
  });

  Deno.test(`Session of revision 3 tells an observer of the client's pings (${way})`, () => {
    const client = new Client(way);
    client.bench.session.observed = true;
    client.send("2");
    const seen = client.bench.take().filter(([, what]) => what === "observe").map(([, , it]) => it);
    assertEquals(seen.slice(0, 3), [
      { type: "packet", packet: { type: "ping" } },
      { type: "packetCreate", packet: { type: "pong" } },
      { type: "heartbeat" },
    ]);
  });

  Deno.test(`Session of revision 3 that closes sends its queue, and answers no ping (${way})`, () => {
    const client = new Client(way);
    const { session } = client.bench;
    client.bench.send("last");
    session.close();
    client.send("2");
    const end = client.transport === "polling" ? ["5:4last", "1:1"] : ["4last"];
    assertEquals([...client.read(), ...client.transport === "polling" ? client.read() : []], end);
    assertEquals([session.state, client.bench.deadlines.pending], ["closed", 0]);
  });
}

Deno.test("Session of revision 3 answers a ping by the GET that waits", () => {
  const { bench } = new Client("polling");
  bench.poll("get");
  bench.session.receivePayload("1:2");
  assertEquals(bench.take(), []);
  bench.endTurn();
  assertEquals(bench.take(), [["get", "answer", "1:3"]]);
});

Deno.test("Session of revision 3 answers a ping and a message in one turn by one answer, in order", () => {
  const { bench } = new Client("polling");
  bench.poll("get");
  bench.host.onMessage = () => bench.send("answer");
  bench.session.receivePayload("1:22:4a1:2");
  bench.endTurn();
  assertEquals(bench.take(), [["host", "message", "a"], ["get", "answer", "1:37:4answer1:3"]]);
});

Deno.test("Session of revision 3 upgrades: probe, release of the waiting GET, then all by WebSocket", () => {
  const { bench } = new Client("polling");
  bench.poll("get");
  const sink = bench.offer();
  bench.session.receiveFrame(sink, "2probe");
  assertEquals(bench.take(), [["candidate", "write", ["3probe"]], ["get", "answer", "1:6"]]);
  bench.send("waits");
  bench.session.receiveFrame(sink, "5");
  bench.endTurn();
  assertEquals(bench.take(), [["candidate", "write", ["4waits"]]]);
  bench.session.receiveFrame(sink, "2");
  bench.session.receiveFrame(sink, "4a");
  bench.endTurn();
  assertEquals(bench.take(), [["host", "message", "a"], ["candidate", "write", ["3"]]]);
});

Deno.test("Session of revision 3 answers the client's pings by polling while an upgrade is under way", () => {
  const { bench } = new Client("polling");
  const sink = bench.offer();
  bench.session.receiveFrame(sink, "2probe");
  bench.session.receivePayload("1:2");
  bench.poll("get");
  bench.endTurn();
  assertEquals(bench.take(), [["candidate", "write", ["3probe"]], ["get", "answer", "1:3"]]);
});

Deno.test("Session of revision 3 drops a candidate that says something else", () => {
  const wrong: readonly Frame[] = [
    "2",
    "4a",
    "b4AQID",
    "1:5",
    "",
    Uint8Array.of(4),
    Uint8Array.of(5),
  ];
  for (const frame of wrong) {
    const { bench } = new Client("polling");
    const sink = bench.offer();
    bench.session.receiveFrame(sink, frame);
    assertEquals([sink.isClosed, bench.session.state, bench.session.upgrading], [
      true,
      "open",
      false,
    ]);
  }
});

Deno.test("Session of revision 3 keeps what each transport says of base64", () => {
  const data = Uint8Array.of(7, 8);
  const base64 = SessionBench.polling({ revision: revision3, base64: true });
  base64.send("é", data);
  assertEquals(base64.read(), "2:4é6:b4Bwg=");
  const plain = base64.upgrade();
  base64.send(data);
  base64.endTurn();
  assertEquals(plain.frames, ["3probe", Uint8Array.of(4, 7, 8)]);

  const bytes = SessionBench.polling({ revision: revision3 });
  bytes.send("é", data);
  const poll = bytes.poll();
  bytes.endTurn();
  assertEquals(poll.payload, Uint8Array.of(0, 3, 255, 0x34, 0xc3, 0xa9, 1, 3, 255, 4, 7, 8));
  const sink = new FakeSink("ws");
  assert(bytes.session.offerUpgrade(bytes.offerOf(sink, revision3.codec("base64"))));
  bytes.session.receiveFrame(sink, "2probe");
  bytes.session.receiveFrame(sink, "5");
  bytes.send("é", data);
  bytes.endTurn();
  assertEquals(sink.frames, ["3probe", "4é", "b4Bwg="]);
});

Deno.test("Session of revision 3 takes binary data in bytes and in base64, on both transports", () => {
  const data = Uint8Array.of(7, 8);
  for (const base64 of [false, true]) {
    const polling = SessionBench.polling({ revision: revision3, base64 });
    assert(polling.session.receivePayload("6:b4Bwg="));
    assert(polling.session.receivePayload(Uint8Array.of(1, 3, 255, 4, 7, 8, 0, 1, 255, 0x32)));
    const socket = SessionBench.websocket({ revision: revision3, base64 });
    socket.session.receiveFrame(socket.sink, "b4Bwg=");
    socket.session.receiveFrame(socket.sink, Uint8Array.of(4, 7, 8));
    const wanted = [["host", "message", data], ["host", "message", data]];
    assertEquals([polling.take(), socket.take()], [wanted, wanted]);
  }
});

Deno.test("Session of revision 3 undoes what clients encode twice, whether they ask for base64", () => {
  for (const base64 of [true, false]) {
    const { session, ...bench } = SessionBench.polling({ revision: revision3, base64 });
    session.receivePayload("3:4Ã©");
    assertEquals(bench.effects, [["host", "message", "é"]]);
  }
});

Deno.test("Session of revision 3 ends by a malformed payload, after the packets before the fault", () => {
  const bodies: readonly Frame[] = [
    "2:4a9:x",
    "2:4a",
    "2:4a1:22:b3",
    Uint8Array.of(0, 2, 255, 0x34, 0x61, 3),
    Uint8Array.of(0, 2, 255, 0x34, 0x61, 0, 9, 255),
  ];
  for (const body of bodies) {
    const { bench } = new Client("polling");
    const isRight = body === "2:4a";
    assertEquals(bench.session.receivePayload(body), isRight);
    const [heard, end] = bench.take();
    assertEquals(heard, ["host", "message", "a"]);
    assertEquals(end?.slice(0, 3), isRight ? undefined : ["host", "closed", "parse error"]);
  }
  for (const frame of ["", "x", "b3", "b4*", Uint8Array.of(), Uint8Array.of(2)]) {
    const { bench } = new Client("websocket");
    bench.session.receiveFrame(bench.sink, frame);
    assertEquals(bench.effects.at(-1)?.slice(0, 3), ["host", "closed", "parse error"]);
  }
});

Deno.test("Session of revision 3 cuts an answer at maxPayload, and the next GET takes the rest", () => {
  for (const base64 of [false, true]) {
    const bench = SessionBench.polling({ revision: revision3, base64, maxPayloadBytes: 60 });
    const texts = ["a", "é".repeat(10), "b".repeat(20), "c", "d".repeat(80), "e"];
    for (const text of texts) bench.send(text);
    const heard: unknown[] = [];
    let answers = 0;
    while (bench.session.waiting > 0) {
      const poll = bench.poll(`get ${answers++}`);
      bench.endTurn();
      const { payload = "" } = poll;
      const packets = [...revision3.codec("any").decodePayload(payload)];
      const size = typeof payload === "string"
        ? new TextEncoder().encode(payload).length
        : payload.length;
      assert(size <= 60 || packets.length === 1, `${size} bytes`);
      heard.push(...packets.map(({ data }) => data));
    }
    assertEquals(heard, texts);
    // Where text may have to be sent in bytes, more is counted than is sent.
    assertEquals(answers, base64 ? 3 : 4);
  }
});

Deno.test("Session of revision 3 that times out answers the waiting GET with a close packet", () => {
  const { bench } = new Client("polling");
  bench.poll("get");
  bench.advance(1_400);
  assertEquals(bench.take(), [["get", "answer", "1:1"], TIMEOUT]);
});

Deno.test("Session of revision 3 starts with an open packet like any other", () => {
  const bench = SessionBench.polling({ revision: revision3 });
  bench.session.greet();
  const answer = bench.read() ?? "";
  const [, length = "", open = ""] = /^(\d+):0(\{.*\})$/.exec(answer) ?? [];
  assertEquals(Number(length), open.length + 1);
  assertEquals(JSON.parse(open), {
    sid: "sid-1",
    upgrades: ["websocket"],
    pingInterval: 25_000,
    pingTimeout: 20_000,
    maxPayload: 1_000_000,
  });
});

Deno.test("A session that is ended while its pong is told of is told of no heartbeat", () => {
  const { session, host, effects, sink } = SessionBench.websocket({ revision: revision3 });
  session.observed = true;
  host.onObserve = ({ type }) => {
    if (type === "packetCreate") session.close(true);
  };
  session.receiveFrame(sink, "2");
  assertEquals(effects.at(-1), ["host", "closed", "forced close"]);
});
