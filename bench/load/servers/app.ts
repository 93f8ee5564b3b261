/** The application of the workloads, written once against the API of socket.io. */

/** What is used of a socket. */
interface Peer {
  on(event: string, listener: (value: unknown, ack: (value: unknown) => void) => void): unknown;
  emit(event: string, value: unknown): unknown;
}

/** What is used of a server. */
interface Everybody {
  on(event: "connection", listener: (socket: Peer) => void): unknown;
  emit(event: string, value: unknown): unknown;
}

/** Runs it on ours or on socket.io: each types events in a way of its own, the names are the same. */
export function run(server: object): void {
  const io = server as Everybody;
  io.on("connection", (socket) => {
    socket.on("echo", (value) => void socket.emit("echo", value));
    socket.on("ack", (value, ack) => ack(value));
    socket.on("bcast", (value) => void io.emit("bcast", value));
  });
}
