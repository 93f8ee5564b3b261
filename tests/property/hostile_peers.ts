/**
 * A server with an honest client, and peers who send it anything in any order.
 *
 * Invariants
 * - Peers know the sessions of one another, not that of the honest client.
 * - Each request is remembered until it is answered or its sender has gone.
 * - Time passes in steps so short that the honest client answers each ping in time.
 */
import { assertEquals } from "@std/assert";
import type { ServerOptions } from "../../src/server/server_options.ts";
import type { Namespace, Socket } from "../../src/socket/api.ts";
import type { Frame } from "../../src/wire/engine_packet.ts";
import { RawClient } from "../support/in_process_client.ts";
import { type FakeWebSocket, TestServer } from "../support/in_process_server.ts";

const ORIGIN = "http://localhost/socket.io/?";
const SEPARATOR = "\x1e";
/** Milliseconds between two looks of the honest client at what has come. */
const STEP_MS = 5_000;
/** The room of the honest client: whoever shouts leaves it out. */
const HONEST_ROOM = "honest";

/** What one peer does. Peers, WebSockets and requests have numbers from the newest on. */
export type Act =
  | { readonly do: "open"; readonly transport: string; readonly eio: string; readonly junk: string }
  | { readonly do: "get"; readonly peer: number }
  | { readonly do: "post"; readonly peer: number; readonly packets: readonly string[] }
  | { readonly do: "bytes"; readonly peer: number; readonly bytes: Uint8Array }
  | { readonly do: "half"; readonly peer: number; readonly text: string }
  | { readonly do: "finish"; readonly request: number; readonly how: "end" | "fail" | "leave" }
  | { readonly do: "webSocket"; readonly peer: number; readonly opens: boolean }
  | { readonly do: "frame"; readonly socket: number; readonly frame: Frame }
  | { readonly do: "stall"; readonly socket: number; readonly stalls: boolean }
  | { readonly do: "drop"; readonly socket: number; readonly error: string | undefined }
  | { readonly do: "method"; readonly peer: number; readonly method: string }
  | { readonly do: "tick"; readonly ms: number }
  | { readonly do: "honest" };

/** A request that may not be answered yet. */
class Pending {
  readonly controller: AbortController = new AbortController();
  body: ReadableStreamDefaultController<Uint8Array> | undefined;
  isAnswered = false;
}

interface Peer {
  readonly eio: string;
  sid: string;
}

const OPTIONS: ServerOptions = {
  allowEIO3: true,
  cleanupEmptyChildNamespaces: true,
  maxHttpBufferSize: 20_000,
};

/** The whole of it. */
export class HostileWorld {
  readonly io: TestServer;
  readonly #peers: Peer[] = [];
  readonly #sockets: FakeWebSocket[] = [];
  readonly #pending: Pending[] = [];
  readonly #expected: string[] = [];
  readonly #received: Frame[] = [];
  /** All that there ever were but the main one. */
  readonly #namespaces: Namespace[] = [];
  #honest: RawClient | undefined;
  #honestId = "";

  /** @param more options beside those of every such server */
  constructor(more: ServerOptions = {}) {
    this.io = new TestServer({ ...OPTIONS, ...more });
  }

