/**
 * The files of the project as git sees them: tracked, or new and not ignored.
 *
 * Invariants
 * - Paths are relative to the project, with forward slashes, sorted. Deleted files are left out.
 */

/** The directory of `deno.json`, ending in a slash. */
export const projectRoot: URL = new URL("../../", import.meta.url);

/** Lists the files whose path matches, or all of them. */
export async function projectFiles(pattern: RegExp = /./): Promise<readonly string[]> {
  const { code, stdout, stderr } = await new Deno.Command("git", {
    args: ["ls-files", "-z", "--cached", "--others", "--exclude-standard"],
    cwd: projectRoot,
  }).output();
  if (code !== 0) throw new Error(`Cannot list files: ${new TextDecoder().decode(stderr)}`);
  const names = new TextDecoder().decode(stdout).split("\0");
  const files: string[] = [];
  for (const name of new Set(names)) {
    if (name !== "" && pattern.test(name) && await exists(name)) files.push(name);
  }
  return files.sort();
}

/** Reads one file of the project as text. */
export function readProjectFile(file: string): Promise<string> {
  return Deno.readTextFile(new URL(file, projectRoot));
}

/** Runs Deno in the project's directory and returns what it printed. */
export async function runDeno(
  args: readonly string[],
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: projectRoot,
    env: { NO_COLOR: "1", DENO_NO_PROMPT: "1" },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

function exists(name: string): Promise<boolean> {
  return Deno.lstat(new URL(name, projectRoot)).then((it) => it.isFile, () => false);
}
