/**
 * The system's table of TCP connections, which shows what a server holds on every runtime alike.
 *
 * Source: Linux, Documentation/networking/proc_net_tcp.rst.
 */

/** States in which the owner of a socket has not let it go: ESTABLISHED, CLOSE_WAIT. */
const HELD = ["01", "08"];

/**
 * The ports of the peers whose connections to a port of ours its owner still holds; undefined where
 * the system has no such table.
 */
export function peersHeld(port: number): readonly number[] | undefined {
  let table: string;
  try {
    table = Deno.readTextFileSync("/proc/net/tcp");
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  return table.trim().split("\n").slice(1).flatMap((line) => {
    const [, local = "", remote = "", state = ""] = line.trim().split(/\s+/);
    return portOf(local) === port && HELD.includes(state) ? [portOf(remote)] : [];
  });
}

/** The port of an address such as `0100007F:1F90`. */
function portOf(address: string): number {
  return parseInt(address.split(":")[1] ?? "", 16);
}
