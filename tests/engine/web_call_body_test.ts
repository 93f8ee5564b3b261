/** Tests of the body of a `Request` as the engine reads it: pieces, foreign readers, cancellation. */
import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import type { BodySink, RequestBody } from "../../src/engine/call.ts";
import { type BodyResult, readBody } from "../../src/engine/request_body.ts";
import { WebCall } from "../../src/engine/web_call.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { settle } from "../support/in_process_engine.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** A body under the test's control: pieces are given when asked for, and nothing is buffered. */
class Sender {
  readonly request: Request;
  readonly body: RequestBody;
  readonly clock = new FakeClock();
  /** How many pieces were taken. */
  pulls = 0;
  /** How often the stream was cancelled. */
  cancels = 0;
  #controller: ReadableStreamDefaultController<Bytes> | undefined;

  /**
   * An endless sender waits after its last piece.
   *
   * @param keepsCancelledReads of which kind the runtime is
   */
  constructor(
    pieces: readonly Bytes[],
    { endless = false, keepsCancelledReads = false } = {},
  ) {
    const left = [...pieces];
    const body = new ReadableStream<Bytes>({
      start: (controller) => void (this.#controller = controller),
      pull: (controller) => {
        const piece = left.shift();
        if (piece !== undefined) {
          this.pulls += 1;
          controller.enqueue(piece);
        } else if (!endless) controller.close();
        else return new Promise(() => {});
      },
      cancel: () => void (this.cancels += 1),
    }, { highWaterMark: 0 });
    this.request = new Request("http://localhost/", { method: "POST", body });
    this.body = bodyOf(this.request, keepsCancelledReads);
  }

  /** Another piece comes, which nobody has asked for. */
  give(piece: Bytes): void {
    this.#controller?.enqueue(piece);
  }

  fail(error: Error): void {
    this.#controller?.error(error);
  }

  /** Reads it as the engine does. */
  text(signal?: AbortSignal): Promise<BodyResult> {
    const limits = { announcedBytes: 0, limitBytes: 1000, timeoutMs: 5000, clock: this.clock };
    return readBody(this.body, signal === undefined ? limits : { ...limits, signal });
  }
}

/** Writes down what it is told. */
class RecordingSink implements BodySink {
  readonly told: unknown[] = [];

  chunk(bytes: Uint8Array): void {
    this.told.push(new TextDecoder().decode(bytes));
  }

  end(): void {
    this.told.push(END);
  }

