/**
 * Cases: events, acknowledgements and binaries as clients of 1.x and 2.x send and read them.
 *
 * - Each exchange is played over every form that revision 3 has: polling with text and bytes, with
 *   bytes alone, with base64, a WebSocket with and without base64, and one after an upgrade.
 *
 * Source: Socket.IO protocol, revisions 3 and 4, sections "EVENT", "ACK", "BINARY_EVENT" and
 * "BINARY_ACK".
 */
import { assertEquals } from "@std/assert";
import { OLDER_FORMS, type OlderForm, type OlderPacketOut } from "../../support/older_client.ts";
import { olderPolling, olderWebSocket } from "../../support/older_sessions.ts";
import type { OlderPacket } from "../../support/raw_engine_v3.ts";
import type { ConformanceCase } from "../conformance.ts";

const A = Uint8Array.of(4, 1, 2, 3);
const B = Uint8Array.of(4, 4, 5, 6);

/** Packets that go in, and packets that come out. */
interface Exchange {
  readonly sent: readonly OlderPacketOut[];
  readonly expected: readonly OlderPacket[];
}

const PLACEHOLDERS = '{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}';

/** What is said to the application, in order, and what it answers. */
const EXCHANGES: readonly Exchange[] = [
  {
    sent: ['42["message",1,"2",{"3":[true]},null]'],
    expected: ['42["message-back",1,"2",{"3":[true]},null]'],
  },
  { sent: ['420["message-with-ack"]'], expected: ["430[]"] },
  {
    sent: ['42456["message-with-ack",1,"2",{"3":[false]}]'],
    expected: ['43456[1,"2",{"3":[false]}]'],
  },
  {
    sent: [`452-["message",${PLACEHOLDERS}]`, A, B],
    expected: [`452-["message-back",${PLACEHOLDERS}]`, A, B],
  },
  {
    sent: ['451-["message",{"a":[{"b":{"_placeholder":true,"num":0}}]}]', A],
    expected: ['451-["message-back",{"a":[{"b":{"_placeholder":true,"num":0}}]}]', A],
  },
  {
    sent: [`452-789["message-with-ack",${PLACEHOLDERS}]`, A, B],
    expected: [`462-789[${PLACEHOLDERS}]`, A, B],
  },
  { sent: ["40/orders?token=x"], expected: ["40/orders,"] },
  { sent: ['42/orders,["echo",1]'], expected: ['42/orders,["echo",1]'] },
  { sent: ['42/orders,13["echo",1]'], expected: ["43/orders,13[1]"] },
  {
    sent: ['451-/orders,13["echo",{"_placeholder":true,"num":0}]', A],
    expected: ['461-/orders,13[{"_placeholder":true,"num":0}]', A],
  },
];

const exchangeCases: readonly ConformanceCase[] = Object.entries(OLDER_FORMS).map((
  [name, open],
): ConformanceCase => ({
  name: `events, acknowledgements and binaries of revision 3 go both ways over ${name}`,
  server: "older",
  async run(server): Promise<void> {
    await using client = await open(server);
    for (const { sent, expected } of EXCHANGES) {
      await client.send(...sent);
      assertEquals(await client.receive(expected.length), expected);
    }
  },
}));

/** The id in a question of the server, which has this header and these values. */
function idOf(packet: OlderPacket | undefined, header: string, values: string): string {
  const text = String(packet);
  const id = text.slice(header.length, -values.length);
  assertEquals(text, `${header}${id}${values}`);
  assertEquals(/^\d+$/.test(id), true, text);
  return id;
}

