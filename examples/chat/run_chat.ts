/**
 * The program around the chat, the same on every runtime: environment, messages, signals.
 *
 * PORT is the port (3000), CHAT_DATA the folder of the messages (examples/chat/data).
 *
 * - it ends with one sentence when it cannot start, and leaves the messages alone then;
 * - on SIGINT and SIGTERM clients are let go one by one, and come back where the next version of
 *   the program is; messages are written, and the exit code is 0. A second Ctrl-C does not wait.
 */
// deno-lint-ignore-file no-console -- the program talks to its terminal
import { createServer } from "node:net";
import process from "node:process";
import { setTimeout as wait } from "node:timers/promises";
import { Chat, type ChatServer } from "./chat.ts";
import { openFileJournal } from "./file_journal.ts";
import { History, type Journal } from "./history.ts";
import { createPages, type Page, type Pages } from "./pages.ts";
import { LIMITS } from "./rules.ts";

/** What a runtime does for the chat. */
export interface ChatRuntime {
  readonly io: ChatServer & { drain(options: { readonly timeout: number }): Promise<unknown> };
  loadPage(): Promise<Page>;
  /** Serves `io`, and for all other paths the pages. */
  listen(address: Address, pages: Pages): Promise<Listener>;
}

export interface Address {
  readonly port: number;
  readonly hostname: string;
}

export interface Listener {
  readonly port: number;
  /** Closes what is left when `io` is drained: the HTTP server. */
  close(): Promise<unknown>;
}

/** Options of the server, whatever it runs on. */
export const CHAT_OPTIONS: { readonly maxHttpBufferSize: number } = {
  maxHttpBufferSize: LIMITS.requestBytes,
};

const HOSTNAME = "0.0.0.0";

/** How long clients may take to go: less than what an orchestrator waits before it kills. */
const DRAIN_MS = 20_000;

/** How long the HTTP server then waits for those who only hold a connection. Milliseconds. */
const CLOSE_MS = 3_000;

/** One Ctrl-C may come twice: from the terminal, and from a task that passes it on. Milliseconds. */
const REPEAT_MS = 500;

/** Starts the chat, which then runs until a signal ends it. */
export async function runChat(runtime: ChatRuntime): Promise<void> {
  const port = readPort();
  await checkPort(port);
  const history = await History.open(await openJournal(), {
    onError: (error) => console.error("Cannot store a message:", error),
  });
  const pages = createPages(await runtime.loadPage());
  const chat = new Chat(runtime.io, history);
  const listener = await runtime.listen({ port, hostname: HOSTNAME }, pages);
  console.log(`Godwit chat is ready: http://localhost:${listener.port}`);

  let closingSince = Infinity;
  async function close(): Promise<void> {
    const now = performance.now();
    if (now - closingSince > REPEAT_MS) process.exit(130); // A second Ctrl-C does not wait.
    if (closingSince !== Infinity) return;
    closingSince = now;
    console.log("Closing…");
    await runtime.io.drain({ timeout: DRAIN_MS });
    chat.close(); // What it waits for, it may have begun when clients went.
    await Promise.race([listener.close(), wait(CLOSE_MS)]);
    await history.close();
    process.exit(0);
  }
  process.on("SIGINT", close);
  process.on("SIGTERM", close);
}

function fail(sentence: string): never {
  console.error(sentence);
  process.exit(1);
}

function readPort(): number {
  const text = process.env["PORT"] ?? "3000";
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  return fail(`PORT must be a number from 0 to 65535, found "${text.slice(0, 64)}".`);
}

/** Ends the program if the port is taken, before the messages are touched. */
function checkPort(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", (error: Error & { code?: string }) => {
      if (error.code !== "EADDRINUSE") return reject(error);
      fail(`Port ${port} is in use. Choose another one: PORT=${port + 1}`);
    });
    probe.listen(port, HOSTNAME, () => probe.close(() => resolve()));
  });
}

async function openJournal(): Promise<Journal> {
  const folder = process.env["CHAT_DATA"] ?? "examples/chat/data";
  try {
    return await openFileJournal(folder);
  } catch (error) {
    return fail(
      `Cannot keep messages in ${folder}: ${error instanceof Error ? error.message : error}`,
    );
  }
}
