/**
 * A server under test as a process of its own.
 *
 * Owns the child process and what it prints. The line protocol of every fixture:
 * - `PORT n` once, when it listens on 127.0.0.1;
 * - `REPORT {json}` for each thing the application saw (see tests/runtime/app.ts);
 * - anything else is kept as output, shown when the process does not come up or dies.
 *
 * Invariants:
 * - reports keep the order in which the server printed them;
 * - `stop()` ends exactly this child, by its handle, and waits for its end.
 */
import { eventually, within } from "./waiting.ts";

/** What the application of the fixture saw; `tag` says for which client. */
export interface Report {
  readonly kind: string;
  readonly tag: string;
  readonly nsp?: string;
  readonly [detail: string]: unknown;
}

/** How a server is started. */
export interface ServerCommand {
  /** Path of the executable, then its arguments. */
  readonly command: readonly [string, ...string[]];
  /** URL scheme the server speaks. @default "http" */
  readonly scheme?: "http" | "https";
  /** Environment of the process, added to ours. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Time in milliseconds that a runtime may take to compile and listen. */
const START_DEADLINE_MS = 30_000;

export class ServerProcess {
  readonly reports: Report[] = [];
  readonly #child: Deno.ChildProcess;
  readonly #scheme: "http" | "https";
  readonly #output: string[] = [];
  readonly #readers: Promise<void>[] = [];
  #exit: Deno.CommandStatus | undefined;
  #port = 0;

  private constructor(options: ServerCommand) {
    const [program, ...args] = options.command;
    this.#scheme = options.scheme ?? "http";
    this.#child = new Deno.Command(program, {
      args,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      env: { NO_COLOR: "1", ...options.env },
    }).spawn();
    this.#readers.push(this.#read(this.#child.stdout), this.#read(this.#child.stderr));
    this.#readers.push(this.#child.status.then((status) => void (this.#exit = status)));
  }

  /** Starts the process and resolves once it listens. */
  static async start(options: ServerCommand): Promise<ServerProcess> {
    const server = new ServerProcess(options);
    try {
      await eventually("PORT of a server", () => {
        if (server.#exit) throw new Error(`Server ended with code ${server.#exit.code}`);
        return server.#port || undefined;
      }, START_DEADLINE_MS);
    } catch (cause) {
      await server.stop();
      throw new Error(`Cannot start server: ${options.command.join(" ")}\n${server.output}`, {
        cause,
      });
    }
    return server;
  }

  get port(): number {
    return this.#port;
  }

  /** Base URL without a path. */
  get url(): string {
    return `${this.#scheme}://127.0.0.1:${this.#port}`;
  }

  get webSocketUrl(): string {
    return this.url.replace("http", "ws");
  }

  /** False once the process has ended. */
  get alive(): boolean {
    return this.#exit === undefined;
  }

  /** Everything printed that is not part of the line protocol, oldest first. */
  get output(): string {
    return this.#output.join("\n");
  }

  /** Resolves with the first report, past or to come, that has all of the `wanted` details. */
  report(wanted: Partial<Report>, ms?: number): Promise<Report> {
    return eventually(`report ${JSON.stringify(wanted)}`, () => {
      const found = this.reports.find((report) => matches(report, wanted));
      if (!found && !this.alive) throw new Error(`Server died:\n${this.output}`);
      return found;
    }, ms);
  }

  /** The reports so far that have all of the `wanted` details, oldest first. */
  reportsOf(wanted: Partial<Report>): readonly Report[] {
    return this.reports.filter((report) => matches(report, wanted));
  }

  /** Resolves with the exit code once the process has ended by itself. */
  async ended(ms?: number): Promise<number> {
    return (await within("the end of the server process", this.#child.status, ms)).code;
  }

  /** Sends a signal to the process: SIGSTOP freezes it, SIGCONT wakes it, SIGKILL ends it. */
  signal(signal: "SIGSTOP" | "SIGCONT" | "SIGKILL"): void {
    this.#child.kill(signal);
  }

  async stop(): Promise<void> {
    if (this.alive) {
      try {
        this.#child.kill("SIGKILL");
      } catch (error) {
        if (!(error instanceof TypeError)) throw error; // it ended in between
      }
    }
    await Promise.all(this.#readers);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #read(stream: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    let rest = "";
    for await (const chunk of stream) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.#line(line);
    }
    if (rest) this.#line(rest);
  }

  #line(line: string): void {
    if (line.startsWith("REPORT ")) {
      this.reports.push(JSON.parse(line.slice("REPORT ".length)) as Report);
    } else if (line.startsWith("PORT ")) {
      this.#port = Number(line.slice("PORT ".length));
    } else {
      this.#output.push(line);
    }
  }
}

function matches(report: Report, wanted: Partial<Report>): boolean {
  return Object.entries(wanted).every(([key, value]) => report[key] === value);
}
