/**
 * Bodies of requests, cut anywhere, too long, late, broken off.
 */
import { type BodyResult, readBody } from "../../../src/engine/request_body.ts";
import { PushedBody } from "../../support/fake_call.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { SeededRandom } from "../random.ts";
import { type FuzzTarget, promised } from "../target.ts";

const TIMEOUT_MS = 1_000;
/** How a reading is made to end, by the second byte of an input. */
const ENDINGS = ["end", "end", "fail", "abort", "late", "aborted before", "announced"] as const;
type Ending = typeof ENDINGS[number];

/** A signal that counts who listens. */
class CountedSignal {
  aborted = false;
  readonly reason = "stopped";
  readonly listeners: Set<() => void> = new Set();

  addEventListener(_type: "abort", listener: () => void): void {
    this.listeners.add(listener);
  }

  removeEventListener(_type: "abort", listener: () => void): void {
    this.listeners.delete(listener);
  }

  abort(): void {
    this.aborted = true;
    for (const listener of [...this.listeners]) listener();
  }
}

/** One body and what is to become of it. */
interface Plan {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly limitBytes: number;
  readonly ending: Ending;
  readonly isBinary: boolean;
  readonly random: SeededRandom;
}

/**
 * Reads a plan: where to cut, how to end, how often the rest is repeated, and whether the limit is too
 * small; then the body.
 */
function planOf(input: Uint8Array<ArrayBuffer>): Plan {
  const [seed = 0, ending = 0, repeats = 0, limit = 0] = input;
  const piece = input.subarray(4);
  const times = 1 + Math.min(repeats, Math.floor(24_576 / (piece.length || 1)));
  const bytes = new Uint8Array(times * piece.length);
  for (let time = 0; time < times; time++) bytes.set(piece, time * piece.length);
  return {
    bytes,
    limitBytes: limit < 128 ? bytes.length + limit : Math.floor(bytes.length / 2),
    // The index is in range.
    ending: ENDINGS[ending % ENDINGS.length] as Ending,
    isBinary: limit % 2 === 1,
    random: new SeededRandom(seed),
  };
}

/** The pieces of a body: single bytes, some, many; empty ones between them. */
function* cut(bytes: Uint8Array<ArrayBuffer>, random: SeededRandom): Generator<Uint8Array> {
  const most = random.pick([1, 7, 300, 20_000]);
  for (let start = 0; start < bytes.length;) {
    const end = start + random.below(most + 1);
    // Chunks are the runtime's own memory: each is a copy.
    yield bytes.slice(start, end);
    start = end;
  }
}

async function readPlan(plan: Plan): Promise<void> {
  const { bytes, limitBytes, ending, isBinary, random } = plan;
  const clock = new FakeClock();
  const body = new PushedBody();
  const signal = new CountedSignal();
  if (ending === "aborted before") signal.abort();
  const reading = readBody(body, {
    announcedBytes: ending === "announced" ? limitBytes + 1 : 0,
    limitBytes,
    timeoutMs: TIMEOUT_MS,
    clock,
    isBinary,
    signal,
  });
  if (body.reads > 0) {
    for (const chunk of cut(bytes, random)) body.push(chunk);
    finish(ending, { body, clock, signal });
  }
  const result = await reading;
  const isStopped = result.outcome !== "ok";
  promised(clock.waiting === 0 && signal.listeners.size === 0, "a timer or a listener is left");
  promised(
    isStopped === (body.cancels > 0) || ending === "fail",
    "a stopped body is not cancelled",
  );
  promised(result.outcome === expectedOutcome(plan), `${result.outcome} after ${ending}`);
  if (result.outcome === "ok") checkData(result, plan);
}

function finish(
  ending: Ending,
  { body, clock, signal }: { body: PushedBody; clock: FakeClock; signal: CountedSignal },
): void {
  if (ending === "fail") body.fail(new Error("reset"));
  else if (ending === "abort") signal.abort();
  else if (ending === "late") clock.advance(TIMEOUT_MS);
  else body.end();
  // Nothing that comes afterwards counts.
  body.push(Uint8Array.of(0x21)).end();
}

function expectedOutcome({ bytes, limitBytes, ending }: Plan): BodyResult["outcome"] {
  if (ending === "aborted before") return "aborted";
  if (ending === "announced" || bytes.length > limitBytes) return "tooLarge";
  if (ending === "end") return "ok";
  return ending === "late" ? "timedOut" : "aborted";
}

function checkData(
  { data }: Extract<BodyResult, { outcome: "ok" }>,
  { bytes, isBinary }: Plan,
): void {
  const whole = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  const isSame = typeof data === "string"
    ? !isBinary && data === whole
    : isBinary && data.length === bytes.length && data.every((byte, at) => byte === bytes[at]);
  promised(isSame, "where a body was cut changes what is read");
}

/** Bodies cut into chunks. */
export const requestBodyTarget: FuzzTarget = {
  name: "request_body",
  promise: "A body is read as if it came whole, or ends early for a reason, and leaves nothing",
  dictionary: ["é€😀", "\ufeff", "\xff", "4hello"],
  run(input): Promise<void> {
    return readPlan(planOf(input));
  },
};
