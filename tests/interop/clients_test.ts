/** Tests that clients are chosen by key, and that what is said of them is used. */
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { chosenClients, CLIENTS } from "./clients.ts";
import { Pool } from "./pool.ts";
import { lackOf } from "./scenario.ts";
import { SCENARIOS } from "./scenarios.ts";

Deno.test("chosenClients takes keys, and first words of keys, in the order of the table", () => {
  const keys = (asked?: string): readonly string[] => chosenClients(asked).map(({ key }) => key);
  assertEquals(keys("python-asyncio, javascript-2.5.0"), ["javascript-2.5.0", "python-asyncio"]);
  assertEquals(keys("python"), ["python-sync", "python-asyncio"]);
  assertEquals(chosenClients("javascript").length, 7);
  assertThrows(() => chosenClients("cobol,python"), TypeError, "Cannot find client: cobol");
});

Deno.test("Clients and scenarios have names of their own", () => {
  for (const names of [CLIENTS.map(({ key }) => key), SCENARIOS.map(({ name }) => name)]) {
    assertEquals(new Set(names).size, names.length);
  }
});

Deno.test("Every reason why a client cannot do something leaves out a scenario, or changes one", () => {
  const inside = new Set(["credentials of namespaces"]);
  for (const client of CLIENTS) {
    for (const ability of Object.keys(client.cannot)) {
      const isNeeded = SCENARIOS.some(({ needs }) => needs?.some((it) => it === ability));
      assertEquals([client.key, ability, isNeeded || inside.has(ability)], [
        client.key,
        ability,
        true,
      ]);
    }
  }
});

Deno.test("lackOf gives the reason of the first need that a client does not meet", () => {
  const [client] = CLIENTS;
  if (client === undefined) throw new Error("There are no clients");
  const deaf = { ...client, cannot: { "nested binary": "is text" } as const };
  const scenario = { name: "a", run: () => Promise.resolve() };
  assertEquals(lackOf(deaf, { ...scenario, needs: ["order", "nested binary"] }), "is text");
  assertEquals(lackOf(deaf, { ...scenario, needs: ["order"] }), undefined);
  assertEquals(lackOf(deaf, scenario), undefined);
});

Deno.test("Pool runs as much at a time as it has places, also after failures", async () => {
  const pool = new Pool(2);
  const log: string[] = [];
  const gates = Array.from({ length: 4 }, () => Promise.withResolvers<void>());
  const works = gates.map(({ promise }, index) =>
    pool.run(async () => {
      log.push(`begin ${index}`);
      await promise;
    })
  );
  await Promise.resolve();
  assertEquals(log, ["begin 0", "begin 1"]);
  const refused = assertRejects(() => works[1] ?? Promise.resolve(), Error, "broken");
  gates[1]?.reject(new Error("broken"));
  await refused;
  assertEquals(log, ["begin 0", "begin 1", "begin 2"]);
  for (const { resolve } of gates) resolve();
  await Promise.allSettled(works);
  assertEquals(log.length, 4);
  assertEquals(await pool.run(() => Promise.resolve("free")), "free");
});
