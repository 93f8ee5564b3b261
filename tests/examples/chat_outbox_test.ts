/** What the page of the chat does with messages that are not confirmed yet. */
import { assertEquals } from "@std/assert";
import { Outbox } from "../../examples/chat/client/outbox.ts";
import type { Message, SendReply, SendRequest } from "../../examples/chat/events.ts";

/** Answers as told, and keeps what it was asked. */
class FakeServer {
  readonly requests: SendRequest[] = [];
  readonly sent: Message[] = [];
  /** Answers of the next requests; afterwards everything is accepted. */
  readonly answers: (SendReply | undefined)[] = [];
  readonly outbox: Outbox = new Outbox({
    send: (request) => Promise.resolve(this.#answer(request)),
    changed: () => {},
    sent: (message) => this.sent.push(message),
  });

  #answer(request: SendRequest): SendReply | undefined {
    this.requests.push(request);
    if (this.answers.length > 0) return this.answers.shift();
    const author = { id: "a", name: "Ada", color: 1 };
    return { ok: true, message: { ...request, seq: this.requests.length, author, at: 0 } };
  }

  /** The texts asked for, in order. */
  get texts(): readonly string[] {
    return this.requests.map(({ text }) => text);
  }
}

/** Runs with a tab that remembers nothing yet. */
async function withEmptyTab(use: () => Promise<void>): Promise<void> {
  sessionStorage.clear();
  try {
    await use();
  } finally {
    sessionStorage.clear();
  }
}

Deno.test("Outbox sends in the order of writing, one at a time", () =>
  withEmptyTab(async () => {
    const server = new FakeServer();
    for (const text of ["one", "two", "three"]) server.outbox.add("lobby", text);
    assertEquals(server.texts, ["one"]);
    await settled();
    assertEquals(server.texts, ["one", "two", "three"]);
    assertEquals(server.sent.map(({ text }) => text), ["one", "two", "three"]);
    assertEquals(server.outbox.of("lobby"), []);
  }));

Deno.test("Outbox keeps what got no answer, with its id, until the next connection", () =>
  withEmptyTab(async () => {
    const server = new FakeServer();
    server.answers.push(undefined, undefined, { ok: false, code: "not-in-room", message: "No." });
    server.outbox.add("lobby", "one");
    server.outbox.add("lobby", "two");
    await settled();
    server.outbox.add("attic", "elsewhere");
    await settled();
    // Nobody answers: the first one was tried, the other waits for it.
    assertEquals(server.texts, ["one", "one", "elsewhere"]);
    assertEquals(server.outbox.of("lobby").map(({ text }) => text), ["one", "two"]);
    await server.outbox.flush("lobby");
    assertEquals(server.outbox.of("lobby"), []);
    assertEquals(server.outbox.of("attic").map(({ text }) => text), ["elsewhere"]);
    const ids = server.requests.filter(({ text }) => text === "one").map(({ id }) => id);
    assertEquals(new Set(ids).size, 1);
  }));

Deno.test("Outbox remembers what is unsent when the page is loaded again", () =>
  withEmptyTab(async () => {
    const before = new FakeServer();
    before.answers.push(undefined);
    before.outbox.add("lobby", "unsent");
    await settled();
    const after = new FakeServer();
    assertEquals(after.outbox.of("lobby"), before.outbox.of("lobby"));
    await after.outbox.flush("lobby");
    assertEquals(after.texts, ["unsent"]);
    assertEquals(new FakeServer().outbox.of("lobby"), []);
  }));

Deno.test("Outbox goes on past a refused message, which can be sent again or given up", () =>
  withEmptyTab(async () => {
    const server = new FakeServer();
    server.answers.push({ ok: false, code: "bad-message", message: "No." });
    server.outbox.add("lobby", "refused");
    server.outbox.add("lobby", "fine");
    await settled();
    assertEquals(server.sent.map(({ text }) => text), ["fine"]);
    const [kept] = server.outbox.of("lobby");
    assertEquals([kept?.text, kept?.refused], ["refused", "No."]);
    server.outbox.retry(kept?.id ?? "");
    await settled();
    assertEquals(server.sent.map(({ text }) => text), ["fine", "refused"]);
    server.answers.push({ ok: false, code: "bad-message", message: "No." });
    server.outbox.add("lobby", "given up");
    await settled();
    server.outbox.discard(server.outbox.of("lobby")[0]?.id ?? "");
    assertEquals(server.outbox.of("lobby"), []);
  }));

Deno.test("Outbox waits as told when it is too fast", () =>
  withEmptyTab(async () => {
    const server = new FakeServer();
    server.answers.push({ ok: false, code: "slow-down", message: "Slow.", retryAfterMs: 1 });
    server.outbox.add("lobby", "one");
    server.outbox.add("lobby", "two");
    while (server.sent.length < 2) await settled();
    assertEquals(server.texts, ["one", "one", "two"]);
  }));

/** A turn of the event loop: every promise that can settle has. */
function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
