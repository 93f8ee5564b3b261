/**
 * The processes that the matrix has started: line by line in both directions, and their end.
 *
 * Invariants
 * - Every child is ended by its handle, also when the matrix is interrupted.
 * - Servers and generators end with their standard input, so none outlives the matrix even where that
 *   is killed.
 */

/** Everything that runs. */
const running = new Set<Child>();

/** One process, which speaks in lines. */
export class Child {
  readonly #process: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #lines: string[] = [];
  readonly #ended: Promise<unknown>;
  #errors = "";
  #hasEnded = false;
  #wake: () => void = () => {};

  /** Starts it; what it prints to standard error is kept for messages. */
  constructor(command: readonly [string, ...string[]]) {
    const [program, ...args] = command;
    this.#process = new Deno.Command(program, {
      args,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
      env: { NO_COLOR: "1" },
    }).spawn();
    running.add(this);
    this.#input = this.#process.stdin.getWriter();
    const readers = [
      readLines(this.#process.stdout, (line) => {
        this.#lines.push(line);
        this.#wake();
      }),
      readLines(this.#process.stderr, (line) => void (this.#errors += `${line}\n`)),
    ];
    this.#ended = Promise.all([this.#process.status, ...readers]).finally(() => {
      this.#hasEnded = true;
      running.delete(this);
      this.#wake();
    });
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** What it printed to standard error. */
  get errors(): string {
    return this.#errors;
  }

  /** Writes a line to its standard input. */
  async say(line: string): Promise<void> {
    await this.#input.write(new TextEncoder().encode(`${line}\n`));
  }

  /**
   * The next line that begins so, without that beginning.
   *
   * @throws {Error} when it does not come in time, or the process ends before
   */
  async hear(beginning: string, ms: number): Promise<string> {
    const deadline = performance.now() + ms;
    for (;;) {
      const line = this.#lines.shift();
      if (line?.startsWith(beginning)) return line.slice(beginning.length);
      if (line !== undefined) continue;
      const left = deadline - performance.now();
      if (this.#hasEnded || left <= 0) {
        const why = this.#hasEnded ? "the process ended" : `nothing came in ${ms} ms`;
        throw new Error(`Cannot read "${beginning}": ${why}\n${this.#errors}`);
      }
      await this.#next(left);
    }
  }

  async #next(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    const timer = setTimeout(resolve, ms);
    await promise;
    clearTimeout(timer);
    this.#wake = () => {};
  }

  /** Closes its standard input, with which it ends; after that time it is ended. */
  async finish(ms: number): Promise<void> {
    const timer = setTimeout(() => this.kill(), ms);
    await this.#input.close();
    await this.#ended;
    clearTimeout(timer);
  }

  /** Ends it, and waits for that. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.kill();
    await this.#ended;
    await this.#input.close().catch(() => {}); // it has no reader any more
  }

  /** Ends it. */
  kill(): void {
    if (this.#hasEnded) return;
    try {
      this.#process.kill("SIGKILL");
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // it ended in between
    }
  }
}

/** Ends everything when the program is interrupted, and then the program. */
export function endWithChildren(): void {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    Deno.addSignalListener(signal, () => {
      for (const child of running) child.kill();
      Deno.exit(130);
    });
  }
}

async function readLines(
  stream: ReadableStream<Uint8Array>,
  take: (line: string) => void,
): Promise<void> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    lines.forEach(take);
  }
  if (rest !== "") take(rest);
}
