/**
 * Cases: names, ids, numbers and shapes at the edges of what fits into a message, on their way through
 * decoding, dispatch, acknowledgement, broadcast and logging.
 *
 * - Each is played on a server that is silent, and on one whose DEBUG scopes are all on.
 * - What comes back is compared to the character: data of one peer must reach another as it was, or not
 *   at all.
 */
import { assert, assertEquals, assertLess } from "@std/assert";
import { RawPolling, RawWebSocket } from "../../support/raw_engine.ts";
import { clientFrame, RawTcp } from "../../support/raw_tcp.ts";
import type { ServerProcess } from "../../support/server_process.ts";
import { type ConformanceCase, joinedPolling, joinedWebSocket } from "../conformance.ts";

/** Time in milliseconds that a megabyte of data may take on a busy machine. */
const LINEAR_MS = 5_000;

/** Names that every object has, and that are none. */
const NAMES = [
  "__proto__",
  "constructor",
  "prototype",
  "hasOwnProperty",
  "toString",
  "valueOf",
  "then",
  "",
  "0",
  "-1",
  " ",
  "\u0000",
  "\n\r\t",
  "\u2028\u2029",
  "\ufeff",
  "\ud83d\ude00",
  "a,b/c?d#e%20",
  "%s %d %j %o %%",
  "\u001b[31mred\u001b[0m",
  "x".repeat(1_000),
];

/** Values that JSON carries, and that programs stumble over. */
const VALUES: readonly string[] = [
  '{"__proto__":{"polluted":true}}',
  '{"constructor":{"prototype":{"polluted":true}}}',
  '{"toJSON":"x","toString":1,"valueOf":null}',
  '{"then":"x","catch":1,"length":1000000000}',
  '{"byteLength":5,"buffer":{},"byteOffset":-1}',
  '{"type":"Buffer","data":[1,2,3]}',
  '{"_placeholder":true,"num":0}',
  '{"_placeholder":true,"num":"__proto__"}',
  '{"_placeholder":1}',
  "[[],[[]],[[[]]],{}]",
  "9007199254740993",
  "-0",
  "5e-324",
  "1.7976931348623157e+308",
  '"\\ud83d"',
  '"\\udc00\\ud83d"',
  '"\\u0000\\u001e\\u2028"',
  '"%s %j %o"',
  "null",
  "false",
];

/** What a value is after it has been read and written. */
function written(json: string): string {
  return JSON.stringify(JSON.parse(json));
}

/** Plays a case on the silent server and on the one that logs everything. */
function onBoth(
  name: string,
  run: (server: ServerProcess) => Promise<void>,
): readonly ConformanceCase[] {
  return [
    { name, run },
    {
      name: `${name}, with DEBUG on`,
      server: "debugged",
      async run(server): Promise<void> {
        await run(server);
        assertTame(server);
      },
    },
  ];
}

/** The longest line that a scope may write, in characters; a stack is several. */
const MAX_LINE = 6_000;

/** Holds if what peers sent has neither a line of its own in the output, nor much of one. */
function assertTame(server: ServerProcess): void {
  assert(server.output.includes("socket.io:client"), "Expected lines of DEBUG");
  for (const line of server.output.split("\n")) {
    assertLess(line.length, MAX_LINE);
    // deno-lint-ignore no-control-regex -- what terminals take for commands
    assert(!/[\u0000-\u0008\u000b-\u001f\u007f]/.test(line), JSON.stringify(line));
  }
}

/** Sends packets and holds if these answers come, in order. */
async function exchange(
  session: RawWebSocket,
  packets: readonly string[],
  answers: readonly string[],
): Promise<void> {
  for (const packet of packets) session.send(packet);
  for (const answer of answers) assertEquals(await session.next(LINEAR_MS), answer);
}

const idCases: readonly ConformanceCase[] = [
  ...onBoth("ids up to 2^53 - 1 come back to the digit", async (server) => {
    await using session = await joinedWebSocket(server);
    for (const id of ["0", "9", "4294967296", "9007199254740991"]) {
      await exchange(session, [`42${id}["echo",1]`], [`43${id}[1]`]);
    }
  }),
  ...onBoth(
    "ids from 2^53, with a sign, an exponent or a space end the session",
    async (server) => {
      for (
        const id of [
          "9007199254740992",
          "9".repeat(16),
          "1".repeat(17),
          "-1",
          "+1",
          "1e3",
          "1 ",
          "0x1",
          "\u0661",
        ]
      ) {
        const session = await joinedWebSocket(server);
        session.send(`42${id}["echo",1]`);
        await session.ended();
      }
    },
  ),
  ...onBoth("answers to questions that nobody has asked are passed over", async (server) => {
    await using session = await joinedWebSocket(server);
    for (const id of ["0", "1", "9007199254740991"]) session.send(`43${id}["x"]`);
    session.send('461-9007199254740991[{"_placeholder":true,"num":0}]');
    session.send(Uint8Array.of(1));
    await exchange(session, ['421["echo","on"]'], ['431["on"]']);
  }),
];

