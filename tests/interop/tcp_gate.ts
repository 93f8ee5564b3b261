/**
 * A TCP proxy on loopback that can fall silent, or cut what goes through it.
 *
 * Owns its listener and every connection that came through it.
 *
 * Invariants
 * - Shut, it lets neither bytes nor the end of a connection through, in either direction, and tells
 *   nobody: a black hole. Who connects meanwhile is accepted, and waits. What was held back goes
 *   through when it opens.
 * - `cut` ends the connections of that moment on both sides; new ones are taken as before.
 * - `stop` leaves nothing behind.
 */

/** Bytes that are read at once. */
const CHUNK_BYTES = 64 * 1024;

/** A connection of a client, and the one to the server that goes with it. */
interface Pair {
  readonly near: Deno.TcpConn;
  readonly far: Deno.TcpConn;
}

/** Stands between clients and a server. */
export class TcpGate {
  readonly #listener: Deno.TcpListener;
  #port: number;
  readonly #open: Set<Deno.TcpConn> = new Set();
  readonly #work: Set<Promise<void>> = new Set();
  #isStopped = false;
  #shut: { readonly opened: Promise<void>; readonly open: () => void } | undefined;

  /** @param port where the server listens on 127.0.0.1 */
  constructor(port: number) {
    this.#port = port;
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.#do(this.#accept());
  }

  /** Where clients are to connect. */
  get url(): string {
    return `http://127.0.0.1:${this.#listener.addr.port}`;
  }

  /** How many connections go through it, counted once for each side. */
  get connections(): number {
    return this.#open.size;
  }

  shut(): void {
    if (this.#shut) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#shut = { opened: promise, open: resolve };
  }

  open(): void {
    this.#shut?.open();
    this.#shut = undefined;
  }

  /** Takes connections that come from now on to another server; those that are there stay. */
  lead(port: number): void {
    this.#port = port;
  }

  cut(): void {
    for (const connection of [...this.#open]) this.#close(connection);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#listener.close();
    this.cut();
    this.open();
    while (this.#work.size > 0) await Promise.all(this.#work);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #accept(): Promise<void> {
    for await (const near of this.#listener) {
      this.#open.add(near);
      // What was accepted in the very moment of the end is told of after it.
      if (this.#isStopped) this.#close(near);
      else this.#do(this.#serve(near));
    }
  }

  async #serve(near: Deno.TcpConn): Promise<void> {
    await this.#shut?.opened;
    if (!this.#open.has(near)) return;
    const far = await Deno.connect({ hostname: "127.0.0.1", port: this.#port }).catch(() => null);
    // The server may be gone, or this connection may have been cut in between.
    if (far === null || !this.#open.has(near)) {
      far?.close();
      return this.#close(near);
    }
    this.#open.add(far);
    for (const connection of [near, far]) connection.setNoDelay();
    await Promise.all([this.#pump({ near, far }), this.#pump({ near: far, far: near })]);
  }

  /** Copies one direction until one of its ends is gone; then both are. */
  async #pump({ near, far }: Pair): Promise<void> {
    const buffer = new Uint8Array(CHUNK_BYTES);
    try {
      for (;;) {
        const count = await near.read(buffer);
        await this.#shut?.opened;
        if (count === null) break;
        for (let done = 0; done < count;) done += await far.write(buffer.subarray(done, count));
      }
    } catch {
      // Reset by a peer, or cut: either way it ends here, but not while the gate is shut.
      await this.#shut?.opened;
    }
    this.#close(near);
    this.#close(far);
  }

  #close(connection: Deno.TcpConn): void {
    if (this.#open.delete(connection)) connection.close();
  }

  /** Keeps track of work until it is done. */
  #do(work: Promise<void>): void {
    const tracked = work.finally(() => this.#work.delete(tracked));
    this.#work.add(tracked);
  }
}
