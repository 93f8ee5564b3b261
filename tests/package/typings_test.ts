/**
 * Tests that programs with typed events mean the same with this package as with socket.io: the same
 * files are compiled against the declarations of both, so whatever compiles there compiles here, and
 * each `@ts-expect-error` is an error on both sides.
 */
import { assert } from "@std/assert";
import { applicationFiles } from "../../bench/types/application.ts";
import {
  compileProgram,
  DECLARATIONS,
  type Figures,
  prepareProject,
  type Project,
  writeProgram,
} from "../../bench/types/compiler.ts";

const folder = new URL("./projects/typings/", import.meta.url);

/** Programs that every runtime has. */
const common = ["documentation.ts", "emitting.ts", "misuse.ts", "applications.ts"];

/** What programs import from there, the index of the package has here. */
const TYPED_EVENTS = "socket.io/dist/typed-events";

type Entry = keyof typeof DECLARATIONS;

/** Programs for each entry, and why others do not have them. */
const programs: Readonly<Record<Entry, readonly string[]>> = {
  "socket.io": [...common, "node.ts"],
  "@godwit/io/node": [...common, "node.ts"],
  // There are no HTTP servers to attach to, and requests are those of the Web.
  "@godwit/io/deno": common,
  "@godwit/io/bun": common,
};

/** Programs in which a declaration of the user adds to the class of sockets. */
const augmenting: Readonly<Record<Entry, string>> = {
  "socket.io": "augmented.ts",
  "@godwit/io/node": "augmented_node.ts",
  "@godwit/io/deno": "augmented.ts",
  "@godwit/io/bun": "augmented.ts",
};

let project: Promise<Project> | undefined;

/** The project, made once. */
function prepared(): Promise<Project> {
  return project ??= prepareProject();
}

async function readFiles(names: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const texts = names.map(async (name): Promise<[string, string]> => {
    return [name, await Deno.readTextFile(new URL(name, folder))];
  });
  return new Map(await Promise.all(texts));
}

/** Compiles files against the declarations of an entry. */
async function compile(
  entry: Entry,
  name: string,
  files: ReadonlyMap<string, string>,
): Promise<Figures> {
  const path = DECLARATIONS[entry];
  const typedEvents = entry === "socket.io" ? `${TYPED_EVENTS}.d.ts` : path;
  const settings = await writeProgram(await prepared(), {
    name: `${name} ${entry}`,
    files,
    paths: {
      "socket.io": path,
      [TYPED_EVENTS]: typedEvents,
      "@godwit/io": DECLARATIONS["@godwit/io/node"],
    },
    skipLibCheck: true,
  });
  return await compileProgram(await prepared(), settings);
}

for (const [entry, names] of Object.entries(programs)) {
  Deno.test(`Typed programs compile against ${entry}, and misuse is refused`, async () => {
    // It is a key of the table.
    await compile(entry as Entry, "typings", await readFiles(["expect.ts", ...names]));
  });
}

for (const [entry, name] of Object.entries(augmenting)) {
  Deno.test(`Sockets of ${entry} take members that a program declares`, async () => {
    // It is a key of the table.
    await compile(entry as Entry, "augmented", await readFiles([name]));
  });
}

Deno.test("Helper types give what those of socket.io give, for maps of every shape", async () => {
  await compile("socket.io", "helpers", await readFiles(["expect.ts", "helper_types.ts"]));
});

Deno.test("An application of 200 events costs the compiler no more than with socket.io", async () => {
  const files = applicationFiles(200);
  const theirs = await compile("socket.io", "application", files);
  const ours = await compile("@godwit/io/node", "application", files);
  // The compiler counts the same each time; seconds are for the bench.
  assert(ours.instantiations <= theirs.instantiations, JSON.stringify({ ours, theirs }));
  assert(ours.types <= theirs.types, JSON.stringify({ ours, theirs }));
});
