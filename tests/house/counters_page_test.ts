/** Tests that docs/security.md lists what is counted: each cause that the code names, and no other. */
import { assertEquals } from "@std/assert";
import { HANDSHAKE_CODES } from "../../src/engine/handshake.ts";
import { projectFiles, readProjectFile } from "./project_files.ts";

/** The causes of each row, those in code marks of its second cell. */
function readCauses(page: string): ReadonlyMap<string, ReadonlySet<string>> {
  const [, behind = ""] = page.split("<!-- counters -->");
  const rows = behind.trimStart().split("\n\n", 1)[0]?.split("\n").slice(2) ?? [];
  return new Map(rows.map((row) => {
    const [, name = "", causes = ""] = row.split("|").map((cell) => cell.trim());
    return [name.replaceAll("`", ""), new Set(codes(causes))];
  }));
}

function codes(cell: string): readonly string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code);
}

/** The code of the floors and entries, one text. */
async function readSources(): Promise<string> {
  const files = await projectFiles(/^src\/.*\.ts$/);
  return (await Promise.all(files.map(readProjectFile))).join("\n");
}

/** What follows a pattern in the code, each once, in alphabetical order. */
function found(sources: string, pattern: RegExp): readonly string[] {
  return [...new Set([...sources.matchAll(pattern)].map(([, cause = ""]) => cause))].toSorted();
}

/** The causes that the code names for a subject. */
function causesOf(sources: string, name: string): readonly string[] {
  return found(sources, new RegExp(`(?:count|note|report)\\(\\s*"${name}",\\s*"([^"]+)"`, "g"));
}

function union(sources: string, type: string): readonly string[] {
  const [, members = ""] = new RegExp(`export type ${type} =([^;]+);`).exec(sources) ?? [];
  return found(members, /"([^"]+)"/g);
}

const hyphened = (name: string): string => name.toLowerCase().replaceAll("_", "-");

Deno.test("docs/security.md lists the causes that are counted", async () => {
  const causes = readCauses(await readProjectFile("docs/security.md"));
  const sources = await readSources();
  const listed = (name: string): readonly string[] => [...causes.get(name) ?? []].toSorted();
  for (const name of ["bodies_refused", "namespaces_refused", "packets_refused"]) {
    assertEquals([name, listed(name)], [name, causesOf(sources, name)]);
  }
  const drops = [
    ...union(sources, "BufferPolicy").filter((policy) => policy !== "close"),
    "volatile",
  ];
  assertEquals(
    listed("packets_dropped"),
    [...new Set([...causesOf(sources, "packets_dropped"), ...drops])].toSorted(),
  );
  const refusals = found(sources, /refusal\("BAD_REQUEST", \{\s*name: "([A-Z_]+)"/g);
  assertEquals(
    listed("requests_refused"),
    [
      ...[...Object.keys(HANDSHAKE_CODES), ...refusals, "HANDSHAKE_TIMEOUT"].map(hyphened),
      ...causesOf(sources, "requests_refused"),
      "limit",
      "draining",
    ].toSorted(),
  );
  assertEquals(listed("sessions_closed"), union(sources, "CloseReason"));
  assertEquals(
    [...listed("sessions_closed"), ...listed("sockets_disconnected")].toSorted(),
    union(sources, "DisconnectReason"),
  );
  assertEquals(
    listed("handler_errors"),
    [...union(sources, "HandlerKind"), "handler_error"].toSorted(),
  );
});

Deno.test("docs/security.md and the README name the limits that are counted", async () => {
  const counted = readCauses(await readProjectFile("docs/security.md")).get("limits_exceeded");
  const sources = await readSources();
  const readme = await readProjectFile("README.md");
  const [, table = ""] = readme.split("### Limits");
  const options = table.split("\n").filter((line) => line.startsWith("| `")).map((line) =>
    line.split("`")[1]
  );
  const names = [
    ...causesOf(sources, "limits_exceeded"),
    ...found(sources, /new LimitError\(\s*"([^"]+)"/g),
    ...found(sources, /limited\("[A-Z_]+", \{ limit: "([^"]+)"/g),
    ...found(sources, /tooMany\("([^"]+)"/g),
    ...found(sources, /limit: "(max[^"]+)"/g),
    ...union(sources, "LimitName").map((name) => `limits.${name}`),
  ];
  assertEquals(names.filter((name) => !counted?.has(name) && !options.includes(name)), []);
});
