/** Values there and back: events, acknowledgements, binary data, size and order. */
import { writeBytes } from "../bytes.ts";
import { expectEqual } from "../expectation.ts";
import type { Scenario } from "../scenario.ts";
import type { Peer, Scene } from "../scene.ts";

/** What JSON can carry, and text that is easily broken. */
const VALUES: readonly unknown[] = [
  "plain",
  'ünïcödé 日本語 😀 \u2028 "quoted" \\ \n',
  0,
  -1.5,
  9_007_199_254_740_991,
  true,
  null,
  [],
  {},
  { a: [1, { b: "é", c: [null, false] }], "key with ü": { deep: { deeper: [[["x"]]] } } },
];

/** Binary data at several depths. */
const BINARY: readonly unknown[] = [
  Uint8Array.of(0, 1, 127, 128, 255),
  { first: Uint8Array.of(1), list: ["é", Uint8Array.of(2, 3), { last: Uint8Array.of(4) }] },
  "text behind it",
];

/** Characters of a long text, and bytes of a long binary: below `maxHttpBufferSize`. */
const LONG_TEXT = 900_000;
const LONG_BINARY = 300_000;

/** Events at a time, and questions. */
const BURST = 300;
const QUESTIONS = 20;

export const VALUES_THERE_AND_BACK: readonly Scenario[] = [
  { name: "echoes JSON and any text", run: (scene) => echoes(scene, VALUES) },
  { name: "echoes nested binary", needs: ["nested binary"], run: (scene) => echoes(scene, BINARY) },
  { name: "gets acknowledgements", run: (scene) => asks(scene, VALUES) },
  { name: "gets many acknowledgements at once", needs: ["many answers"], run: asksMuch },
  {
    name: "gets binary acknowledgements",
    needs: ["nested binary", "binary answers"],
    run: (scene) => asks(scene, BINARY),
  },
  {
    name: "acknowledges",
    needs: ["answers to the server"],
    run: (scene) => acknowledges(scene, VALUES),
  },
  {
    name: "acknowledges with binary",
    needs: ["answers to the server", "nested binary", "binary answers"],
    run: (scene) => acknowledges(scene, BINARY),
  },
  { name: "echoes a long text", run: echoesLongText },
  { name: "echoes a long binary", run: echoesLongBinary },
  { name: "gets a burst in order", needs: ["order"], run: getsBurst },
  { name: "sends a burst in order", needs: ["order"], run: sendsBurst },
];

async function echoes(scene: Scene, values: readonly unknown[]): Promise<void> {
  const peer = await scene.open();
  peer.emit("echo", ...values);
  expectEqual("what came back", await peer.heard("echo"), values);
  const { args } = await peer.reported("echo");
  expectEqual("what the server saw", args, values.map(writeBytes));
}

async function asks(scene: Scene, values: readonly unknown[]): Promise<void> {
  const peer = await scene.open();
  for (const question of [values, [1], values.slice(0, 2), []]) {
    expectEqual("the answer", await peer.ask("echo", ...question), question);
  }
}

async function asksMuch(scene: Scene): Promise<void> {
  const peer = await scene.open();
  const questions = Array.from({ length: QUESTIONS }, (_, index) => [index, `question ${index}`]);
  const answers = await Promise.all(questions.map((it) => peer.ask("echo", ...it)));
  expectEqual("the answers", answers, questions);
}

async function acknowledges(scene: Scene, values: readonly unknown[]): Promise<void> {
  const peer = await scene.open();
  peer.emit("question", ...values);
  expectEqual("the question", await peer.heard("question"), values);
  expectEqual("what the server was answered", await peer.heard("said"), values);
  const { args } = await peer.reported("answer");
  expectEqual("what the server saw of the answer", args, values.map(writeBytes));
}

async function echoesLongText(scene: Scene): Promise<void> {
  const peer = await scene.open();
  const text = "0123456789abcdef".repeat(LONG_TEXT / 16);
  peer.emit("large", text);
  const { length } = await peer.reported("large");
  expectEqual("the length that the server saw", length, text.length);
  const [back] = await peer.heard("echo");
  expectEqual("whether the same text came back", back === text, true);
}

async function echoesLongBinary(scene: Scene): Promise<void> {
  const peer = await scene.open();
  const bytes = Uint8Array.from({ length: LONG_BINARY }, (_, index) => (index * index) % 251);
  peer.emit("large", bytes);
  const { length } = await peer.reported("large");
  expectEqual("the length that the server saw", length, bytes.length);
  const [back] = await peer.heard("echo");
  const isSame = back instanceof Uint8Array && back.length === bytes.length &&
    back.every((byte, index) => byte === bytes[index]);
  expectEqual("whether the same bytes came back", isSame, true);
}

async function getsBurst(scene: Scene): Promise<void> {
  const peer = await scene.open();
  peer.emit("burst", BURST);
  await expectNumbers(peer, "burst");
}

async function sendsBurst(scene: Scene): Promise<void> {
  const peer = await scene.open();
  for (let value = 0; value < BURST; value++) peer.emit("again", value);
  await expectNumbers(peer, "echo");
}

/** All numbers of a burst, each in an event of its own, in order. */
async function expectNumbers(peer: Peer, event: string): Promise<void> {
  for (let value = 0; value < BURST; value++) {
    expectEqual("the next of the burst", (await peer.heard(event))[0], value);
  }
}