const nameCases: readonly ConformanceCase[] = [
  ...onBoth(
    "events of any name come, are answered, and go to others as they were",
    async (server) => {
      await using sender = await joinedWebSocket(server);
      await using other = await joinedWebSocket(server);
      for (const name of NAMES) {
        const json = JSON.stringify(name);
        sender.send(`42[${json}]`);
        sender.send(`421[${json},{}]`);
        await exchange(sender, [`422["cast",{"by":"socket"},${json},[${json}]]`], ["432[true]"]);
        assertEquals(await other.next(), `42[${json},${json}]`);
      }
    },
  ),
  ...onBoth("rooms of any name hold who has joined them, and nobody else", async (server) => {
    await using member = await joinedWebSocket(server);
    await using outsider = await joinedWebSocket(server);
    for (const name of NAMES) {
      const json = JSON.stringify(name);
      member.send(`421["join",${json}]`);
      const answer = String(await member.next());
      assert(answer.startsWith("431[[") && answer.includes(json), answer);
      const target = `{"by":"socket","to":[${json}]}`;
      await exchange(outsider, [`422["cast",${target},"news",[${json}]]`], ["432[true]"]);
      assertEquals(await member.next(), `42["news",${json}]`);
      member.send(`421["leave",${json}]`);
      assert(!String(await member.next()).includes(`,${json}`), name);
      await exchange(outsider, [`422["cast",${target},"news",[1]]`], ["432[true]"]);
    }
    await exchange(member, ['421["echo","last"]'], ['431["last"]']);
  }),
  ...onBoth(
    "namespaces of any name are refused by that name, or end the session",
    async (server) => {
      const long = `/${"n".repeat(1_023)}`;
      for (const name of [...NAMES.map((it) => `/${it}`), long]) {
        if (/[,?]/.test(name) || name === "/") continue;
        await using session = await joinedWebSocket(server);
        await exchange(session, [`40${name},`], [`44${name},{"message":"Invalid namespace"}`]);
        await exchange(session, ['421["echo",1]'], ["431[1]"]);
      }
      for (const packet of [`40${long}n,`, `42${long}n,["x"]`, `41${long}n,`]) {
        const session = await joinedWebSocket(server);
        session.send(packet);
        await session.ended();
      }
    },
  ),
  ...onBoth(
    "reserved names that a peer has us emit throw there, and nowhere else",
    async (server) => {
      await using session = await joinedWebSocket(server);
      for (
        const name of ["connect", "connect_error", "disconnect", "disconnecting", "newListener"]
      ) {
        session.send(`42["say",${JSON.stringify(name)},[]]`);
      }
      await exchange(session, ['421["echo","on"]'], ['431["on"]']);
    },
  ),
];

const handshakeCases: readonly ConformanceCase[] = [
  ...onBoth("auth, query and headers keep names of properties as data", async (server) => {
    using tcp = await RawTcp.open(server.port);
    const query = "&__proto__=x&constructor=y&hasOwnProperty=z&toString=1&%00=2&%E0%A4%A=3&=4";
    const { status } = await tcp.upgrade(`/socket.io/?EIO=4&transport=websocket${query}`, [
      "__proto__: x",
      "constructor: y",
      "hasOwnProperty: z",
      "Cookie: __proto__=c; constructor=d; =; ;;; a",
      `X-Latin: \u00ff\u00e9`,
    ]);
    assertEquals(status, 101);
    const auth = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"":0}';
    await tcp.write(clientFrame(0x81, `40${auth}`));
    await tcp.readUntil('40{"sid":"');
    await tcp.readUntil('"}');
    await tcp.write(clientFrame(0x81, '421["handshake"]'));
    const answer = await tcp.readUntil("}]");
    for (const part of ['"constructor":"y"', '"hasownproperty":"z"', '"toString":"1"', '"":0']) {
      assert(answer.includes(part), `Expected ${part} in ${answer}`);
    }
    await assertUnpolluted(server);
  }),
  ...onBoth("auth of any shape is taken or ends the session", async (server) => {
    for (const auth of ["{}", '{"tag":{}}', '{"tag":null}', '{"tag":[[]]}', ...VALUES]) {
      const session = await RawWebSocket.start(server.url);
      session.send(`40${auth}`);
      const isTaken = auth.startsWith("{");
      if (isTaken) assert(String(await session.next()).startsWith('40{"sid"'), auth);
      else await session.ended();
      session.close();
    }
  }),
];

/** Holds if no object of the server has got a property from a peer. */
async function assertUnpolluted(server: ServerProcess): Promise<void> {
  await using session = await joinedWebSocket(server);
  session.send('421["handshake"]');
  const answer = String(await session.next());
  assert(!answer.includes("polluted"), answer);
}

