/**
 * The inputs that are kept, one file for each, in a folder for each target.
 *
 * Invariants
 * - A file is its input and nothing else. Its name says what it shows, or is made of its content.
 * - Names that begin with `failure-` are of inputs that have broken a promise once.
 */
type Bytes = Uint8Array<ArrayBuffer>;

/** An input and its name. */
export interface CorpusEntry {
  readonly name: string;
  readonly input: Bytes;
}

/** Where the corpus is. */
export const CORPUS: URL = new URL("corpus/", import.meta.url);

function folderOf(target: string, root: URL): URL {
  return new URL(`${target}/`, root);
}

/** The inputs of a target in the order of their names; none when it has no folder. */
export async function readCorpus(target: string, root: URL = CORPUS): Promise<CorpusEntry[]> {
  const folder = folderOf(target, root);
  const names: string[] = [];
  try {
    for await (const { name, isFile } of Deno.readDir(folder)) if (isFile) names.push(name);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return await Promise.all(
    names.sort().map(async (name) => ({ name, input: await Deno.readFile(new URL(name, folder)) })),
  );
}

/** Twelve hexadecimal digits that tell an input from any other. */
export async function fingerprint(input: Bytes): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", input));
  return digest.toHex().slice(0, 12);
}

/** Keeps an input; gives its file. */
export async function saveInput(
  target: string,
  input: Bytes,
  prefix: "" | "failure-" = "",
  root: URL = CORPUS,
): Promise<URL> {
  const folder = folderOf(target, root);
  await Deno.mkdir(folder, { recursive: true });
  const file = new URL(`${prefix}${await fingerprint(input)}`, folder);
  await Deno.writeFile(file, input);
  return file;
}
