/**
 * examples/team on this package and on the published socket.io: one import differs, and nobody who
 * uses it can tell.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { Rate } from "../../examples/team/checks.ts";
import type { Socket } from "socket.io-client";
import { npmOnlyImportMap, readConfig } from "../../tools/dependencies.ts";
import { bundleFixture, consumer } from "../support/consumer.ts";
import { denoCommand, type ExampleCommand, ExampleProcess } from "../support/example_process.ts";
import { eventually, within } from "../support/waiting.ts";
import { playSigterm } from "./signal_story.ts";
import { plain, TeamClient } from "./team_client.ts";
import { Cast, CHAPTERS } from "./team_story.ts";

const OURS = 'from "@godwit/io/node";';
const REFERENCE = 'from "socket.io";';

/** A polling client may learn of the end of its last requests when the test is over. */
const UNSANITIZED = { sanitizeOps: false, sanitizeResources: false };

const root = new URL("../../", import.meta.url);

/** The program as it is, on Node with the installed package. */
async function onNode(): Promise<ExampleCommand> {
  return [(await consumer()).node, await bundleFixture("examples/team/main.ts")];
}

/** The program with the other import, on Node. */
async function onReference(): Promise<ExampleCommand> {
  const [node, path = ""] = await onNode();
  const changed = path.replace(/\.mjs$/, "-reference.mjs");
  await Deno.writeTextFile(changed, moveAway(await Deno.readTextFile(path)));
  return [node, changed];
}

/** The program as it is, on Deno with the sources. */
function onDeno(): Promise<ExampleCommand> {
  return Promise.resolve(denoCommand("examples/team/main.ts", ["--allow-all"]));
}

/** Replaces the one import. */
function moveAway(text: string): string {
  const parts = text.split(OURS);
  assertEquals(parts.length, 2, "The package is imported once");
  return parts.join(REFERENCE);
}

/** Plays the story, and what happens when the server is told to end in the middle of it. */
async function play(command: ExampleCommand): Promise<ReadonlyMap<string, readonly string[]>> {
  await using server = await ExampleProcess.start(command);
  const seen = new Map<string, readonly string[]>();
  const cast = new Cast(server.url);
  try {
    for (const { title, play } of CHAPTERS) {
      const sights = await play(cast).catch((cause: unknown) => {
        throw new Error(`In the chapter "${title}":\n${server.output}`, { cause });
      });
      seen.set(title, sights.map(plain));
    }
    seen.set("the end", await end(server, cast));
    assertMatch(server.output, /Closing…\nClosed\.\n$/);
    return seen;
  } finally {
    cast.close();
  }
}

async function end(server: ExampleProcess, { ada, bo }: Cast): Promise<readonly string[]> {
  assertEquals([await ada.signIn("ada", "team"), await bo.signIn("bo", "team")], [200, 200]);
  const listeners = [
    await ada.enter(),
    await bo.enter({ transports: ["polling", "websocket"] }),
    await ada.enterFiles(),
  ];
  await eventually("an upgrade", () => {
    const [, upgraded] = listeners;
    return upgraded?.socket.io.engine.transport.name === "websocket" || undefined;
  });
  const gone = listeners.map(({ socket }) =>
    new Promise<string>((resolve) => socket.once("disconnect", resolve))
  );
  assertEquals(await server.stop("SIGTERM"), 0);
  return await within("the disconnects", Promise.all(gone));
}

Deno.test("examples/team imports its server package in one place", async () => {
  const places: string[] = [];
  for await (const { name } of Deno.readDir(new URL("examples/team/", root))) {
    if (!name.endsWith(".ts")) continue;
    const text = await Deno.readTextFile(new URL(`examples/team/${name}`, root));
    if (/from "(?:@godwit\/|\.\.\/)/.test(text)) places.push(name);
  }
  assertEquals(places, ["server.ts"]);
});

Deno.test("examples/team fits the types of socket.io as well", async () => {
  const { imports } = npmOnlyImportMap((await readConfig()).imports);
  const map = { imports: { ...imports, "@godwit/io/node": imports["socket.io"] } };
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "check",
      "--no-lock",
      `--import-map=data:application/json,${encodeURIComponent(JSON.stringify(map))}`,
      "examples/team/main.ts",
    ],
    cwd: root,
  }).output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
});

Deno.test(
  "examples/team shows the same on socket.io, on Node and on Deno",
  UNSANITIZED,
  async (t) => {
    const reference = await play(await onReference());
    assertEquals([...reference.keys()].length, CHAPTERS.length + 1);
    for (const [name, command] of Object.entries({ Node: onNode, Deno: onDeno })) {
      await t.step(name, async () => {
        const ours = await play(await command());
        for (const [title, sights] of reference) {
          assertEquals({ [title]: ours.get(title) }, { [title]: sights });
        }
      });
    }
  },
);

Deno.test(
  "examples/team lets its clients go on SIGTERM: not ready, nobody new, then 'transport close'",
  UNSANITIZED,
  async (t) => {
    for (const [name, command] of Object.entries({ Node: onNode, Deno: onDeno })) {
      await t.step(name, async () => {
        await using server = await ExampleProcess.start(await command());
        const cast = new Cast(server.url);
        const { ada, bo } = cast;
        assertEquals([await ada.signIn("ada", "team"), await bo.signIn("bo", "team")], [200, 200]);
        const { socket } = await ada.enter({ reconnection: true });
        const waiting = await bo.enter();
        // For some seconds the server counts with an answer, which nobody will give.
        (waiting.socket as unknown as Socket).emit("nobody hears this", () => {});
        try {
          await playSigterm(server, socket as unknown as Socket, () => Promise.resolve());
        } finally {
          cast.close();
        }
      });
    }
  },
);

Deno.test("examples/team counts guesses by the address, whatever the names", async () => {
  await using server = await ExampleProcess.start(await onDeno());
  const visitor = new TeamClient(server.url);
  const codes = [];
  for (let index = 0; index <= 20; index++) codes.push(await visitor.signIn(`name ${index}`, "?"));
  assertEquals(codes, [...Array(20).fill(401), 429]);
});

Deno.test("examples/team tells a limited number of guessers apart", () => {
  const rate = new Rate(1, 3_600_000);
  assertEquals([rate.allows("first"), rate.allows("first")], [true, false]);
  for (let index = 1; index < 10_000; index++) rate.allows(`key ${index}`);
  assertEquals(rate.allows("first"), false);
  assertEquals(rate.allows("one too many"), true);
  assertEquals(rate.allows("first"), true);
});

Deno.test("examples/team serves its page", async () => {
  await using server = await ExampleProcess.start(await onDeno());
  const visitor = new TeamClient(server.url);
  for (const path of ["/", "/team.css", "/team.js", "/socket.io-client.js"]) {
    const { status, text } = await visitor.request("GET", path);
    assertEquals([path, status], [path, 200]);
    assert(text.length > 1_000);
  }
  assertEquals((await visitor.request("GET", "/main.ts")).status, 404);
});
