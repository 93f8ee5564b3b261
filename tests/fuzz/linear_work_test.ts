/** Tests that decoding costs no more than in proportion to what is decoded, whatever it is. */
import { assert, assertEquals } from "@std/assert";
import { BlockCoverage } from "./block_coverage.ts";
import { readCorpus } from "./corpus.ts";
import { framesOf, textOf, unlessRefused } from "./inputs.ts";
import { isGuide } from "./measured.ts";
import { readRequest } from "./requests.ts";
import { measure } from "./work_meter.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Bytes of the two inputs that are compared. */
const SHORT = 1_000;
const TIMES = 8;
/** How much more than in proportion the longer one may cost: by the square it would be eight. */
const SLACK = 2.5;
/** What any input may cost beside. */
const BASE_COST = 20_000;

// The library that decodes msgpack counts as well.
const coverage = await BlockCoverage.start((url) => isGuide(url) || url.includes("/@msgpack/"));
const { fromForm, foreignOrigin } = await import("../../src/engine/jsonp.ts");
const { CorsPolicy } = await import("../../src/engine/cors.ts");
const { engineV3 } = await import("../../src/wire/engine_v3.ts");
const { engineV4 } = await import("../../src/wire/engine_v4.ts");
const { jsonCodec } = await import("../../src/wire/json_codec.ts");
const { parserCodec } = await import("../../src/wire/parser_codec.ts");
const { authOf, withoutQuery } = await import("../../src/socket/dialect.ts");
const { REVISION_TRAITS } = await import("../../src/wire/revision_traits.ts");
const msgpack = await import("../../src/extra/msgpack.ts");
const { readBody } = await import("../../src/engine/request_body.ts");
const { PushedBody } = await import("../support/fake_call.ts");
const { FakeClock } = await import("../support/fake_clock.ts");

const policy = new CorsPolicy({ origin: ["https://a.example", /\.b\.example$/] }, () => {});

/** What is done with an input, and nothing else. */
const DECODERS: Readonly<Record<string, (input: Bytes) => unknown>> = {
  "engine_v4": (input) => unlessRefused(() => [...engineV4.decodePayload(textOf(input))]),
  "engine_v3": (input) => {
    unlessRefused(() => [...engineV3.decodePayload(textOf(input))]);
    unlessRefused(() => [...engineV3.decodePayload(input)]);
  },
  "jsonp_form": (input) => fromForm(textOf(input)),
  "json_codec": (input) => {
    const decoder = jsonCodec().createDecoder();
    for (const frame of framesOf(input)) unlessRefused(() => decoder.push(frame));
  },
  dialect: (input) => {
    const decoder = jsonCodec().createDecoder({ namespaceQueries: true });
    for (const frame of framesOf(input)) {
      const packet = unlessRefused(() => decoder.push(frame));
      if (packet !== undefined) authOf(packet, REVISION_TRAITS[3]);
      if (packet !== undefined) withoutQuery(packet, REVISION_TRAITS[3]);
    }
  },
  msgpack: (input) => unlessRefused(() => parserCodec(msgpack).createDecoder().push(input)),
  handshake: (input) => foreignOrigin(readRequest(input)),
  cors: (input) => {
    const request = readRequest(input);
    policy.apply(request);
    policy.allowsWebSocket(request, request);
  },
  "request_body": async (input) => {
    for (const isBinary of [false, true]) {
      const body = new PushedBody();
      const bounds = { announcedBytes: 0, limitBytes: 1_000_000, timeoutMs: 1, isBinary };
      const reading = readBody(body, { ...bounds, clock: new FakeClock() });
      for (const byte of input) body.push(Uint8Array.of(byte));
      body.end();
      await reading;
    }
  },
};

/** The input again and again, and its longest run of one kind of byte made longer. */
function* amplified(input: Bytes, length: number): Generator<Bytes> {
  const times = Math.ceil(length / Math.max(1, input.length));
  const whole = new Uint8Array(times * input.length);
  for (let time = 0; time < times; time++) whole.set(input, time * input.length);
  yield whole;
  // One piece of it, at a few places: heads stay what they are, and what follows grows.
  for (const part of [0.3, 0.8]) {
    const at = Math.floor(input.length * part);
    const piece = input.subarray(at, at + 4);
    if (piece.length === 0) continue;
    const rest = [...new Array(Math.ceil(length / piece.length)).fill([...piece])].flat();
    yield Uint8Array.from([...input.subarray(0, at), ...rest, ...input.subarray(at)]);
  }
}

for (const [name, decode] of Object.entries(DECODERS)) {
  Deno.test(`${name}: work is in proportion to the input`, async () => {
    const faults: string[] = [];
    for (const { name: entry, input } of await readCorpus(name)) {
      const long = amplified(input, SHORT * TIMES);
      for (const short of amplified(input, SHORT)) {
        const few = await measure(coverage, () => decode(short));
        const { value } = long.next();
        const many = await measure(coverage, () => decode(value ?? short));
        if (many <= few * TIMES * SLACK + BASE_COST) continue;
        faults.push(`${entry}: ${few} for ${short.length} bytes, ${many} for ${value?.length}`);
      }
    }
    assertEquals(faults, []);
  });
}

Deno.test("measure tells work by the square from work in proportion", async () => {
  const rest = (text: string): void => {
    for (let left = text; left !== ""; left = left.slice(1));
  };
  const once = (text: string): void => void text.split("").map((it) => it.slice(1));
  const ratio = async (work: (text: string) => void): Promise<number> =>
    await measure(coverage, () => work("a".repeat(8_000))) /
    await measure(coverage, () => work("a".repeat(1_000)));
  assert(await ratio(rest) > 32);
  assert(await ratio(once) < 10);
  await coverage.stop();
});
