/**
 * A client program as a process of its own: orders go in, what it tells comes out.
 *
 * Owns the child process, its input and what it told. The line protocol is that of clients/README.md.
 *
 * Invariants
 * - What is told of a socket keeps its order, and each telling is taken once.
 * - Every wait has a deadline, and ends at once when the program has ended.
 * - `stop` ends exactly this child, by its handle, and waits for its end.
 */
import { eventually } from "../support/waiting.ts";
import { readBytes, writeBytes } from "./bytes.ts";

/** One line of a program; binary data is `Uint8Array` again. */
export interface Telling {
  readonly tell: "ready" | "connect" | "refused" | "disconnect" | "event" | "answer" | "fault";
  readonly id?: string;
  readonly event?: string;
  readonly args?: readonly unknown[];
  readonly ask?: number;
  readonly data?: unknown;
  readonly sid?: string;
  readonly reason?: string;
  readonly text?: string;
  readonly version?: string;
}

/** One line for a program. */
export type Order = Readonly<Record<string, unknown>> & { readonly do: string };

/** What of a socket is waited for. */
export interface Wanted {
  /** Its name, for a failure. */
  readonly what: string;
  fits(telling: Telling): boolean;
  /** Milliseconds that it may take. @default generous, since the machine is busy */
  readonly ms?: number | undefined;
}

/** How a program is started. */
export interface ClientCommand {
  /** Path of the executable, then its arguments. */
  readonly command: readonly [string, ...string[]];
  /** Directory that it runs in, and with it its packages. */
  readonly cwd?: string;
}

/** Milliseconds that a program may take to start. */
const START_DEADLINE_MS = 30_000;

/** Milliseconds that a telling may take. */
const DEADLINE_MS = 20_000;

/** Milliseconds that a program may take to end by itself. */
const END_MS = 1_000;

/** Characters kept of what a program says to people. */
const KEPT_CHARACTERS = 4_000;

export class ClientProcess {
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #readers: readonly Promise<void>[];
  readonly #told: Map<string, Telling[]> = new Map();
  #output = "";
  #exit: Deno.CommandStatus | undefined;
  #version: string | undefined;

  private constructor({ command: [program, ...args], cwd }: ClientCommand) {
    this.#child = new Deno.Command(program, {
      args,
      ...(cwd === undefined ? {} : { cwd }),
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
      env: { NO_COLOR: "1" },
    }).spawn();
    this.#input = this.#child.stdin.getWriter();
    this.#readers = [
      readLines(this.#child.stdout, (line) => this.#line(line)),
      readLines(this.#child.stderr, (line) => this.#keep(line)),
      this.#child.status.then((status) => void (this.#exit = status)),
    ];
  }

  /** Starts a program and resolves once it takes orders. */
  static async start(options: ClientCommand): Promise<ClientProcess> {
    const client = new ClientProcess(options);
    try {
      await eventually("a client program", () => {
        client.#refuseEnd();
        return client.#version;
      }, START_DEADLINE_MS);
    } catch (cause) {
      await client.stop();
      const command = options.command.join(" ");
      throw new Error(`Cannot start client: ${command}\n${client.output}`, { cause });
    }
    return client;
  }

  /** The version of its library, as the library tells it. */
  get version(): string {
    return this.#version ?? "";
  }

  /** False once the program has ended. */
  get alive(): boolean {
    return this.#exit === undefined;
  }

  /** What it said to people lately, and faults that belong to no socket. */
  get output(): string {
    return this.#output;
  }

  /** Gives an order; binary data in it is written down. A program that has ended takes none. */
  say(order: Order): void {
    const line = `${JSON.stringify(writeBytes(order))}\n`;
    // A program that ends says so in what is waited for next.
    this.#input.write(new TextEncoder().encode(line)).catch(() => {});
  }

  /** Takes the first telling of a socket, past or to come, that fits. */
  next(id: string, { what, fits, ms = DEADLINE_MS }: Wanted): Promise<Telling> {
    const told = this.#toldOf(id);
    return eventually(what, () => {
      const index = told.findIndex(fits);
      if (index >= 0) return told.splice(index, 1)[0];
      this.#refuseEnd();
    }, ms);
  }

  /** What was told of a socket and not taken. */
  rest(id: string): readonly Telling[] {
    return this.#toldOf(id);
  }

  /** Asks the program to end, and ends it if it does not. */
  async stop(): Promise<void> {
    if (this.alive) {
      await this.#input.close().catch(() => {});
      const late = setTimeout(() => this.#kill(), END_MS);
      await this.#child.status;
      clearTimeout(late);
    } else {
      await this.#input.abort().catch(() => {});
    }
    await Promise.all(this.#readers);
  }

  #kill(): void {
    try {
      this.#child.kill("SIGKILL");
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // it ended in between
    }
  }

  #refuseEnd(): void {
    if (this.#exit) throw new Error(`The program has ended with code ${this.#exit.code}`);
  }

  #toldOf(id: string): Telling[] {
    const told = this.#told.get(id) ?? [];
    this.#told.set(id, told);
    return told;
  }

  #line(line: string): void {
    if (!line.startsWith("{")) return this.#keep(line);
    // Written by a program as clients/README.md says.
    const telling = readBytes(JSON.parse(line)) as Telling;
    if (telling.tell === "ready") this.#version = telling.version ?? "";
    else if (telling.id === undefined) this.#keep(telling.text ?? line);
    else this.#toldOf(telling.id).push(telling);
  }

  #keep(line: string): void {
    this.#output = `${this.#output}${line}\n`.slice(-KEPT_CHARACTERS);
  }
}

async function readLines(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  take: (line: string) => void,
): Promise<void> {
  let parts: string[] = [];
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const [first = "", ...others] = text.split("\n");
    parts.push(first);
    for (const start of others) {
      take(parts.join(""));
      parts = [start];
    }
  }
  if (parts.join("") !== "") take(parts.join(""));
}
