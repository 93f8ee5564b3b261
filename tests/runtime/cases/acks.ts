/**
 * Cases: acknowledgements, in both directions, in time and not, of one and of many.
 */
import { assertEquals, assertRejects } from "@std/assert";
import type { AskOutcome } from "../app_types.ts";
import { lack } from "../capabilities.ts";
import { ask, type CaseContext, type ClientSocket, next } from "../case_context.ts";
import type { ContractCase } from "../contract.ts";

/** The text that clients know (socket.io, both ends). */
const TIMED_OUT = "operation has timed out";

const clientAsks: readonly ContractCase[] = [
  {
    name: "an acknowledgement carries any number of values",
    async run(context): Promise<void> {
      const client = await context.connect();
      for (const values of [[], [1], ["a", { b: [null] }, false]]) {
        const answer = await new Promise<unknown[]>((resolve) => {
          client.emit("echo", ...values, (...given: unknown[]) => resolve(given));
        });
        assertEquals(answer, values);
      }
    },
  },
  {
    name: "a hundred questions at once get their own answers",
    async run(context): Promise<void> {
      const client = await context.connect();
      const numbers = Array.from({ length: 100 }, (_, i) => i);
      const answers = await Promise.all(numbers.map((i) => ask(client, "echo", i)));
      assertEquals(answers, numbers);
    },
  },
  {
    name: "a question that the server leaves open times out at the client",
    async run(context): Promise<void> {
      const client = await context.connect();
      const asking = client.timeout(50).emitWithAck("leave me hanging");
      await assertRejects(() => asking, Error, TIMED_OUT);
      assertEquals(await ask(client, "echo", "still here"), "still here");
    },
  },
  {
    name: "an acknowledgement that the server calls twice is sent once",
    async run(context): Promise<void> {
      const client = await context.connect();
      const answers: unknown[] = [];
      client.emit("answer twice", (answer: unknown) => answers.push(answer));
      await ask(client, "echo", "later");
      assertEquals(answers, ["first"]);
    },
  },
];

const serverAsks: readonly ContractCase[] = [
  {
    name: "the server's callback gets all values that the client answers",
    async run(context): Promise<void> {
      const client = await context.connect();
      client.on("sum", (a: number, b: number, answer) => answer(a + b, [a, b], null));
      const outcome = await ask(client, "ask", "sum", [2, 3]);
      assertEquals(outcome, { error: null, answer: [5, [2, 3], null] });
    },
  },
  {
    name: "with a timeout the server's callback is error-first, and in time the error is null",
    async run(context): Promise<void> {
      const client = await context.connect();
      client.on("question", (value, answer) => answer(value, "second"));
      const outcome = await ask(client, "ask in time", 5_000, "question", ["first"]);
      assertEquals(outcome, { error: null, answer: ["first", "second"] });
    },
  },
  {
    name: "a question that the client leaves open times out at the server",
    async run(context): Promise<void> {
      const client = await context.connect();
      client.on("question", () => {});
      const outcome = await ask(client, "ask in time", 50, "question", []);
      assertEquals(outcome, { error: TIMED_OUT, answer: [] });
    },
  },
  {
    name: "an answer that comes after the timeout changes nothing",
    async run(context): Promise<void> {
      const client = await context.connect();
      let late: ((value: string) => void) | undefined;
      client.on("question", (answer) => late = answer);
      const outcome = await ask(client, "ask in time", 50, "question", []);
      late?.("too late");
      assertEquals(outcome, { error: TIMED_OUT, answer: [] });
      assertEquals(await ask(client, "echo", "fine"), "fine");
    },
  },
  {
    name: "emitWithAck of the server resolves with the first value, or rejects in time",
    async run(context): Promise<void> {
      const client = await context.connect();
      client.on("question", (value, answer) => answer(`${value}!`, "dropped"));
      client.on("silence", () => {});
      const free = await ask(client, "ask by promise", null, "question", "a");
      assertEquals(free, { error: null, answer: "a!" });
      const timed = await ask(client, "ask by promise", 5_000, "question", "b");
      assertEquals(timed, { error: null, answer: "b!" });
      const late = await ask(client, "ask by promise", 50, "silence", "c") as AskOutcome;
      assertEquals(late.error, TIMED_OUT);
    },
  },
  {
    name: "the second answer of a client to one question is ignored",
    async run(context): Promise<void> {
      const client = await context.connect();
      const heard = next(client, "question");
      await ask(client, "ask twice", "question");
      const [answer] = await heard as [() => void];
      answer();
      answer();
      assertEquals(await ask(client, "count calls"), 1);
    },
  },
  {
    name: "a question open at the disconnection ends in an error at the server",
    async run(context): Promise<void> {
      const { client, tag } = await context.connectTagged();
      const heard = next(client, "question");
      client.emit("ask before leaving", "question");
      await heard;
      client.disconnect();
      const report = await context.server.report({ tag, kind: "late answer" });
      const endsAtOnce = lack(context.target.name, "ends-waits") === undefined;
      assertEquals(report["message"], endsAtOnce ? "socket has been disconnected" : TIMED_OUT);
    },
  },
];

