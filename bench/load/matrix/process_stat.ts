/**
 * What `/proc/<pid>/stat` and `/proc/<pid>/limits` tell of a process.
 *
 * Source: proc_pid_stat(5), proc_pid_limits(5).
 */

/** Clock ticks each second, in which processor time is told: 100 on every Linux of today. */
export const TICKS_PER_SECOND = 100;

/** Seconds of processor time of all threads of a process, its own and the kernel's for it. */
export function cpuSeconds(stat: string): number {
  // The second field is the name in parentheses, which may hold blanks and parentheses.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const user = Number(fields[11]);
  const system = Number(fields[12]);
  if (!stat.includes(")") || !Number.isInteger(user) || !Number.isInteger(system)) {
    throw new TypeError(`Cannot read processor time: found "${stat.slice(0, 64)}"`);
  }
  return (user + system) / TICKS_PER_SECOND;
}

/** Resident memory in KiB, from `/proc/<pid>/status`. */
export function residentKiB(status: string): number {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  if (kib === undefined) {
    throw new TypeError(`Cannot read resident memory: found "${status.slice(0, 64)}"`);
  }
  return Number(kib);
}

/** How many files a process may have open, from `/proc/<pid>/limits`. */
export function openFiles(limits: string): number {
  const soft = /^Max open files\s+(\d+|unlimited)\s/m.exec(limits)?.[1];
  if (soft === undefined) {
    throw new TypeError(`Cannot read the limit of open files: found "${limits.slice(0, 64)}"`);
  }
  return soft === "unlimited" ? Infinity : Number(soft);
}

/** The processors that a process may run on, from `/proc/<pid>/status`. */
export function allowedCores(status: string): readonly number[] {
  const list = /^Cpus_allowed_list:\s+(\S+)$/m.exec(status)?.[1] ?? "";
  return list.split(",").filter((it) => it !== "").flatMap((range) => {
    const [first = NaN, last = first] = range.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}