  /** Starts the server, and lets the honest client in. */
  async start(transport: "polling" | "websocket"): Promise<void> {
    this.io.on("new_namespace", (nsp) => void this.#namespaces.push(nsp));
    for (const nsp of [this.io.of("/"), this.io.of("/a"), this.io.of(/^\/dyn-\w{1,8}$/)]) {
      serve(nsp);
    }
    this.#honest = await RawClient.open(this.io, { transport });
    this.#honestId = await this.#honest.join();
    this.io.of("/").sockets.get(this.#honestId)?.join(HONEST_ROOM);
  }

  /** Lets something happen. */
  async play(act: Act): Promise<void> {
    switch (act.do) {
      case "open":
        await this.#open(act.transport, act.eio, act.junk);
        break;
      case "get":
        this.#send(act.peer, {});
        break;
      case "post":
        this.#send(act.peer, { method: "POST", body: this.#payload(act.peer, act.packets) });
        break;
      case "bytes":
        this.#send(act.peer, { method: "POST", body: act.bytes.slice(), headers: BINARY });
        break;
      case "half":
        this.#half(act.peer, act.text);
        break;
      case "finish":
        this.#finish(at(this.#pending, act.request), act.how);
        break;
      case "webSocket":
        await this.#webSocket(this.#urlOf(act.peer, "websocket"), act.opens);
        break;
      case "frame":
        at(this.#sockets, act.socket)?.receive(act.frame);
        break;
      case "stall":
        this.#stall(at(this.#sockets, act.socket), act.stalls);
        break;
      case "drop":
        at(this.#sockets, act.socket)?.drop(act.error);
        break;
      case "method":
        this.#send(act.peer, { method: act.method });
        break;
      case "tick":
        await this.#pass(act.ms);
        break;
      case "honest":
        await this.#talk();
    }
    await this.io.world.settle();
  }

  /** All peers but the honest client go away, and time passes. */
  async leave(): Promise<void> {
    for (const socket of this.#sockets) socket.drop();
    for (const pending of this.#pending) this.#finish(pending, "leave");
    await this.#pass(120_000);
    await this.#talk();
  }

  /** Holds if the honest client got what it was to get, in that order, and nobody else has left anything. */
  async check(): Promise<void> {
    await this.#take();
    assertEquals(this.#received, this.#expected);
    const { io } = this;
    const main = io.of("/");
    assertEquals(io.engine.clientsCount, 1);
    for (const nsp of this.#namespaces) assertEmpty(nsp);
    const rooms = [...main.adapter.rooms].map(([room, ids]) => [room, [...ids]]);
    assertEquals(rooms, [[this.#honestId, [this.#honestId]], [HONEST_ROOM, [this.#honestId]]]);
    assertEquals([...main.adapter.sids.keys()], [this.#honestId]);
    const open = this.#pending.filter(({ isAnswered }) => !isAnswered);
    assertEquals(open.length, 0, "some requests were not answered");
  }

  /** The honest client goes too: then nothing is left that waits. */
  async end(): Promise<void> {
    await this.#honest?.leave();
    await this.io.world.advance(120_000);
    assertEquals(this.io.engine.clientsCount, 0);
    assertEquals(this.io.of("/").adapter.rooms.size, 0);
    assertEquals(this.io.world.clock.waiting, 0, "a timer is left");
    await this.io.close();
  }

  async #open(transport: string, eio: string, junk: string): Promise<void> {
    const url = `${ORIGIN}EIO=${eio}&transport=${transport}&${junk}`;
    const peer: Peer = { eio, sid: "" };
    this.#peers.push(peer);
    if (transport === "websocket") return await this.#webSocket(url, true, peer);
    this.#fetch(new Request(url), new Pending(), (text) => {
      peer.sid = /"sid":"([^"]+)"/.exec(text)?.[1] ?? "";
    });
  }

  async #webSocket(url: string, opens: boolean, peer?: Peer): Promise<void> {
    const { webSockets } = this.io.world;
    const before = webSockets.length;
    const headers = { upgrade: "websocket", connection: "Upgrade" };
    await this.io.fetch(new Request(url, { headers }));
    const socket = webSockets[before];
    if (socket === undefined) return;
    socket.onframe = (frame) => {
      const [, sid] = /^0.*"sid":"([^"]+)"/.exec(String(frame)) ?? [];
      if (peer !== undefined && sid !== undefined) peer.sid ||= sid;
    };
    this.#sockets.push(socket);
    if (opens) socket.open();
  }

  /** A peer stops reading, or reads everything that waits. */
  #stall(socket: FakeWebSocket | undefined, stalls: boolean): void {
    if (socket === undefined) return;
    socket.holds = stalls;
    if (!stalls) socket.drain();
  }

  #urlOf(index: number, transport: string): string {
    const { eio, sid } = at(this.#peers, index) ?? { eio: "4", sid: "nobody" };
    return `${ORIGIN}${new URLSearchParams({ EIO: eio, transport, sid })}`;
  }

  #payload(index: number, packets: readonly string[]): string {
    if (at(this.#peers, index)?.eio !== "3") return packets.join(SEPARATOR);
    return packets.map((packet) => `${packet.length}:${packet}`).join("");
  }

  #send(index: number, init: RequestInit): void {
    const pending = new Pending();
    const { signal } = pending.controller;
    this.#fetch(new Request(this.#urlOf(index, "polling"), { ...init, signal }), pending);
  }

  /** A body that begins, and may go on, break off or wait for ever. */
  #half(index: number, text: string): void {
    const pending = new Pending();
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        pending.body = controller;
        controller.enqueue(new TextEncoder().encode(text));
      },
      cancel: () => void (pending.body = undefined),
    });
    const { signal } = pending.controller;
    const init = { method: "POST", body, signal, duplex: "half" };
    this.#fetch(new Request(this.#urlOf(index, "polling"), init), pending);
  }