const questionCases: readonly ConformanceCase[] = Object.entries(OLDER_FORMS).map((
  [name, open],
): ConformanceCase => ({
  name: `questions of the server to revision 3 are answered with text and bytes over ${name}`,
  server: "older",
  async run(server): Promise<void> {
    await using client = await open(server);
    await client.send('421["ask","q",["x"]]');
    const [text] = await client.receive(1);
    await client.send(`43${idOf(text, "42", '["q","x"]')}["a",2]`);
    assertEquals(await client.receive(1), ['431[{"error":null,"answer":["a",2]}]']);
    await client.send('451-2["ask","q",[{"_placeholder":true,"num":0}]]', B);
    const [binary, bytes] = await client.receive(2);
    assertEquals(bytes, B);
    const id = idOf(binary, "451-", '["q",{"_placeholder":true,"num":0}]');
    await client.send(`461-${id}[{"_placeholder":true,"num":0}]`, A);
    assertEquals(await client.receive(2), [
      '461-2[{"error":null,"answer":[{"_placeholder":true,"num":0}]}]',
      A,
    ]);
  },
}));

/** Forms in which no server changes text. */
const PLAIN_FORMS: readonly OlderForm[] = [
  "polling",
  "polling in bytes",
  "WebSocket",
  "WebSocket in base64",
];

const textCases: readonly ConformanceCase[] = PLAIN_FORMS.map((name): ConformanceCase => ({
  name: `text of any characters goes both ways over ${name}`,
  server: "older",
  async run(server): Promise<void> {
    await using client = await OLDER_FORMS[name](server);
    const event = `42${JSON.stringify(["echo", "aé€😀\u2028\u0000", { "é": "\ud83d\ude00" }])}`;
    await client.send(event, event);
    assertEquals(await client.receive(2), [event, event]);
  },
}));

const orderCases: readonly ConformanceCase[] = [
  {
    name: "binaries of revision 3 may come in later requests, in text and in bytes",
    server: "older",
    async run(server): Promise<void> {
      const session = await olderPolling(server);
      const header = `452-["echo",${PLACEHOLDERS}]`;
      await session.post(header);
      await session.post("b4AQID");
      await session.postBytes("2", B);
      const packets = (await session.collect(4)).filter((packet) => packet !== "3");
      assertEquals(packets, [header, A, B]);
    },
  },
  {
    name: "a burst of events and binaries comes in order over polling of revision 3",
    server: "older",
    async run(server): Promise<void> {
      for (const form of ["polling", "polling in base64"] as const) {
        await using client = await OLDER_FORMS[form](server);
        await client.send('421["mixed"]');
        const expected = Array.from({ length: 10 }, (_, i) => [
          `42["part",${i}]`,
          `451-["part",${i}.5,{"_placeholder":true,"num":0}]`,
          Uint8Array.of(4, i),
        ]);
        assertEquals(await client.receive(31), [...expected.flat(), '431["done"]']);
      }
    },
  },
];

/** Packets of Socket.IO after which the session must be closed. */
const MALFORMED: Readonly<Record<string, readonly OlderPacketOut[]>> = {
  "an unknown packet type": ["47"],
  "an empty message": ["4"],
  "an event that is an object": ["42{}"],
  "an event without a name": ["42[]"],
  "an event whose name is an object": ['42[{"toString":"foo"}]'],
  "a reserved event": ['42["disconnecting"]'],
  "a binary without a header": [A],
  "a count of attachments of zero": ['450-["echo"]'],
  "eleven attachments": ['4511-["echo"]'],
  "a placeholder beyond the count": ['451-["echo",{"_placeholder":true,"num":1}]', A],
  "a placeholder with a name": ['451-["echo",{"_placeholder":true,"num":"splice"}]', A],
  "an event between header and binary": ['451-["echo",{"_placeholder":true,"num":0}]', '42["x"]'],
};

const malformedCases: readonly ConformanceCase[] = Object.entries(MALFORMED).map((
  [name, packets],
): ConformanceCase => ({
  name: `${name} closes the session of revision 3`,
  server: "older",
  async run(server): Promise<void> {
    const session = await olderWebSocket(server);
    for (const packet of packets) session.send(packet);
    await session.ended();
  },
}));

export const socketV4MessageCases: readonly ConformanceCase[] = [
  ...exchangeCases,
  ...questionCases,
  ...textCases,
  ...orderCases,
  ...malformedCases,
];
