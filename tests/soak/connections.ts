/**
 * Counts the TCP connections that a server of this machine holds, as the kernel knows them.
 *
 * Source: proc(5) of Linux, /proc/net/tcp.
 */

/** States of connections that nobody holds any more, or that are none: TIME_WAIT, CLOSE, LISTEN. */
const OVER: ReadonlySet<string> = new Set(["06", "07", "0A"]);

/** Connections of the server at a port that a process still holds; undefined where nobody tells. */
export async function heldConnections(port: number): Promise<number | undefined> {
  if (Deno.build.os !== "linux") return undefined;
  return countHeld(await Deno.readTextFile("/proc/net/tcp"), port);
}

/** Counts the rows of the table whose local port this is, and that have an inode. */
export function countHeld(table: string, port: number): number {
  const ending = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return table.split("\n").slice(1)
    .map((row) => row.trim().split(/\s+/))
    .filter(([, local = "", , state = "", , , , , , inode = "0"]) =>
      local.endsWith(ending) && !OVER.has(state) && inode !== "0"
    ).length;
}
