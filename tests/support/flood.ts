/** More than a slow reader can take: what programs under test send when they are asked to. */

/** Bytes of one event. */
const CHUNK_BYTES = 65_536;

/** Where a flood ends that nobody stops. */
const MAX_FLOOD_BYTES = 134_217_728;

/** What is used of a socket. */
export interface FloodedSocket {
  readonly connected: boolean;
  emit(event: "flood", chunk: Uint8Array): unknown;
}

/**
 * Emits in turns of a quarter of a megabyte until the socket is disconnected.
 *
 * @param ended told how many bytes were emitted
 */
export function flood(socket: FloodedSocket, ended: (sent: number) => void): void {
  let sent = 0;
  const timer = setInterval(() => {
    for (let count = 0; count < 4; count++) socket.emit("flood", new Uint8Array(CHUNK_BYTES));
    sent += 4 * CHUNK_BYTES;
    if (socket.connected && sent < MAX_FLOOD_BYTES) return;
    clearInterval(timer);
    ended(sent);
  }, 1);
}