const valueCases: readonly ConformanceCase[] = [
  ...onBoth("values of any shape come back, and go to others, as they were", async (server) => {
    await using sender = await joinedWebSocket(server);
    await using other = await joinedWebSocket(server);
    for (const value of VALUES) {
      await exchange(sender, [`421["echo",${value}]`], [`431[${written(value)}]`]);
      await exchange(sender, [`42["echo",${value}]`], [`42["echo",${written(value)}]`]);
      const cast = `422["cast",{"by":"socket"},"news",[${value}]]`;
      await exchange(sender, [cast], ["432[true]"]);
      assertEquals(await other.next(), `42["news",${written(value)}]`);
    }
    await assertUnpolluted(server);
  }),
  ...onBoth("values beside a binary come back with it, whatever their keys are", async (server) => {
    await using session = await joinedWebSocket(server);
    for (const value of VALUES.filter((it) => !it.includes("_placeholder"))) {
      session.send(`451-1["echo",${value},{"__proto__":{"_placeholder":true,"num":0}}]`);
      session.send(Uint8Array.of(1, 2, 3));
      const answer = String(await session.next());
      assert(answer.startsWith("461-1["), answer);
      assertEquals(await session.next(), Uint8Array.of(1, 2, 3));
    }
    await assertUnpolluted(server);
  }),
  ...onBoth("10,000 values are an event, one more ends the session", async (server) => {
    await using session = await joinedWebSocket(server);
    const values = ",0".repeat(9_999);
    await exchange(session, [`421["echo"${values}]`], [`431[${values.slice(1)}]`]);
    const over = await joinedWebSocket(server);
    over.send(`421["echo"${values},0]`);
    await over.ended();
    const answering = await joinedWebSocket(server);
    answering.send(`431[${values.slice(1)},0,0]`);
    await answering.ended();
  }),
];

/** Depths that a parser may manage, and that a recursion does not. */
const DEPTHS = [1_000, 100_000, 400_000];

/** What lies inside itself, by what it is. */
const NESTS: Readonly<Record<string, (depth: number) => string>> = {
  arrays: (depth) => `${"[".repeat(depth)}${"]".repeat(depth)}`,
  objects: (depth) => `${'{"":'.repeat(depth / 4)}1${"}".repeat(depth / 4)}`,
};

const depthCases: readonly ConformanceCase[] = Object.entries(NESTS).flatMap(([name, nest]) =>
  onBoth(
    `${name} inside each other, up to 400,000, harm nobody, come back or not`,
    async (server) => {
      await using other = await joinedWebSocket(server);
      for (const depth of DEPTHS) {
        const value = nest(depth);
        for (
          const packet of [
            `42["unheard",${value}]`,
            `421["echo",${value}]`,
            `42["echo",${value}]`,
            `421["cast",{"by":"socket"},"news",[${value}]]`,
            `421["inspect",${value}]`,
            `431[${value}]`,
            `40/orders,{"auth":${value}}`,
            `451-["echo",${value},{"_placeholder":true,"num":0}]`,
          ]
        ) await survives(server, packet);
      }
      other.send('421["echo","last"]');
      // Broadcasts that could be written have reached it before.
      while (await other.next(LINEAR_MS) !== '431["last"]');
    },
  )
);

/** Sends a packet, and a binary for it; holds if the session answers afterwards or is ended. */
async function survives(server: ServerProcess, packet: string): Promise<void> {
  const session = await joinedWebSocket(server);
  session.send(packet);
  if (packet.startsWith("45")) session.send(Uint8Array.of(1));
  session.send('429["echo","sentinel"]');
  const answered = (async (): Promise<void> => {
    while (await session.next(LINEAR_MS) !== '439["sentinel"]');
  })();
  answered.catch(() => {}); // the close below wins
  await Promise.race([answered, session.ended(LINEAR_MS)]);
  session.close();
}

const pollingCases: readonly ConformanceCase[] = [
  ...onBoth("values of any shape come back over polling as they were", async (server) => {
    const session = await joinedPolling(server);
    for (const value of VALUES.filter((it) => !it.includes("\\u001e"))) {
      assertEquals((await session.post(`421["echo",${value}]`)).text, "ok");
      assertEquals(await session.collect(1), [`431[${written(value)}]`]);
    }
  }),
  ...onBoth("a payload of the most packets that fit is taken in linear time", async (server) => {
    const session = await RawPolling.start(server.url);
    await session.join();
    const packets = Array.from({ length: 100_000 }, () => '42["x"]');
    assertEquals((await session.post(...packets)).text, "ok");
    await session.post('421["echo","last"]');
    assertEquals(await session.collect(1), ['431["last"]']);
  }),
];

export const hostileEdgeCases: readonly ConformanceCase[] = [
  ...idCases,
  ...nameCases,
  ...handshakeCases,
  ...valueCases,
  ...depthCases,
  ...pollingCases,
];
