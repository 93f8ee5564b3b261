/**
 * The events of the application whose handlers take their time: they reject, wait for answers, join after
 * their socket has gone, run in order, and hear of its end.
 *
 * What the reference does not have is asked for in cases that leave it out.
 */
import type { Server, Socket } from "socket.io";

type Ack = (...answer: unknown[]) => void;
type Tell = (kind: string, details?: Readonly<Record<string, unknown>>) => void;

/** What a socket of ours has beside. */
interface OwnSocket {
  readonly signal: AbortSignal;
  handlerMode(mode: string): unknown;
  withSignal(signal: AbortSignal): Pick<Socket, "emit" | "emitWithAck">;
}

/** Registers the handlers on a socket that has just connected. */
export function handleWaits(socket: Socket, tell: Tell): void {
  // The cast is true where a case asks for these.
  const own = socket as unknown as OwnSocket;
  onEndOfWaits(socket, tell);
  socket.on("work in order", (mode: string, ack: Ack) => {
    own.handlerMode(mode);
    const log: string[] = [];
    socket.on("work", async (name: string, turns: number) => {
      log.push(`+${name}`);
      for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setTimeout(resolve));
      log.push(`-${name}`);
    });
    socket.on("worked", (done: Ack) => done(log));
    ack("ready");
  });
  socket.on("watch the end", (ack: Ack) => {
    const { signal } = own;
    signal.addEventListener("abort", () => {
      const { message, reason } = signal.reason;
      tell("aborted", { message, reason, connected: socket.connected });
      throw new Error("a listener of the signal failed");
    });
    ack(signal.aborted);
  });
  socket.on("ask with a signal", async (event: string, done: Ack) => {
    const controller = new AbortController();
    const asking = own.withSignal(controller.signal).emitWithAck(event);
    controller.abort(new Error("changed its mind"));
    const late = own.withSignal(controller.signal).emitWithAck("never sent");
    const outcomes = await Promise.allSettled([asking, late]);
    done(outcomes.map((it) => it.status === "rejected" ? it.reason.message : it.value));
  });
}

/** What becomes of waits when the client leaves. */
function onEndOfWaits(socket: Socket, tell: Tell): void {
  socket.on("ask all ways", (event: string) => {
    const ends: string[] = [];
    const note = (end: string): void => {
      ends.push(end);
      if (ends.length === 3) tell("waits", { ends: ends.toSorted() });
    };
    socket.emit(event, () => note("plain"));
    socket.timeout(60_000).emit(event, (error: Error) => note(`limited: ${error.message}`));
    socket.emitWithAck(event).catch((error: Error) => note(`promise: ${error.message}`));
    const limited = socket.timeout(60_000).emitWithAck(event);
    limited.catch((error: Error) => note(`limited promise: ${error.message}`));
  });
  socket.on("join after leaving", async (room: string) => {
    const { nsp, id } = socket;
    await new Promise((resolve) => socket.once("disconnect", resolve));
    await Promise.resolve();
    await socket.join(room);
    nsp.in(id).socketsJoin(room);
    tell("joined late", {
      inRoom: nsp.adapter.rooms.has(room),
      known: nsp.adapter.sids.has(id),
      rooms: [...socket.rooms],
    });
  });
}

/** A namespace whose handlers reject, and where that is counted. */
export function setupRejections(io: Server): void {
  const namespace = io.of("/rejecting");
  const counts = new Map<string, number>();
  // The reference has no such event.
  namespace.on(
    "handler_error" as "connection",
    ((_error: Error, { socketId }: { socketId: string }) => {
      counts.set(socketId, (counts.get(socketId) ?? 0) + 1);
    }) as unknown as (socket: Socket) => void,
  );
  namespace.on("connection", (socket: Socket) => {
    socket.on("reject", async (index: number) => {
      await Promise.resolve();
      throw new Error(`rejected ${index}`);
    });
    socket.on("rejections", (ack: Ack) => ack(counts.get(socket.id) ?? 0));
  });
}