  #finish(pending: Pending | undefined, how: "end" | "fail" | "leave"): void {
    if (pending === undefined || pending.isAnswered) return;
    const { body, controller } = pending;
    pending.body = undefined;
    if (how === "end") body?.close();
    else body?.error(new Error("reset"));
    if (how === "leave") controller.abort();
  }

  #fetch(request: Request, pending: Pending, read?: (text: string) => void): void {
    this.#pending.push(pending);
    void this.io.fetch(request).then(async (response) => {
      pending.isAnswered = true;
      const text = await response.text();
      read?.(text);
    });
  }

  /** Time passes; the honest client answers each ping. */
  async #pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= STEP_MS) {
      await this.io.world.advance(Math.min(left, STEP_MS));
      await this.#take();
    }
  }

  async #take(): Promise<void> {
    const honest = this.#honest;
    if (honest === undefined) return;
    this.#received.push(...await honest.take());
    for (const packet of honest.control.splice(0)) {
      if (packet === "2") await honest.sendPackets("3");
    }
  }

  /** The honest client says something, and the server does. */
  async #talk(): Promise<void> {
    const count = this.#expected.length;
    this.#expected.push(`2["echo",${count}]`, `2["news",${count}]`);
    await this.#honest?.send(`2["echo",${count}]`);
    this.io.to(HONEST_ROOM).emit("news", count);
    await this.#take();
  }
}

const BINARY = { "content-type": "application/octet-stream" };

/** The item of this number, counted round and round from the newest; undefined when there is none. */
function at<T>(items: readonly T[], index: number): T | undefined {
  return items[items.length - 1 - index % items.length];
}

function assertEmpty(nsp: Namespace): void {
  assertEquals([nsp.sockets.size, nsp.adapter.rooms.size, nsp.adapter.sids.size], [0, 0, 0]);
}

/** What a hasty programmer writes: everything that peers send is believed. */
function serve(nsp: ReturnType<TestServer["of"]>): void {
  nsp.use((socket, next) => {
    const { refuse } = socket.handshake.auth as { readonly refuse?: unknown };
    if (refuse === undefined) next();
    else next(new Error(String(refuse)));
  });
  nsp.on("connection", (socket) => {
    socket.use(([name], next) => name === "refuse" ? next(new Error("refused")) : next());
    socket.on("error", () => {});
    talk(socket);
    gather(socket);
  });
}

function talk(socket: Socket): void {
  socket.on("echo", (...args: unknown[]) => {
    const answer = args.at(-1);
    if (typeof answer !== "function") return void socket.emit("echo", ...args);
    answer(...args.slice(0, -1));
    answer("twice");
  });
  socket.on("ask", (...args: unknown[]) => {
    socket.emit("question", ...args, () => {});
    socket.timeout(1_000).emit("question", ...args, () => {
      throw new Error("in an answer");
    });
    void socket.timeout(2_000).emitWithAck("question").catch(() => {});
  });
  socket.on("askAll", () => {
    socket.nsp.except(HONEST_ROOM).timeout(500).emit("question", () => {});
    void socket.broadcast.except(HONEST_ROOM).timeout(700).emitWithAck("question").catch(() => {});
  });
  socket.on("throw", (text) => {
    throw new Error(String(text));
  });
  socket.on("reject", (value) => Promise.reject(value));
}

function gather(socket: Socket): void {
  socket.on("join", (name) => void socket.join(`peers-${String(name)}`));
  socket.on("leave", (name) => void socket.leave(`peers-${String(name)}`));
  socket.on("shout", (...args: unknown[]) => {
    socket.nsp.except(HONEST_ROOM).emit("shout", ...args);
    socket.to(`peers-${String(args[0])}`).volatile.emit("whisper", ...args);
  });
  socket.on("kick", (close) => void socket.disconnect(Boolean(close)));
  socket.on("kickAll", () => void socket.nsp.except(HONEST_ROOM).disconnectSockets(true));
  socket.on("disconnect", () => {
    socket.emit("after the end");
    void socket.join("after the end");
  });
}
