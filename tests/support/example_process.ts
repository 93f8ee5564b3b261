/**
 * An example as a process of its own, as a reader of the README would start it.
 *
 * - it runs with the permissions that its head comment names, and never asks for more;
 * - it is up when it has printed its address, from which the port is read;
 * - what is started here is ended here, by its handle.
 */
import { eventually, within } from "./waiting.ts";

export interface ExampleOptions {
  /** Port to ask for; 0 lets the system choose. Default 0. */
  readonly port?: number;
  /** Folder of the chat's messages. */
  readonly data?: string;
}

/** Time in milliseconds that an example may take to compile, bundle and listen. */
const START_MS = 30_000;

const root = new URL("../../", import.meta.url);

export class ExampleProcess {
  readonly #child: Deno.ChildProcess;
  readonly #readers: readonly Promise<void>[];
  #output = "";
  #port = 0;
  #ended: Deno.CommandStatus | undefined;

  private constructor(name: string, options: ExampleOptions) {
    const env = { PORT: String(options.port ?? 0), NO_COLOR: "1" };
    this.#child = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--no-prompt",
        "--no-lock",
        ...permissions(options),
        `examples/${name}/main.ts`,
      ],
      cwd: root,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      env: options.data === undefined ? env : { ...env, CHAT_DATA: options.data },
    }).spawn();
    this.#readers = [
      this.#read(this.#child.stdout),
      this.#read(this.#child.stderr),
      this.#child.status.then((status) => void (this.#ended = status)),
    ];
  }

  /** Starts an example and waits for its address. */
  static async start(name: string, options: ExampleOptions = {}): Promise<ExampleProcess> {
    const example = new ExampleProcess(name, options);
    try {
      await eventually(`the address of ${name}`, () => {
        if (example.#ended) throw new Error(`It ended with code ${example.#ended.code}`);
        example.#port = Number(/http:\/\/[\w.]+:(\d+)/.exec(example.#output)?.[1] ?? 0);
        return example.#port || undefined;
      }, START_MS);
    } catch (cause) {
      await example.stop();
      throw new Error(`Cannot start example ${name}:\n${example.#output}`, { cause });
    }
    return example;
  }

  /** Runs an example that is expected to end by itself. */
  static async run(
    name: string,
    options: ExampleOptions & { readonly env?: Readonly<Record<string, string>> } = {},
  ): Promise<{ readonly code: number; readonly output: string }> {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--no-prompt",
        "--no-lock",
        ...permissions(options),
        `examples/${name}/main.ts`,
      ],
      cwd: root,
      stdin: "null",
      env: { PORT: String(options.port ?? 0), NO_COLOR: "1", ...options.env },
    }).output();
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

function permissions({ data }: ExampleOptions): readonly string[] {
  const always = ["--unstable-no-legacy-abort", "--allow-net", "--allow-env"];
  if (data === undefined) return always;
  return [...always, `--allow-read=examples/chat,${data}`, `--allow-write=${data}`, "--allow-run"];
}