interface Voters {
  readonly room: string;
  readonly clients: readonly [ClientSocket, ClientSocket, ClientSocket];
}

/** Three clients in a room of their own, each answering "vote" with its place. */
async function voters(context: CaseContext): Promise<Voters> {
  const room = context.tag();
  const clients = [
    await context.connect(),
    await context.connect(),
    await context.connect(),
  ] as const;
  for (const [place, client] of clients.entries()) {
    client.on("vote", (...args) => args.at(-1)(`vote ${place}`, "dropped"));
    await ask(client, "join", room);
  }
  return { room, clients };
}

const broadcastAsks: readonly ContractCase[] = [
  {
    name: "a broadcast collects one value of each client that answers",
    async run(context): Promise<void> {
      const { room, clients: [asker] } = await voters(context);
      const target = { by: "namespace", to: room, timeout: 5_000 };
      const outcome = await ask(asker, "cast for acks", target, "vote", ["x"]) as AskOutcome;
      assertEquals(outcome.error, null);
      assertEquals((outcome.answer as string[]).toSorted(), ["vote 0", "vote 1", "vote 2"]);
      const promised = await ask(asker, "cast by promise", target, "vote") as AskOutcome;
      assertEquals((promised.answer as string[]).toSorted(), ["vote 0", "vote 1", "vote 2"]);
    },
  },
  {
    name: "a broadcast of a socket asks everybody but that socket",
    async run(context): Promise<void> {
      const { room, clients: [asker] } = await voters(context);
      const target = { by: "socket", to: room, timeout: 5_000 };
      const outcome = await ask(asker, "cast for acks", target, "vote", []) as AskOutcome;
      assertEquals((outcome.answer as string[]).toSorted(), ["vote 1", "vote 2"]);
    },
  },
  {
    name: "a broadcast that one client does not answer fails with the answers so far",
    async run(context): Promise<void> {
      const { room, clients: [asker, silent] } = await voters(context);
      silent.off("vote");
      const target = { by: "namespace", to: room, timeout: 300 };
      const answers = ["vote 0", "vote 2"];
      const called = await ask(asker, "cast for acks", target, "vote", []) as AskOutcome;
      assertEquals(called.error, TIMED_OUT);
      assertEquals((called.answer as string[]).toSorted(), answers);
      const promised = await ask(asker, "cast by promise", target, "vote") as AskOutcome;
      assertEquals(promised.error, TIMED_OUT);
      assertEquals((promised.answer as string[]).toSorted(), answers);
    },
  },
  {
    name: "a broadcast to nobody is answered at once, by nobody",
    async run(context): Promise<void> {
      const client = await context.connect();
      const target = { by: "namespace", to: "empty room", timeout: 5_000 };
      const outcome = await ask(client, "cast for acks", target, "vote", []);
      assertEquals(outcome, { error: null, answer: [] });
    },
  },
  {
    name: "a broadcast collects binary answers",
    async run(context): Promise<void> {
      const client = await context.connect();
      client.on("vote", (answer) => answer(Uint8Array.of(7, 8)));
      const target = { by: "namespace", to: client.id, timeout: 5_000 };
      const { answer } = await ask(client, "cast for acks", target, "vote", []) as AskOutcome;
      const [bytes] = answer as [Uint8Array];
      assertEquals([...bytes], [7, 8]);
    },
  },
  {
    name: "a question to a fetched socket is answered with one value",
    async run(context): Promise<void> {
      const { clients: [asker, other] } = await voters(context);
      const outcome = await ask(asker, "emit to remote", other.id, "vote");
      assertEquals(outcome, { error: null, answer: "vote 1" });
    },
  },
];

export const ackCases: readonly ContractCase[] = [
  ...clientAsks,
  ...serverAsks,
  ...broadcastAsks,
];
