/**
 * The published client amid the churn: good ones that live through all of it, and some that come and go.
 *
 * Invariants
 * - A good client has every echo answered within `ANSWERED_MS`, and is never disconnected.
 */
import { io, type Socket } from "socket.io-client";
import { delay } from "@std/async";
import { within } from "../support/waiting.ts";
import type { Random } from "./random.ts";

/** Time in which a good client must be answered, in milliseconds: the machine may be busy. */
const ANSWERED_MS = 5_000;

/** Time between an answer and the next echo, in milliseconds. */
const PAUSE_MS = 40;

/** A client that does as it should. */
export class GoodClient {
  readonly #socket: Socket;
  readonly #transport: "polling" | "websocket";
  readonly #faults: string[] = [];
  #answered = 0;
  #worstMs = 0;
  #isOver = false;
  #work: Promise<void> = Promise.resolve();

  private constructor(url: string, transport: "polling" | "websocket") {
    this.#transport = transport;
    this.#socket = io(url, { transports: [transport], reconnection: false, forceNew: true });
    this.#socket.on("disconnect", (reason) => {
      if (!this.#isOver) this.#faults.push(`the good client over ${transport} was lost: ${reason}`);
    });
  }

  static async connect(url: string, transport: "polling" | "websocket"): Promise<GoodClient> {
    const client = new GoodClient(url, transport);
    await connected(client.#socket);
    client.#work = client.#goOn();
    return client;
  }

  /** What has gone wrong. */
  get faults(): readonly string[] {
    return this.#faults;
  }

  /** Its transport, its answers, and the longest wait for one. */
  get story(): string {
    return `${this.#transport}: ${this.#answered} echoes, worst ${Math.round(this.#worstMs)} ms`;
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#work;
    this.#socket.disconnect();
  }

  async #goOn(): Promise<void> {
    while (!this.#isOver && this.#faults.length === 0) {
      const begin = performance.now();
      try {
        await this.#socket.timeout(ANSWERED_MS).emitWithAck("echo", "are you there?");
        this.#answered++;
      } catch (error) {
        this.#faults.push(`the good client over ${this.#transport} had no answer: ${error}`);
      }
      this.#worstMs = Math.max(this.#worstMs, performance.now() - begin);
      await delay(PAUSE_MS);
    }
  }
}

/** One client that comes, is served, and goes. */
export async function visit(url: string, random: Random): Promise<void> {
  const transports = random.pick([["polling"], ["websocket"], ["polling", "websocket"]]);
  const socket = io(url, { transports, reconnection: false, forceNew: true });
  try {
    await connected(socket);
    const orders = socket.io.socket("/orders"); // which connects it
    await connected(orders);
    await within("an echo of a published client", orders.emitWithAck("echo", "hello"));
    socket.emit("ask me", 1);
    if (random.chance(0.3)) socket.io.engine.close();
    if (random.chance(0.3)) orders.disconnect();
  } finally {
    socket.disconnect();
    socket.io.engine.close();
  }
}

function connected(socket: Socket): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.on("connect", resolve);
  socket.on("connect_error", reject);
  return within("the connection of a published client", promise, ANSWERED_MS);
}
