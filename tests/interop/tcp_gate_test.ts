/** Tests that a gate forwards, falls silent in both directions, and cuts. */
import { assertEquals, assertRejects } from "@std/assert";
import { eventually, staysPending, within } from "../support/waiting.ts";
import { TcpGate } from "./tcp_gate.ts";

/** A server that sends back what it gets, and tells how many of its connections have ended. */
class EchoServer implements AsyncDisposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #done: Promise<void>;
  readonly #served: Promise<void>[] = [];
  ended = 0;

  constructor() {
    this.#done = this.#accept();
  }

  get port(): number {
    return this.#listener.addr.port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#done;
    await Promise.all(this.#served);
  }

  async #accept(): Promise<void> {
    for await (const connection of this.#listener) {
      const served = connection.readable.pipeTo(connection.writable).catch(() => {});
      this.#served.push(served.then(() => void this.ended++));
    }
  }
}

function connect(gate: TcpGate): Promise<Deno.TcpConn> {
  return Deno.connect({ hostname: "127.0.0.1", port: Number(new URL(gate.url).port) });
}

async function read(connection: Deno.TcpConn): Promise<string | null> {
  const buffer = new Uint8Array(64);
  const count = await connection.read(buffer);
  return count === null ? null : new TextDecoder().decode(buffer.subarray(0, count));
}

async function echo(connection: Deno.TcpConn, text: string): Promise<string | null> {
  await connection.write(new TextEncoder().encode(text));
  return await within("the echo", read(connection));
}

Deno.test("TcpGate forwards bytes and ends", async () => {
  await using server = new EchoServer();
  await using gate = new TcpGate(server.port);
  using one = await connect(gate);
  assertEquals(await echo(one, "hello"), "hello");
  assertEquals(gate.connections, 2);
  await one.closeWrite();
  assertEquals(await within("the end", read(one)), null);
  await eventually("the end at the server", () => server.ended === 1 || undefined);
  assertEquals(gate.connections, 0);
});

Deno.test("TcpGate, shut, lets nothing through and tells nobody, until it opens", async () => {
  await using server = new EchoServer();
  await using gate = new TcpGate(server.port);
  using kept = await connect(gate);
  using left = await connect(gate);
  for (const connection of [kept, left]) assertEquals(await echo(connection, "a"), "a");
  gate.shut();
  const answer = echo(kept, "late");
  await left.closeWrite();
  await staysPending("the answer", answer, 100);
  assertEquals(server.ended, 0);
  using later = await connect(gate);
  const first = echo(later, "first");
  await staysPending("the answer of a new connection", first, 100);
  gate.open();
  assertEquals([await answer, await first], ["late", "first"]);
  await eventually("the end that was held back", () => server.ended === 1 || undefined);
});

Deno.test("TcpGate cuts both sides, and takes new connections", async () => {
  await using server = new EchoServer();
  await using gate = new TcpGate(server.port);
  using one = await connect(gate);
  assertEquals(await echo(one, "a"), "a");
  gate.cut();
  assertEquals(await within("the end", read(one).catch(() => null)), null);
  await eventually("the end at the server", () => server.ended === 1 || undefined);
  using other = await connect(gate);
  assertEquals(await echo(other, "b"), "b");
});

Deno.test("TcpGate ends connections when the server is not there", async () => {
  const server = new EchoServer();
  await using gate = new TcpGate(server.port);
  await server[Symbol.asyncDispose]();
  using one = await connect(gate);
  assertEquals(await within("the end", read(one).catch(() => null)), null);
});

Deno.test("TcpGate leaves nothing behind when it stops, not even shut", async () => {
  await using server = new EchoServer();
  const gate = new TcpGate(server.port);
  using one = await connect(gate);
  assertEquals(await echo(one, "a"), "a");
  gate.shut();
  using waiting = await connect(gate);
  await gate.stop();
  assertEquals(gate.connections, 0);
  for (const it of [one, waiting]) {
    assertEquals(await within("the end", read(it).catch(() => null)), null);
  }
  await assertRejects(() => connect(gate));
});