  failed(cause: unknown): void {
    this.told.push(cause);
  }
}

const END = Symbol("end");

function bodyOf(request: Request, keepsCancelledReads = false): RequestBody {
  const upgrade = (): never => {
    throw new TypeError("Cannot upgrade a body");
  };
  return new WebCall(request, { remoteAddress: "" }, { upgrade, keepsCancelledReads }).body;
}

/** All that a sink is told of a body, when nothing moves any more. */
async function toldOf(request: Request): Promise<unknown[]> {
  const sink = new RecordingSink();
  bodyOf(request).read(sink);
  await settle();
  return sink.told;
}

function bytes(text: string): Bytes {
  return new TextEncoder().encode(text);
}

/** A request whose runtime refuses to give its body. */
function closedRequest(error: Error): Request {
  return Object.defineProperty(new Request("http://localhost/"), "body", {
    get: () => {
      throw error;
    },
  });
}

Deno.test("The body of a Request is told piece by piece, then its end", async () => {
  const sender = new Sender([bytes("4a"), bytes(""), bytes("\u20ac")]);
  assertEquals(await toldOf(sender.request), ["4a", "", "\u20ac", END]);
  const text = new Request("http://localhost/", { method: "POST", body: "4hello" });
  assertEquals(await toldOf(text), ["4hello", END]);
  assertEquals(sender.cancels, 0);
});

Deno.test("A Request that has no body ends at once", async () => {
  const sink = new RecordingSink();
  bodyOf(new Request("http://localhost/")).read(sink);
  assertEquals(sink.told, [END]);
  assertEquals(await toldOf(new Sender([]).request), [END]);
});

Deno.test("A body that somebody else has read, or reads, counts as empty", async () => {
  const used = new Sender([bytes("abc")]).request;
  await used.text();
  assertEquals(await toldOf(used), [END]);
  const locked = new Sender([bytes("abc")]).request;
  locked.body?.getReader();
  assertEquals(await toldOf(locked), [END]);
  const begun = new Sender([bytes("abc"), bytes("def")]).request;
  const reader = begun.body?.getReader();
  await reader?.read();
  reader?.releaseLock();
  assertEquals(await toldOf(begun), [END]);
});

Deno.test("A body that breaks off tells so, after what came before", async () => {
  const sender = new Sender([bytes("a")], { endless: true });
  const sink = new RecordingSink();
  sender.body.read(sink);
  await settle();
  const gone = new Error("connection reset");
  sender.fail(gone);
  await settle();
  assertEquals(sink.told, ["a", gone]);
  sender.body.cancel();
  await settle();
  assertEquals(sink.told.length, 2);
});

Deno.test("A runtime that does not give the body of a request has broken it off", async () => {
  const gone = new TypeError("Request closed");
  const told = await toldOf(closedRequest(gone));
  assertEquals(told.length, 1);
  assertStrictEquals(told[0], gone);
  bodyOf(closedRequest(gone)).cancel();
});

Deno.test("A stream of something else than bytes has broken off", async () => {
  for (const foreign of ["text", 5, null, {}, [1], new ArrayBuffer(1), new Uint16Array(1)]) {
    // Bypasses the type on purpose: a Request that is made in the process may hold anything.
    const sender = new Sender([bytes("a"), foreign as unknown as Bytes, bytes("b")], {
      endless: true,
    });
    const sink = new RecordingSink();
    sender.body.read(sink);
    await settle();
    const [first, cause, ...more] = sink.told;
    assertEquals([first, more, sender.pulls], ["a", [], 2]);
    assert(cause instanceof TypeError);
    assertEquals(
      cause.message,
      `Cannot read body: a chunk must be a Uint8Array, found ${typeof foreign}`,
    );
    sender.body.cancel();
    await settle();
    assertEquals(sender.cancels, 1);
  }
});

Deno.test("A body that is cancelled unread is let go, once", async () => {
  const sender = new Sender([bytes("a")]);
  sender.body.cancel();
  sender.body.cancel();
  await settle();
  assertEquals([sender.pulls, sender.cancels], [0, 1]);
});

Deno.test("A body that is cancelled while it is read tells nothing more", async () => {
  const sender = new Sender([bytes("a")], { endless: true });
  const sink = new RecordingSink();
  sender.body.read(sink);
  await settle();
  sender.body.cancel();
  sender.body.cancel();
  await settle();
  assertEquals([sink.told, sender.cancels], [["a"], 1]);
});

Deno.test("A runtime that keeps cancelled reads has them end first, by the next piece", async () => {
  const sender = new Sender([bytes("a")], { endless: true, keepsCancelledReads: true });
  const sink = new RecordingSink();
  sender.body.read(sink);
  await settle();
  sender.body.cancel();
  await settle();
  assertEquals(sender.cancels, 0);
  sender.give(bytes("b"));
  await settle();
  assertEquals([sink.told, sender.cancels], [["a"], 1]);
});

/** Reads a body that is cancelled inside each of its pieces. */
async function readCancelling(sender: Sender): Promise<RecordingSink> {
  const sink = new RecordingSink();
  const { chunk } = sink;
  sink.chunk = (piece) => {
    chunk.call(sink, piece);
    sender.body.cancel();
  };
  sender.body.read(sink);
  await settle();
  return sink;
}

Deno.test("A runtime that keeps cancelled reads is told at once where none waits", async () => {
  const sender = new Sender([bytes("a"), bytes("b")], { keepsCancelledReads: true });
  const sink = await readCancelling(sender);
  assertEquals([sink.told, sender.pulls, sender.cancels], [["a"], 1, 1]);
});

Deno.test("A body that is cancelled inside a piece gives no other", async () => {
  const sender = new Sender([bytes("a"), bytes("b"), bytes("c")]);
  const sink = await readCancelling(sender);
  assertEquals([sink.told, sender.pulls, sender.cancels], [["a"], 1, 1]);
});

Deno.test("A body that breaks off once it was cancelled is no news", async () => {
  const sender = new Sender([bytes("a")], { endless: true });
  const sink = new RecordingSink();
  sender.body.read(sink);
  await settle();
  sender.fail(new Error("connection reset"));
  sender.body.cancel();
  await settle();
  assertEquals(sink.told, ["a"]);
});

Deno.test("A body whose sender does not take the cancellation, or fails to, is let go", async () => {
  for (
    const cancel of [() => new Promise<void>(() => {}), () => Promise.reject(new Error("gone"))]
  ) {
    for (const isRead of [true, false]) {
      const stream = new ReadableStream<Bytes>({ cancel });
      const body = bodyOf(new Request("http://localhost/", { method: "POST", body: stream }));
      const sink = new RecordingSink();
      if (isRead) body.read(sink);
      body.cancel();
      await settle();
      assertEquals(sink.told, []);
    }
  }
});

Deno.test("A body that somebody else reads is not cancelled under their hands", async () => {
  const sender = new Sender([bytes("abc")]);
  const reader = sender.request.body?.getReader();
  sender.body.cancel();
  assertEquals(new TextDecoder().decode((await reader?.read())?.value), "abc");
  assertEquals(sender.cancels, 0);
});

Deno.test("A body that is cancelled after its end, or that there is not, changes nothing", async () => {
  const sender = new Sender([bytes("a")]);
  assertEquals(await sender.text(), { outcome: "ok", data: "a" });
  sender.body.cancel();
  bodyOf(new Request("http://localhost/")).cancel();
  await settle();
  assertEquals(sender.cancels, 0);
});

// --- with what reads it ---

Deno.test("A body is cancelled by whatever ends its reading early", async () => {
  const ends: Readonly<Record<string, (sender: Sender, stop: AbortController) => void>> = {
    "timedOut": ({ clock }) => clock.advance(5000),
    "aborted": (_sender, stop) => stop.abort(),
  };
  for (const [outcome, end] of Object.entries(ends)) {
    const sender = new Sender([bytes("a")], { endless: true });
    const stop = new AbortController();
    const result = sender.text(stop.signal);
    await settle();
    assertEquals(sender.cancels, 0);
    end(sender, stop);
    assertEquals<string>((await result).outcome, outcome);
    assertEquals([sender.cancels, sender.clock.waiting], [1, 0]);
  }
});

Deno.test("A body is not pulled on once it is too large", async () => {
  const sender = new Sender(Array.from({ length: 100 }, () => bytes("x".repeat(400))));
  assertEquals(await sender.text(), { outcome: "tooLarge" });
  await settle();
  assertEquals([sender.pulls, sender.cancels], [3, 1]);
});

Deno.test("A foreign piece ends the reading, and cancels the body", async () => {
  // Bypasses the type on purpose, as above.
  const sender = new Sender(["text"] as unknown as Bytes[], { endless: true });
  const result = await sender.text();
  assert(result.outcome === "aborted" && result.cause instanceof TypeError);
  await settle();
  assertEquals([sender.cancels, sender.clock.waiting], [1, 0]);
});
