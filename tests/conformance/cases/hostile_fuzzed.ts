/**
 * Cases: the corpus of the fuzzer and mutations of it, sent to real servers. Each input is answered or
 * ends its session; the server stays alive, and serves the next client.
 *
 * - The seed decides the inputs, so that a failure can be had again.
 */
import { assert } from "@std/assert";
import { readCorpus } from "../../fuzz/corpus.ts";
import { framesOf, textOf } from "../../fuzz/inputs.ts";
import { Mutator } from "../../fuzz/mutator.ts";
import { SeededRandom } from "../../fuzz/random.ts";
import { engineV3Target, engineV4Target } from "../../fuzz/targets/engine_codecs.ts";
import { jsonCodecTarget } from "../../fuzz/targets/socket_codecs.ts";
import type { FuzzTarget } from "../../fuzz/target.ts";
import type { Frame } from "../../../src/wire/engine_packet.ts";
import { ask, engineUrl, type RawWebSocket } from "../../support/raw_engine.ts";
import type { ServerProcess } from "../../support/server_process.ts";
import { within } from "../../support/waiting.ts";
import { type ConformanceCase, joinedWebSocket } from "../conformance.ts";

const SEED = 6;
/** Mutations of each case. */
const INPUTS = Number(Deno.env.get("GODWIT_INPUTS") ?? 200);
/** How long an input may take on a busy machine, in milliseconds. */
const ANSWER_MS = 10_000;

/** The corpus of a target, then mutations of it. */
async function inputsOf(target: FuzzTarget): Promise<readonly Uint8Array<ArrayBuffer>[]> {
  const corpus = (await readCorpus(target.name)).map(({ input }) => input);
  const mutator = new Mutator(new SeededRandom(SEED), target.dictionary);
  return [...corpus, ...Array.from({ length: INPUTS }, () => mutator.next(corpus))];
}

/** Sends frames, each in one session as long as it lasts; a text behind them is answered or not taken. */
async function sendAll(
  server: ServerProcess,
  inputs: readonly (readonly Frame[])[],
): Promise<void> {
  let session: RawWebSocket | undefined;
  for (const frames of inputs) {
    session ??= await joinedWebSocket(server);
    for (const frame of frames) session.send(frame);
    // The last word of a session that goes on; one that does not is not read to its end.
    session.send('42["echo","last word"]');
    if (await isAnswered(session)) continue;
    session = undefined;
    assert(server.alive, server.output);
  }
  session?.close();
}

/** Whether the session goes on; neither an answer nor an end is a failure. */
async function isAnswered(session: RawWebSocket): Promise<boolean> {
  let hasEnded = false;
  void session.closed.then(() => hasEnded = true);
  try {
    while (await session.next(ANSWER_MS) !== '42["echo","last word"]');
    return true;
  } catch (error) {
    if (hasEnded) return false;
    throw error;
  }
}

/** Posts bodies, each to a session of its own. */
async function postAll(
  server: ServerProcess,
  bodies: readonly BodyInit[],
  query: Readonly<Record<string, string>>,
): Promise<void> {
  for (const body of bodies) {
    const url = engineUrl(server.url, { EIO: "4", transport: "polling", ...query });
    const sid = /"sid":"([^"]+)"/.exec((await ask(url)).text)?.[1] ?? "";
    const headers = { "content-type": typeof body === "string" ? "text/plain" : BINARY };
    const post = ask(`${url}&sid=${sid}`, { method: "POST", body, headers });
    const { status } = await within("the answer to a POST", post, ANSWER_MS);
    assert(status === 200 || status === 400, `answered ${status}`);
    await ask(`${url}&sid=${sid}`, { method: "POST", body: "1" });
    assert(server.alive, server.output);
  }
}

const BINARY = "application/octet-stream";

/** Events by chance may make a handler throw: not all targets survive that. */
const needs = "survives-handler-errors";

/** The cases. */
export const hostileFuzzedCases: readonly ConformanceCase[] = [
  {
    name: "packets by chance in a WebSocket are answered, or end their session",
    needs,
    async run(server): Promise<void> {
      const inputs = (await inputsOf(jsonCodecTarget)).map((input) =>
        framesOf(input).map((it) => typeof it === "string" ? `4${it}` : it)
      );
      await sendAll(server, inputs);
    },
  },
  {
    name: "frames by chance in a WebSocket are answered, or end their session",
    needs,
    async run(server): Promise<void> {
      await sendAll(server, (await inputsOf(engineV4Target)).map(framesOf));
    },
  },
  {
    name: "bodies by chance are answered with 200 or 400",
    needs,
    async run(server): Promise<void> {
      await postAll(server, (await inputsOf(engineV4Target)).map(textOf), {});
    },
  },
  {
    name: "bodies by chance for revision 3, as text and as bytes, are answered with 200 or 400",
    server: "older",
    needs,
    async run(server): Promise<void> {
      const inputs = await inputsOf(engineV3Target);
      const bodies = inputs.map((it, index) => index % 2 === 0 ? textOf(it) : it);
      await postAll(server, bodies, { EIO: "3" });
    },
  },
];
