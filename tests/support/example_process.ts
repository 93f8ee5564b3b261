/**
 * An example as a process of its own, as a reader of the README would start it.
 *
 * - on Deno it runs with the permissions that its head comment names, and never asks for more;
 * - it is up when it has printed its address, from which the port is read;
 * - what is started here is ended here, by its handle.
 */
import { eventually, within } from "./waiting.ts";

export interface ExampleOptions {
  /** Port to ask for; 0 lets the system choose. Default 0. */
  readonly port?: number;
  /** Folder of the chat's messages. */
  readonly data?: string;
  /** More of the environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A program and its arguments; it runs in the project's directory. */
export type ExampleCommand = readonly [program: string, ...args: string[]];

/** Time in milliseconds that an example may take to compile, bundle and listen. */
const START_MS = 30_000;

const root = new URL("../../", import.meta.url);

export class ExampleProcess {
  readonly #child: Deno.ChildProcess;
  readonly #readers: readonly Promise<void>[];
  #output = "";
  #port = 0;
  #ended: Deno.CommandStatus | undefined;

  private constructor(command: ExampleCommand, options: ExampleOptions) {
    this.#child = new Deno.Command(command[0], {
      ...settings(command, options),
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#readers = [
      this.#read(this.#child.stdout),
      this.#read(this.#child.stderr),
      this.#child.status.then((status) => void (this.#ended = status)),
    ];
  }

  /**
   * Starts an example and waits for its address.
   *
   * @param example the name of its folder, to run its `main.ts` on Deno, or what runs it
   */
  static async start(
    example: string | ExampleCommand,
    options: ExampleOptions = {},
  ): Promise<ExampleProcess> {
    const command = toCommand(example, options);
    const process = new ExampleProcess(command, options);
    try {
      await eventually("the address of an example", () => {
        if (process.#ended) throw new Error(`It ended with code ${process.#ended.code}`);
        process.#port = Number(/http:\/\/[\w.]+:(\d+)/.exec(process.#output)?.[1] ?? 0);
        return process.#port || undefined;
      }, START_MS);
    } catch (cause) {
      await process.stop();
      throw new Error(`Cannot start ${command.join(" ")}:\n${process.#output}`, { cause });
    }
    return process;
  }

  /** Runs an example that is expected to end by itself. */
  static async run(
    example: string | ExampleCommand,
    options: ExampleOptions = {},
  ): Promise<{ readonly code: number; readonly output: string }> {
    const command = toCommand(example, options);
    const child = new Deno.Command(command[0], settings(command, options));
    const { code, stdout, stderr } = await child.output();
    const text = new TextDecoder();
    return { code, output: text.decode(stdout) + text.decode(stderr) };
  }

  get port(): number {
    return this.#port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** All that it printed. */
  get output(): string {
    return this.#output;
  }

  /** Ends it by a signal and gives its exit code. */
  async stop(signal: Deno.Signal = "SIGTERM"): Promise<number> {
    if (this.#ended === undefined) this.#child.kill(signal);
    await within("the end of an example", Promise.all(this.#readers), 10_000);
    return this.#ended?.code ?? -1;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop("SIGKILL");
  }

  async #read(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) this.#output += text;
  }
}

function settings([, ...args]: ExampleCommand, options: ExampleOptions): Deno.CommandOptions {
  const { port = 0, data, env } = options;
  const folder = data === undefined ? {} : { CHAT_DATA: data };
  return {
    args,
    cwd: root,
    stdin: "null",
    env: { PORT: String(port), NO_COLOR: "1", ...folder, ...env },
  };
}

function toCommand(example: string | ExampleCommand, options: ExampleOptions): ExampleCommand {
  if (typeof example !== "string") return example;
  return denoCommand(`examples/${example}/main.ts`, permissions(options));
}

/** Runs a file of the project on the Deno that runs the tests. */
export function denoCommand(file: string, flags: readonly string[]): ExampleCommand {
  return [Deno.execPath(), "run", "--no-prompt", "--no-lock", ...flags, file];
}

function permissions({ data }: ExampleOptions): readonly string[] {
  const always = ["--unstable-no-legacy-abort", "--allow-net", "--allow-env"];
  if (data === undefined) return always;
  return [...always, `--allow-read=examples/chat,${data}`, `--allow-write=${data}`, "--allow-run"];
}
