/** In which order cells are measured: interleaved, so that what disturbs the machine disturbs all. */

/** One measure. */
export interface Cell<Server, Workload> {
  readonly server: Server;
  readonly workload: Workload;
  /** From 0. */
  readonly repetition: number;
}

/**
 * All cells: workload by workload, in each repetition every server once, beginning with another one each
 * time.
 *
 * @param canPlay whether a server can do a workload at all
 */
export function scheduleOf<Server, Workload>(
  servers: readonly Server[],
  workloads: readonly Workload[],
  { repetitions, canPlay }: {
    readonly repetitions: number;
    readonly canPlay: (server: Server, workload: Workload) => boolean;
  },
): readonly Cell<Server, Workload>[] {
  const cells: Cell<Server, Workload>[] = [];
  for (const workload of workloads) {
    const able = servers.filter((server) => canPlay(server, workload));
    for (let repetition = 0; repetition < repetitions; repetition++) {
      const first = able.length === 0 ? 0 : repetition % able.length;
      for (const server of [...able.slice(first), ...able.slice(0, first)]) {
        cells.push({ server, workload, repetition });
      }
    }
  }
  return cells;
}
