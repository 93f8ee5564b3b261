/**
 * The programs of the chat, one for each way to run it, from one file of handlers.
 *
 * - the page and the bundle for Node are made by the commands of the README, once a process;
 * - Node and Bun are those of the consumer project.
 */
import { consumer } from "../support/consumer.ts";
import { denoCommand, type ExampleCommand } from "../support/example_process.ts";

export interface ChatMain {
  readonly name: string;
  /** @param data Folder of the messages. */
  command(data: string): Promise<ExampleCommand>;
}

const root = new URL("../../", import.meta.url);
let built: Promise<string> | undefined;

export const CHAT_MAINS: readonly ChatMain[] = [
  {
    name: "Deno",
    command: (data) =>
      Promise.resolve(denoCommand("examples/chat/main.ts", [
        "--unstable-no-legacy-abort",
        "--allow-net",
        "--allow-env",
        `--allow-read=examples/chat,${data}`,
        `--allow-write=${data}`,
        "--allow-run",
      ])),
  },
  {
    name: "Deno with the Node entry",
    async command(data): Promise<ExampleCommand> {
      const folder = await page();
      const flags = [
        "--allow-net",
        "--allow-env",
        `--allow-read=${folder},${data}`,
        `--allow-write=${data}`,
      ];
      return [...denoCommand("examples/chat/main_node.ts", flags), folder];
    },
  },
  {
    name: "Bun",
    async command(): Promise<ExampleCommand> {
      return [(await consumer()).bun, "examples/chat/main_bun.ts", await page()];
    },
  },
  {
    name: "Node",
    async command(): Promise<ExampleCommand> {
      const folder = await page();
      return [(await consumer()).node, `${folder}/main.mjs`, folder];
    },
  },
];

/** The folder with the page and the program for Node. */
function page(): Promise<string> {
  return built ??= build();
}

async function build(): Promise<string> {
  const folder = "dist/chat-test";
  await run("run", "--no-lock", "-A", "examples/chat/build.ts", folder);
  const bundle = ["bundle", "--quiet", "--no-lock", "--platform", "deno"];
  await run(...bundle, "-o", `${folder}/main.mjs`, "examples/chat/main_node.ts");
  return folder;
}

async function run(...args: readonly string[]): Promise<void> {
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: root,
  }).output();
  if (code !== 0) {
    throw new Error(`Cannot run deno ${args.join(" ")}:\n${new TextDecoder().decode(stderr)}`);
  }
}
