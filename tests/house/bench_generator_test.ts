/** Tests that the load generator counts what a server does, and refuses one that does it wrongly. */
import { assertEquals, assertRejects } from "@std/assert";
import { Child } from "../../bench/load/matrix/children.ts";
import { cpuSeconds } from "../../bench/load/matrix/process_stat.ts";
import { buildGenerator } from "../../bench/load/matrix/programs.ts";

/** What it tells at the end. */
interface Told {
  readonly result: {
    readonly messages: number;
    readonly nanoseconds: number;
    readonly ownStat: readonly [string, string];
  };
}

/** The program, or why it cannot be built here. */
const built = await buildGenerator().catch((error: Error) => error);

function generatorTest(name: string, test: (program: string) => Promise<void>): void {
  const reason = built instanceof Error ? ` (left out: ${built.message})` : "";
  Deno.test({
    name: `${name}${reason}`,
    ignore: built instanceof Error,
    fn: () => test(String(built)),
  });
}

/** What a server does with a message: sends to the one it is from, or to all. */
type Answer = (data: string, from: WebSocket, all: ReadonlySet<WebSocket>) => void;

const playing = { dialect: "bare", connections: 5, inFlight: 2, bytes: 32 };

function serve(handler: (request: Request) => Response): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, handler);
}

async function play(program: string, workload: string, answer: Answer): Promise<Told["result"]> {
  const all = new Set<WebSocket>();
  await using server = serve((request) => {
    const { socket, response } = Deno.upgradeWebSocket(request);
    socket.onopen = () => all.add(socket);
    socket.onclose = () => all.delete(socket);
    socket.onerror = () => {}; // the generator ends without a closing handshake
    socket.onmessage = ({ data }) => answer(data, socket, all);
    return response;
  });
  await using generator = new Child([program]);
  const { port } = server.addr;
  const times = {
    warmUpMs: 20,
    warmUpMessages: 0,
    warmUpMostMs: 20,
    measureMs: 100,
    limitMs: 2_000,
  };
  await generator.say(JSON.stringify({ ...playing, ...times, workload, port, pid: Deno.pid }));
  const told: Told = JSON.parse(`{"result":${await generator.hear('{"result":', 10_000)}`);
  for (const socket of all) socket.close();
  return told.result;
}

generatorTest("The generator counts echoes within the time of the measure", async (program) => {
  let echoes = 0;
  const { messages, nanoseconds, ownStat } = await play(program, "echo", (data, from) => {
    echoes++;
    from.send(data);
  });
  assertEquals(messages > 0 && messages < echoes, true);
  assertEquals(nanoseconds >= 100e6, true);
  assertEquals(cpuSeconds(ownStat[1]) >= cpuSeconds(ownStat[0]), true);
});

generatorTest("The generator counts the copies of broadcasts", async (program) => {
  const { messages } = await play(program, "broadcast", (data, _, all) => {
    for (const socket of all) socket.send(data);
  });
  assertEquals(messages > 0, true);
});

generatorTest("The generator refuses an echo that is not what was sent", async (program) => {
  let count = 0;
  const wrong: Answer = (data, from) => from.send(++count === 50 ? data.toUpperCase() : data);
  await assertRejects(() => play(program, "echo", wrong), Error, "sent what it should not");
});

generatorTest("The generator refuses a server that answers twice", async (program) => {
  const twice: Answer = (data, from) => [data, data].forEach((it) => from.send(it));
  await assertRejects(() => play(program, "echo", twice), Error, "Wanted one message");
});

generatorTest("The generator refuses a server that forgets somebody", async (program) => {
  let count = 0;
  const forgetful: Answer = (data, _, all) => {
    const receivers = [...all].slice(0, ++count === 50 ? -1 : undefined);
    receivers.forEach((it) => it.send(data));
  };
  await assertRejects(() => play(program, "broadcast", forgetful), Error, "Gave up waiting");
});

generatorTest("The generator refuses a server that does not upgrade", async (program) => {
  await using server = serve(() => {
    return new Response("no", { status: 404 });
  });
  await using generator = new Child([program]);
  const { port } = server.addr;
  const wanted = { ...playing, workload: "connect", port, pid: Deno.pid, limitMs: 2_000 };
  await generator.say(JSON.stringify(wanted));
  await assertRejects(() => generator.hear('{"result":', 5_000), Error, "404");
});

generatorTest("The generator ends with its standard input", async (program) => {
  await using server = serve((request) => {
    return Deno.upgradeWebSocket(request).response;
  });
  const child = new Deno.Command(program, { stdin: "piped", stderr: "null" }).spawn();
  const input = child.stdin.getWriter();
  const { port } = server.addr;
  const wanted = { ...playing, workload: "idle", port, pid: Deno.pid, limitMs: 60_000 };
  await input.write(new TextEncoder().encode(`${JSON.stringify(wanted)}\n`));
  await input.close();
  assertEquals((await child.status).code, 1);
});
