/**
 * Cases: handlers that take their time, and what becomes of them when their client leaves.
 */
import { assertEquals } from "@std/assert";
import { ask, next } from "../case_context.ts";
import type { ContractCase } from "../contract.ts";

/** The text that clients know, which have the same for their own waits. */
const DISCONNECTED = "socket has been disconnected";

export const waitCases: readonly ContractCase[] = [
  {
    name: "a thousand handlers that reject are a thousand reports, and their client is served",
    needs: "survives-handler-errors",
    async run(context): Promise<void> {
      const [client, other] = [await context.connect("/rejecting"), await context.connect()];
      for (let index = 0; index < 1_000; index++) client.emit("reject", index);
      await ask(client, "rejections"); // the last one rejects after this was asked
      assertEquals(await ask(client, "rejections"), 1_000);
      assertEquals(await ask(other, "echo", "served"), "served");
    },
  },
  {
    name: "waits for the answers of a client that leaves end in an error at once",
    needs: "ends-waits",
    async run(context): Promise<void> {
      const { client, tag } = await context.connectTagged();
      const heard = next(client, "question");
      client.emit("ask all ways", "question");
      await heard;
      client.disconnect();
      const report = await context.server.report({ tag, kind: "waits" });
      assertEquals(report["ends"], [
        `limited promise: ${DISCONNECTED}`,
        `limited: ${DISCONNECTED}`,
        `promise: ${DISCONNECTED}`,
      ]);
    },
  },
  {
    name: "a socket that joins rooms after its end is in none",
    async run(context): Promise<void> {
      const { client, tag } = await context.connectTagged();
      client.emit("join after leaving", `late ${tag}`);
      await ask(client, "echo", "heard");
      client.disconnect();
      const report = await context.server.report({ tag, kind: "joined late" });
      assertEquals([report["inRoom"], report["known"], report["rooms"]], [false, false, []]);
    },
  },
  {
    name: "in the mode serial events run one after the other, each to its end",
    needs: "ordered-handlers",
    async run(context): Promise<void> {
      const client = await context.connect();
      assertEquals(await ask(client, "work in order", "serial"), "ready");
      const names = Array.from({ length: 20 }, (_, index) => String(index));
      for (const name of names) client.emit("work", name, Number(name) % 4);
      assertEquals(await ask(client, "worked"), names.flatMap((name) => [`+${name}`, `-${name}`]));
    },
  },
  {
    name:
      "the signal of a socket aborts when its client leaves, and a listener that fails ends nothing",
    needs: "signals",
    async run(context): Promise<void> {
      const { client, tag } = await context.connectTagged();
      assertEquals(await ask(client, "watch the end"), false);
      client.disconnect();
      const report = await context.server.report({ tag, kind: "aborted" });
      assertEquals([report["message"], report["connected"]], [DISCONNECTED, false]);
      assertEquals(report["reason"], "client namespace disconnect");
      const other = await context.connect();
      assertEquals(await ask(other, "echo", "served"), "served");
    },
  },
  {
    name: "a signal ends the wait for an answer, and keeps the next question from being sent",
    needs: "signals",
    async run(context): Promise<void> {
      const client = await context.connect();
      const unsent: unknown[] = [];
      client.on("never sent", () => unsent.push("sent"));
      const ends = await ask(client, "ask with a signal", "question");
      assertEquals([ends, unsent], [["changed its mind", "changed its mind"], []]);
    },
  },
];
