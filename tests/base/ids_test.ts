import { assertEquals } from "@std/assert";
import { type IdSource, randomIds, type SessionId, type SocketId } from "../../src/base/ids.ts";

/** Runs `body` with random bytes that count up, and tells how often they were asked for. */
function withCountingBytes(body: (ids: IdSource) => void): number {
  const { crypto } = globalThis;
  const original = crypto.getRandomValues;
  let calls = 0;
  crypto.getRandomValues = <T extends ArrayBufferView | null>(view: T): T => {
    calls++;
    if (view instanceof Uint8Array) view.forEach((_, index) => view[index] = index & 0xff);
    return view;
  };
  try {
    body(randomIds());
  } finally {
    crypto.getRandomValues = original;
  }
  return calls;
}

Deno.test("randomIds gives a million different ids of 22 URL-safe characters", () => {
  const ids = randomIds();
  const seen = new Set<string>();
  for (let count = 0; count < 1_000_000; count++) seen.add(ids.next());
  assertEquals(seen.size, 1_000_000);
  const other = [...seen].filter((id) => !/^[A-Za-z0-9_-]{22}$/.test(id));
  assertEquals(other, []);
});

Deno.test("randomIds uses every one of the 128 bits", () => {
  // Each character but the last can be any of 64; the last one carries 2 bits.
  const ids = randomIds();
  const seen = Array.from({ length: 22 }, () => new Set<string>());
  for (let count = 0; count < 4_000; count++) {
    for (const [index, character] of [...ids.next()].entries()) seen[index]?.add(character);
  }
  assertEquals(seen.map((characters) => characters.size), [...new Array(21).fill(64), 4]);
});

Deno.test("randomIds gives the base64url form of the random bytes", () => {
  withCountingBytes((ids) => {
    assertEquals(ids.next(), "AAECAwQFBgcICQoLDA0ODw");
    assertEquals(ids.next(), "EBESExQVFhcYGRobHB0eHw");
    for (let count = 3; count < 16; count++) ids.next();
    assertEquals(ids.next(), "8PHy8_T19vf4-fr7_P3-_w");
  });
});

Deno.test("randomIds asks for random bytes at the first id, and then once for 256 ids", () => {
  assertEquals(withCountingBytes(() => {}), 0);
  const take = (count: number) => (ids: IdSource): void => {
    for (let taken = 0; taken < count; taken++) ids.next();
  };
  assertEquals(withCountingBytes(take(1)), 1);
  assertEquals(withCountingBytes(take(256)), 1);
  assertEquals(withCountingBytes(take(257)), 2);
});

Deno.test("A branded id is a string, and no other id", () => {
  const id = "abc" as SessionId;
  const text: string = id;
  // @ts-expect-error: a session's id is not a socket's
  const socketId: SocketId = id;
  // @ts-expect-error: not every string is an id
  const sessionId: SessionId = text;
  assertEquals([socketId, sessionId], [text, text]);
});
