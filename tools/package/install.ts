/**
 * Folders below `dist/` whose content follows from a key: made once, whole or not at all.
 *
 * Invariants
 * - A folder is made under a name of its own and renamed when it is complete. Two processes that make
 *   the same one at once both succeed, and both use the one that came first.
 * - Old folders go when newer ones come, but never one that was made within the last hour: somebody
 *   may use it.
 */

/** Folders of one kind that stay when another is made. */
const keptFolders = 4;
const keptMs = 60 * 60 * 1000;

/** Codes of npm for a registry that does not answer. */
const unreachable: ReadonlySet<string> = new Set([
  "EAI_AGAIN",
  "ECONNREFUSED",
  "ECONNRESET",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "ERR_SOCKET_TIMEOUT",
  "ETIMEDOUT",
]);

/** A key for some texts: the first 12 hexadecimal digits of their SHA-256. */
export async function keyOf(...texts: readonly string[]): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify(texts));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest.subarray(0, 6), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The folder `key` in `parent`, made by `fill` unless it is there; ends in a slash. */
export async function keyedFolder(
  parent: URL,
  key: string,
  fill: (folder: URL) => Promise<void>,
): Promise<URL> {
  const folder = new URL(`${key}/`, parent);
  if (await isThere(folder)) return folder;
  await Deno.mkdir(parent, { recursive: true });
  await removeOld(parent);
  const draft = new URL(`${key}.${Deno.pid}-${crypto.randomUUID().slice(0, 8)}/`, parent);
  await Deno.mkdir(draft);
  try {
    await fill(draft);
    await Deno.rename(draft, folder);
  } catch (error) {
    await Deno.remove(draft, { recursive: true });
    if (!(await isThere(folder))) throw error;
  }
  return folder;
}

/** Makes a folder a private project of npm with these dependencies, installed. */
export async function installPackages(
  folder: URL,
  dependencies: Readonly<Record<string, string>>,
): Promise<void> {
  const project = { private: true, type: "module", dependencies };
  await Deno.writeTextFile(new URL("package.json", folder), JSON.stringify(project, undefined, 2));
  // No script of a package is needed, and none runs. The versions are fixed: what npm has will do.
  const flags = ["--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline"];
  const { code, output, errors } = await runToEnd(["npm", "install", ...flags], folder);
  if (code !== 0) throw new Error(npmFailure(`${output}${errors}`));
}

/** What to say of a failed `npm install`: the reason in the first line, all that npm said below. */
export function npmFailure(output: string): string {
  const lines = output.split("\n").flatMap((line) => /^npm error (.*)$/.exec(line)?.[1] ?? []);
  const code = lines.map((line) => /^code (\w+)$/.exec(line)?.[1]).find((it) => it !== undefined);
  const said = lines.find((line) => line.trim() !== "" && !/^(?:code|syscall|errno) /.test(line));
  const reason = code !== undefined && unreachable.has(code)
    ? `the registry cannot be reached (${code})`
    : said ?? "npm does not say why";
  return `npm install failed: ${reason}\n${output}`;
}

/** Runs a program to its end; what it prints is shown only if it fails. */
export async function run(command: readonly [string, ...string[]], cwd: URL): Promise<string> {
  const { code, output, errors } = await runToEnd(command, cwd);
  if (code === 0) return output;
  throw new Error(`Cannot run ${command.join(" ")}: code ${code}\n${output}${errors}`);
}

/** What a program printed, and its code. */
interface Ended {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

async function runToEnd(command: readonly [string, ...string[]], cwd: URL): Promise<Ended> {
  const [program, ...args] = command;
  const child = new Deno.Command(program, { args, cwd, stdin: "null" });
  const { code, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  return { code, output: decoder.decode(stdout), errors: decoder.decode(stderr) };
}

async function removeOld(parent: URL): Promise<void> {
  const folders: { readonly url: URL; readonly ms: number }[] = [];
  for await (const { name, isDirectory } of Deno.readDir(parent)) {
    if (!isDirectory || !/^[0-9a-f]{12}(?:\.|$)/.test(name)) continue;
    const url = new URL(`${name}/`, parent);
    const ms = (await Deno.stat(url).catch(() => undefined))?.mtime?.getTime();
    if (ms !== undefined) folders.push({ url, ms });
  }
  const old = folders.sort((a, b) => b.ms - a.ms).slice(keptFolders);
  for (const { url, ms } of old) {
    if (Date.now() - ms < keptMs) continue;
    await Deno.remove(url, { recursive: true }).catch(() => undefined); // another process was faster
  }
}

async function isThere(folder: URL): Promise<boolean> {
  return await Deno.stat(folder).then((it) => it.isDirectory, () => false);
}
