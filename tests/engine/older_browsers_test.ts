/** Tests what the engine makes of requests as published bundles of 1.x send them from browsers. */
import { assertEquals } from "@std/assert";
import { EncodedPacket } from "../../src/wire/encoded_packet.ts";
import { InProcessEngine } from "../support/in_process_engine.ts";

/** How 1.0 to 1.3 mark a request, and how later clients do. */
const OLD_MARK = "t=1796071995769-0";
const NEW_MARK = "t=Q8kE-7-";

const BYTES = "application/octet-stream";
const TEXT = "text/plain; charset=UTF-8";

/** Opens a session, and has an event sent to it that is ASCII. */
async function greet(query: string): Promise<{ types: unknown[]; body: string }> {
  const engine = new InProcessEngine({ allowEIO3: true });
  const handshake = await engine.ask(`EIO=3&transport=polling&${query}`);
  const session = engine.session();
  session.link.send(EncodedPacket.message(["2"]), false);
  const poll = await engine.ask(`EIO=3&transport=polling&${query}&sid=${session.link.id}`);
  return { types: [handshake.type, poll.type], body: poll.body };
}

Deno.test("A client of 1.0 to 1.3 that can read bytes is answered in nothing else", async () => {
  // One byte of text, of length 2; the end of a length is no UTF-8.
  assertEquals(await greet(OLD_MARK), { types: [BYTES, BYTES], body: "\0\x02\ufffd42" });
});

Deno.test("A client of 1.0 to 1.3 that asks for base64 is answered in text", async () => {
  assertEquals(await greet(`${OLD_MARK}&b64=1`), { types: [TEXT, TEXT], body: "2:42" });
});

Deno.test("Later clients, and those that do not say when they ask, are answered in text", async () => {
  for (const mark of [NEW_MARK, "", "t=1796071995769", "t=-0"]) {
    assertEquals(await greet(mark), { types: [TEXT, TEXT], body: "2:42" });
  }
});

/** The messages that come out of a payload of text, sent without `b64`. */
async function receive(payload: string): Promise<readonly unknown[]> {
  const engine = new InProcessEngine({ allowEIO3: true });
  await engine.ask(`EIO=3&transport=polling&${NEW_MARK}`);
  const session = engine.session();
  const query = `EIO=3&transport=polling&${NEW_MARK}&sid=${session.link.id}`;
  await engine.ask(query, { method: "POST", body: payload });
  return session.messages;
}

/** A text as bytes of UTF-8, each of them a character. */
function encodeOnce(text: string): string {
  return Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join("");
}

Deno.test("Text that clients of 1.x encode twice comes in right without b64 too", async () => {
  const texts = ["é€😀", "Ã©", "\u2028"].map(encodeOnce);
  const payload = texts.map((text) => `${text.length + 1}:4${text}`).join("");
  assertEquals(await receive(payload), ["é€😀", "Ã©", "\u2028"]);
});

Deno.test("Text that clients of 2.x encode once comes in right without b64 too", async () => {
  assertEquals(await receive("5:4é€😀"), ["é€😀"]);
  assertEquals(await receive("2:4é"), ["é"]);
  assertEquals(await receive("3:4Ã©2:4€"), ["Ã©", "€"]);
  // By itself it could be of a client of 1.x: the documented limit.
  assertEquals(await receive("3:4Ã©"), ["é"]);
});
