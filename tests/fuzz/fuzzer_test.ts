/** Tests that every target keeps its promise for some thousand inputs, and that the fuzzer finds faults. */
import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { readArguments } from "../../tools/fuzz.ts";
import { fingerprint, readCorpus } from "./corpus.ts";
import { Fuzzer } from "./fuzzer.ts";
import { textOf } from "./inputs.ts";
import { MAX_INPUT_BYTES, Mutator } from "./mutator.ts";
import { SeededRandom } from "./random.ts";
import { BrokenPromise, type FuzzTarget, promised } from "./target.ts";
import { TARGETS } from "./targets.ts";

const SEED = 20_261_130;
/** Inputs for each target: not a time, so that every machine tries the same. */
const EXECUTIONS = 1_500;

for (const target of TARGETS) {
  Deno.test(`${target.name}, inputs by chance: ${target.promise}`, async () => {
    const corpus = (await readCorpus(target.name)).map(({ input }) => input);
    const { failures } = await new Fuzzer(target, {
      corpus,
      random: new SeededRandom(SEED),
      isOver: (executions) => executions >= EXECUTIONS,
    }).run();
    const told = failures.map(({ input, error }) => `${input.toBase64()}: ${error}`);
    assertEquals(told, []);
  });
}

function planted(name: string, run: FuzzTarget["run"]): FuzzTarget {
  return { name, promise: "None", dictionary: ["4", "x"], run };
}

async function failuresOf(target: FuzzTarget): Promise<readonly unknown[]> {
  const { failures } = await new Fuzzer(target, {
    corpus: [new TextEncoder().encode('42["x"]')],
    random: new SeededRandom(1),
    isOver: (executions) => executions >= 2_000,
  }).run();
  return failures.map(({ error }) => error);
}

Deno.test("The fuzzer finds a fault that some inputs show, and tells of it once", async () => {
  const [error, ...others] = await failuresOf(
    planted("fault", (input) => promised(!textOf(input).includes("44"), "found 44")),
  );
  assert(error instanceof BrokenPromise);
  assertEquals([error.message, others], ["found 44", []]);
});

Deno.test("The fuzzer finds a fault that comes later, and one in what all objects share", async () => {
  const later = planted("later", () => Promise.reject(new TypeError("later")));
  assertEquals((await failuresOf(later)).length, 1);
  const shared = Object.prototype as { polluted?: unknown };
  const pollutes = planted("prototype", () => void (shared.polluted = 1));
  try {
    const [error] = await failuresOf(pollutes);
    assert(error instanceof BrokenPromise);
  } finally {
    delete shared.polluted;
  }
});

Deno.test("A seed decides all inputs, whose length is bounded", () => {
  const inputs = [new TextEncoder().encode("42[1]"), new Uint8Array(MAX_INPUT_BYTES)];
  const row = (seed: number): string[] => {
    const mutator = new Mutator(new SeededRandom(seed), ["token"]);
    const made = Array.from({ length: 500 }, () => mutator.next(inputs));
    assert(made.every(({ length }) => length <= MAX_INPUT_BYTES));
    return made.map((input) => input.toBase64());
  };
  assertEquals(row(5), row(5));
  assertNotEquals(row(5), row(6));
  assertEquals(textOf(inputs[0] ?? new Uint8Array()), "42[1]");
});

Deno.test("The name of an input that is found is made of its content", async () => {
  assertEquals(await fingerprint(new TextEncoder().encode("abc")), "ba7816bf8f01");
});

Deno.test("The command line of the fuzzer is read, and refused when it is wrong", () => {
  const args = ["--seconds", "5", "--seed=7", "--keep", "msgpack"];
  const expected = { seconds: 5, seed: 7, keeps: true, replay: undefined, names: ["msgpack"] };
  assertEquals(readArguments(args), expected);
  assertEquals(readArguments([]).seconds, 60);
  assertThrows(() => readArguments(["--seconds", "many"]), TypeError, "must be a whole number");
  assertThrows(() => readArguments(["--sekonds", "5"]), TypeError, "is not an option");
  assertThrows(() => readArguments(["--seed"]), TypeError, "has no value");
});
