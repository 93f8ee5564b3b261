/**
 * Cases: events, acknowledgements and binaries in the Socket.IO protocol, frame by frame.
 *
 * Source: Socket.IO protocol, revision 5, sections "Sending and receiving data", "Acknowledgement"
 * and "Packet encoding".
 */
import { assertEquals } from "@std/assert";
import type { RawWebSocket } from "../../support/raw_engine.ts";
import { SEPARATOR } from "../../support/raw_engine.ts";
import { type ConformanceCase, joinedPolling, joinedWebSocket } from "../conformance.ts";

type FrameOut = string | Uint8Array<ArrayBuffer>;

const A = Uint8Array.of(1, 2, 3);
const B = Uint8Array.of(4, 5, 6);

/** Sends frames and takes as many answers as are expected. */
async function exchange(
  session: RawWebSocket,
  frames: readonly FrameOut[],
  expected: readonly (string | Uint8Array)[],
): Promise<void> {
  for (const frame of frames) session.send(frame);
  for (const frame of expected) assertEquals(await session.next(), frame);
}

/** What goes in and what comes out of the handlers "message" and "message-with-ack". */
const EXCHANGES: readonly {
  readonly name: string;
  readonly frames: readonly FrameOut[];
  readonly expected: readonly (string | Uint8Array)[];
}[] = [
  {
    name: "an event",
    frames: ['42["message",1,"2",{"3":[true]}]'],
    expected: ['42["message-back",1,"2",{"3":[true]}]'],
  },
  {
    name: "an event with two binaries",
    frames: ['452-["message",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]', A, B],
    expected: [
      '452-["message-back",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]',
      A,
      B,
    ],
  },
  {
    name: "binaries in another order than their placeholders",
    frames: ['452-["message",{"_placeholder":true,"num":1},{"_placeholder":true,"num":0}]', A, B],
    expected: [
      '452-["message-back",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]',
      B,
      A,
    ],
  },
  {
    name: "an event with id 0",
    frames: ['420["message-with-ack"]'],
    expected: ["430[]"],
  },
  {
    name: "an event with an id of several digits",
    frames: ['42456["message-with-ack",1,"2",{"3":[false]}]'],
    expected: ['43456[1,"2",{"3":[false]}]'],
  },
  {
    name: "an event with binaries and an id",
    frames: [
      '452-789["message-with-ack",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]',
      A,
      B,
    ],
    expected: ['462-789[{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]', A, B],
  },
  {
    name: "a binary deep inside an object",
    frames: ['451-["message",{"a":[{"b":{"_placeholder":true,"num":0}}]}]', A],
    expected: ['451-["message-back",{"a":[{"b":{"_placeholder":true,"num":0}}]}]', A],
  },
  {
    name: "a placeholder in an event without binaries, which is data",
    frames: ['42["message",{"_placeholder":true,"num":0}]'],
    expected: ['42["message-back",{"_placeholder":true,"num":0}]'],
  },
  {
    name: "a placeholder that is not exactly true, which is data",
    frames: ['451-["message",{"_placeholder":1,"num":0},{"_placeholder":true,"num":0}]', A],
    expected: [
      '451-["message-back",{"_placeholder":1,"num":0},{"_placeholder":true,"num":0}]',
      A,
    ],
  },
  {
    name: "text with commas, slashes and dashes",
    frames: ['421["message-with-ack","/a,1-[\\"x\\"]"]'],
    expected: ['431["/a,1-[\\"x\\"]"]'],
  },
];

const exchangeCases: readonly ConformanceCase[] = EXCHANGES.map((
  { name, frames, expected },
): ConformanceCase => ({
  name: `${name} arrives and is answered`,
  async run(server): Promise<void> {
    await using session = await joinedWebSocket(server);
    await exchange(session, frames, expected);
  },
}));

const namespaceCases: readonly ConformanceCase[] = [
  {
    name: "packets of another namespace carry its name, with and without id and binaries",
    async run(server): Promise<void> {
      await using session = await joinedWebSocket(server);
      await session.join("40/orders,");
      await exchange(session, ['42/orders,["echo",1]'], ['42/orders,["echo",1]']);
      await exchange(session, ['42/orders,13["echo",1]'], ["43/orders,13[1]"]);
      await exchange(
        session,
        ['451-/orders,13["echo",{"_placeholder":true,"num":0}]', A],
        ['461-/orders,13[{"_placeholder":true,"num":0}]', A],
      );
    },
  },
  {
    name: "binaries over polling follow their packet as base64, in the same payload",
    async run(server): Promise<void> {
      const session = await joinedPolling(server);
      const event = '452-["echo",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]';
      assertEquals((await session.post(event, "bAQID", "bBAUG")).text, "ok");
      assertEquals((await session.poll()).text, [event, "bAQID", "bBAUG"].join(SEPARATOR));
    },
  },
  {
    name: "binaries over polling may come in later requests",
    async run(server): Promise<void> {
      const session = await joinedPolling(server);
      const event = '451-["echo",{"_placeholder":true,"num":0}]';
      assertEquals((await session.post(event)).text, "ok");
      assertEquals((await session.post("3", "bAQID")).text, "ok");
      assertEquals(await session.collect(2), [event, "bAQID"]);
    },
  },
];

/** Id and event of a question of the server. */
function question(packet: string | Uint8Array): { id: string; rest: string } {
  const match = /^42(\d+)(\[.*)$/.exec(String(packet));
  if (!match) throw new Error(`Expected an event with an id, found ${packet}`);
  return { id: match[1] ?? "", rest: match[2] ?? "" };
}

const questionCases: readonly ConformanceCase[] = [
  {
    name: "a question of the server has an id, and ACK with that id is its answer",
    async run(server): Promise<void> {
      await using session = await joinedWebSocket(server);
      session.send('421["ask","q",["x"]]');
      const { id, rest } = question(await session.next());
      assertEquals(rest, '["q","x"]');
      await exchange(session, [`43${id}["a",2]`], ['431[{"error":null,"answer":["a",2]}]']);
    },
  },
  {
    name: "BINARY_ACK answers a question with binaries",
    async run(server): Promise<void> {
      await using session = await joinedWebSocket(server);
      session.send('421["ask","q",[]]');
      const { id } = question(await session.next());
      await exchange(
        session,
        [`461-${id}[{"_placeholder":true,"num":0}]`, B],
        ['461-1[{"error":null,"answer":[{"_placeholder":true,"num":0}]}]', B],
      );
    },
  },
  {
    name: "an ACK that nobody asked for, or that comes twice, is ignored",
    async run(server): Promise<void> {
      await using session = await joinedWebSocket(server);
      session.send('43999["x"]');
      session.send('421["ask","q",[]]');
      const { id } = question(await session.next());
      for (const frame of [`43${id}[1]`, `43${id}[2]`, '42["echo","fine"]']) session.send(frame);
      assertEquals(await session.next(), '431[{"error":null,"answer":[1]}]');
      assertEquals(await session.next(), '42["echo","fine"]');
    },
  },
  {
    name: "a question is answered by the socket that was asked, not by another",
    async run(server): Promise<void> {
      await using asked = await joinedWebSocket(server);
      await using other = await joinedWebSocket(server);
      asked.send('421["ask","q",[]]');
      const { id } = question(await asked.next());
      await exchange(other, [`43${id}["stolen"]`, '42["echo","sync"]'], ['42["echo","sync"]']);
      await exchange(asked, [`43${id}["mine"]`], ['431[{"error":null,"answer":["mine"]}]']);
    },
  },
];

/** Frames after which the connection must be closed, by what is wrong with them. */
const MALFORMED: Readonly<Record<string, readonly FrameOut[]>> = {
  "an unknown packet type": ["4abc"],
  "a packet type out of range": ["47"],
  "an empty message": ["4"],
  "a payload that is an object": ["42{}"],
  "a payload that is text": ['42"x"'],
  "an empty payload": ["42[]"],
  "an event name null": ["42[null]"],
  "an event name that is an object": ['42[{"toString":"foo"}]'],
  "an event name that is an array": ['42[["a"]]'],
  "an event name true": ["42[true]"],
  "an id that is no number": ['42abc["echo"]'],
  "a negative id": ['42-1["echo"]'],
  "JSON that ends early": ['42["echo"'],
  "JSON followed by more": ['42["echo"]x'],
  "an ACK whose payload is an object": ["431{}"],
  "a DISCONNECT with a payload": ['41{"a":1}'],
  "a binary without a header": [A],
  "an event between header and binary": ['451-["echo",{"_placeholder":true,"num":0}]', '42["x"]'],
  "a header without a count": ['45-["echo"]'],
  "a header without a dash": ['451["echo"]'],
  "a count of zero": ['450-["echo"]'],
  "a count of zero in an ACK": ["460-[]"],
  "a count of two zeros": ['4500-["echo"]'],
  "a count of minus zero": ['45-0-["echo"]'],
  "a negative count": ['45-1-["echo"]'],
  "a count with a fraction": ['451.5-["echo"]'],
  "a count over ten": [`4511-["echo"]`],
  "a count beyond reason": [`45999999999-["echo"]`],
  "a placeholder beyond the count": ['451-["echo",{"_placeholder":true,"num":1}]', A],
  "a placeholder with a negative number": ['451-["echo",{"_placeholder":true,"num":-1}]', A],
  "a placeholder with a fraction": ['451-["echo",{"_placeholder":true,"num":1.5}]', A],
  "a placeholder with a name": ['451-["echo",{"_placeholder":true,"num":"splice"}]', A],
  "a placeholder with text": ['451-["echo",{"_placeholder":true,"num":"0"}]', A],
  "a placeholder with null": ['451-["echo",{"_placeholder":true,"num":null}]', A],
  "a placeholder with a huge number": ['451-["echo",{"_placeholder":true,"num":1e9}]', A],
  ...Object.fromEntries(
    ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"]
      .map((name) => [`the reserved event ${name}`, [`42["${name}"]`]]),
  ),
};

const malformedCases: readonly ConformanceCase[] = Object.entries(MALFORMED).map((
  [name, frames],
): ConformanceCase => ({
  name: `${name} closes the session`,
  async run(server): Promise<void> {
    const session = await joinedWebSocket(server);
    for (const frame of frames) session.send(frame);
    await session.ended();
  },
}));

const strictCases: readonly ConformanceCase[] = [
  ...['451e0-["echo"]', '45 1-["echo"]', '45+1-["echo"]'].map((
    frame,
  ): ConformanceCase => ({
    name: `the header ${frame}, whose count is no plain number, closes the session`,
    needs: "strict-attachment-counts",
    async run(server): Promise<void> {
      const session = await joinedWebSocket(server);
      session.send(frame);
      await session.ended();
    },
  })),
  ...["42", "421", "43", "431"].map((frame): ConformanceCase => ({
    name: `the packet ${frame} without its payload closes the session`,
    needs: "mandatory-payloads",
    async run(server): Promise<void> {
      const session = await joinedWebSocket(server);
      session.send(frame);
      await session.ended();
    },
  })),
];

export const socketMessageCases: readonly ConformanceCase[] = [
  ...exchangeCases,
  ...namespaceCases,
  ...questionCases,
  ...malformedCases,
  ...strictCases,
];
