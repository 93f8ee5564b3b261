/**
 * The chat example as a process, on every runtime, used by the published client the way its page uses
 * it.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import type { Socket } from "socket.io-client";
import type { Refusal } from "../../examples/chat/events.ts";
import { LIMITS } from "../../examples/chat/rules.ts";
import { type ExampleCommand, ExampleProcess } from "../support/example_process.ts";
import { RawPolling } from "../support/raw_engine.ts";
import { eventually, within } from "../support/waiting.ts";
import { CHAT_MAINS } from "./chat_mains.ts";
import { code, token, Visitor } from "./chat_visitor.ts";
import { playSigterm } from "./signal_story.ts";

/** One way to run the chat. */
interface Chat {
  /** Starts it; without a folder of messages in an empty one of its own. */
  readonly withServer: (
    use: (server: ExampleProcess, data: string) => Promise<void>,
    lines?: readonly string[],
  ) => Promise<void>;
  readonly command: (data: string) => Promise<ExampleCommand>;
}

/** A test for each runtime. */
function chatTest(title: string, use: (chat: Chat) => Promise<void>): void {
  for (const { name, command } of CHAT_MAINS) {
    const withServer: Chat["withServer"] = (use, lines = []) =>
      withData(async (data) => {
        if (lines.length > 0) await Deno.writeTextFile(`${data}/messages.jsonl`, lines.join("\n"));
        await using server = await ExampleProcess.start(await command(data), { data });
        await use(server, data);
      });
    Deno.test(`chat on ${name} ${title}`, () => use({ withServer, command }));
  }
}

/** An empty folder, for as long as it is needed. */
async function withData(use: (data: string) => Promise<void>): Promise<void> {
  const data = await Deno.makeTempDir({ prefix: "chat" });
  try {
    await use(data);
  } finally {
    await Deno.remove(data, { recursive: true });
  }
}

function stored(seq: number, room = "lobby"): string {
  const author = { id: "0011223344556677", name: "Ada", color: 3 };
  const message = { id: `stored-${seq}`, room, seq, author, text: `text ${seq}`, at: Date.now() };
  return JSON.stringify(message);
}

chatTest(
  "shows messages, people, typing and rooms to those in the room",
  async ({ withServer }) => {
    await withServer(async ({ url }) => {
      using ada = await Visitor.open(url, token("ada"));
      using bo = await Visitor.open(url, token("bo"));
      using cy = await Visitor.open(url, token("cy"));
      const first = await ada.enter("Lobby ", "Ada");
      assertEquals([first.room, first.you.name, first.messages], ["lobby", "Ada", []]);
      await cy.enter("elsewhere", "Cy");
      await bo.enter("lobby", "Bo");
      assertEquals((await within("a notice", ada.notices.take())).kind, "joined");
      assertEquals(ada.people.map(({ name }) => name), ["Ada", "Bo"]);

      bo.socket.emit("typing", true);
      const typing = await within("typing", ada.typings.take());
      assertEquals([typing.name, typing.typing], ["Bo", true]);

      const sent = await bo.send("lobby", " <b>hi</b>\u202e ");
      assert(sent.ok);
      assertEquals([sent.message.text, sent.message.seq], ["<b>hi</b>", 1]);
      assertEquals(await within("a message", ada.messages.take()), sent.message);
      assertEquals(bo.messages.size + cy.messages.size, 0);
      const lobby = await eventually(
        "the list of rooms",
        () => cy.rooms.find(({ name, lastSeq }) => name === "lobby" && lastSeq === 1),
      );
      assertEquals(lobby, { name: "lobby", people: 2, lastSeq: 1 });
    });
  },
);

chatTest("tells a client without a token what it wants", async ({ withServer }) => {
  await withServer(async ({ url }) => {
    for (const bad of ["", "short", `${token("eve")} and more`]) {
      using eve = new Visitor(url, bad);
      const error = await within(
        "a refusal",
        new Promise<Error>((resolve) => eve.socket.once("connect_error", resolve)),
      );
      assertMatch(error.message, /auth\.token of 20 to 64 letters.*reload/);
      assertEquals(eve.socket.active, false);
    }
  });
});

chatTest(
  "remembers the last 200 messages of a room, over a torn line too",
  async ({ withServer }) => {
    const lines = Array.from({ length: 250 }, (_, index) => stored(index + 1));
    await withServer(async ({ url }, data) => {
      using ada = await Visitor.open(url, token("ada"));
      const { messages } = await ada.enter("lobby", "Ada");
      assertEquals(messages.length, LIMITS.messagesPerRoom);
      assertEquals([messages[0]?.seq, messages.at(-1)?.seq], [51, 250]);
      const sent = await ada.send("lobby", "next");
      assert(sent.ok);
      assertEquals(sent.message.seq, 251);
      const text = await Deno.readTextFile(`${data}/messages.jsonl`);
      assertEquals(text.trimEnd().split("\n").map((line) => JSON.parse(line).seq).at(-1), 251);
    }, [...lines, stored(251).slice(0, 40)]);
  },
);

chatTest(
  "keeps messages and people when the server is killed and started again",
  async ({ command }) => {
    await withData(async (data) => {
      await using before = await ExampleProcess.start(await command(data), { data });
      using ada = await Visitor.open(before.url, token("ada"));
      using bo = await Visitor.open(before.url, token("bo"));
      await ada.enter("lobby", "Ada");
      await bo.enter("lobby", "Bo");
      assertEquals(code(await ada.send("lobby", "before", "message-before")), "ok");
      await before.stop("SIGKILL");
      await eventually(
        "the loss",
        () => !ada.socket.connected && !bo.socket.connected || undefined,
      );

      await using after = await ExampleProcess.start(await command(data), {
        data,
        port: before.port,
      });
      await Promise.all([ada.connected(), bo.connected()]);
      const back = await bo.join("lobby", "Bo", true);
      assert(back.ok);
      assertEquals(
        back.messages.map(({ text }) => text),
        ["before"],
      );
      assertEquals(code(await ada.join("lobby", "Ada", true)), "ok");
      // The answer to the first message may have been lost: sending it again changes nothing.
      assertEquals(code(await ada.send("lobby", "before", "message-before")), "ok");
      assertEquals(code(await ada.send("lobby", "after")), "ok");
      assertEquals((await bo.messages.take()).text, "before");
      const next = await within("the next message", bo.messages.take());
      assertEquals([next.text, next.seq], ["after", 2]);
      assertEquals(bo.notices.size, 0); // Nobody left, so nobody joined.
      assertEquals(after.port, before.port);
    });
  },
);

chatTest("posts a message once, however often it is sent", async ({ withServer }) => {
  await withServer(async ({ url }) => {
    using ada = await Visitor.open(url, token("ada"));
    using bo = await Visitor.open(url, token("bo"));
    await ada.enter("lobby", "Ada");
    await bo.enter("lobby", "Bo");
    const replies = await Promise.all([1, 2, 3].map(() => ada.send("lobby", "once", "same-id-1")));
    assertEquals(replies.map(code), ["ok", "ok", "ok"]);
    assertEquals(new Set(replies.map((reply) => reply.ok && reply.message.seq)), new Set([1]));
    assertEquals(code(await bo.send("lobby", "stolen", "same-id-1")), "bad-message");
    await ada.send("lobby", "last");
    assertEquals((await bo.messages.take()).text, "once");
    assertEquals((await bo.messages.take()).text, "last");
  });
});

chatTest("has one person of a name in a room, and is kind about it", async ({ withServer }) => {
  await withServer(async ({ url }) => {
    using ada = await Visitor.open(url, token("ada"));
    using other = await Visitor.open(url, token("other"));
    using tab = await Visitor.open(url, token("ada"));
    const { you } = await ada.enter("lobby", "Ada");
    const refused = await other.join("lobby", " ＡＤＡ");
    assert(!refused.ok);
    assertEquals([refused.code, refused.suggestion], ["name-taken", "ＡＤＡ 2"]);
    assertEquals(code(await other.join("elsewhere", "Ada")), "ok");
    // The same token is the same person, in as many tabs as they like.
    assertEquals((await tab.enter("lobby", "Ada")).you.id, you.id);
    assertEquals((await tab.enter("lobby", "Adele")).people.length, 1);
    assertEquals((await ada.notices.take()).formerName, "Ada");
    await ada.socket.timeout(5_000).emitWithAck("leave");
    assertEquals(code(await other.join("lobby", "adele")), "name-taken");
    await tab.socket.timeout(5_000).emitWithAck("leave");
    assertEquals(code(await other.join("lobby", "adele")), "ok");
  });
});

chatTest(
  "waits for a lost connection before it says that somebody left",
  async ({ withServer }) => {
    await withServer(async ({ url }) => {
      using ada = await Visitor.open(url, token("ada"));
      await ada.enter("lobby", "Ada");
      const bo = await Visitor.open(url, token("bo"));
      await bo.enter("lobby", "Bo");
      assertEquals((await ada.notices.take()).kind, "joined");
      bo.socket.disconnect();
      const isAway = (): true | undefined => ada.people.some(({ away }) => away) || undefined;
      await eventually("Bo to be away", isAway);
      using again = await Visitor.open(url, token("bo"));
      await again.enter("lobby", "Bo");
      await eventually("Bo to be back", () => !isAway() || undefined);
      again.socket.disconnect();
      const left = await within("Bo to leave", ada.notices.take(), 10_000);
      assertEquals([left.kind, left.name], ["left", "Bo"]); // The return made no notice.
      await eventually("the list to be told", () => ada.people.length === 1 || undefined);
    });
  },
);

chatTest("enforces its limits on the server", async ({ withServer }) => {
  await withServer(async ({ url }) => {
    using ada = await Visitor.open(url, token("ada"));
    assertEquals(code(await ada.send("lobby", "too early")), "not-in-room");
    for (const name of ["", "  ", "\u200b", "n".repeat(25), 7, null, undefined, {}]) {
      assertEquals(code(await ada.join("lobby", name)), "bad-name");
    }
    for (const room of ["", "#", "a/b", "../x", "-a", "r".repeat(33), 7, null, []]) {
      assertEquals(code(await ada.join(room, "Ada")), "bad-room");
    }
    await ada.enter("lobby", "Ada");
    for (const text of ["", " \n ", "x".repeat(2_001), 7, null, ["x"]]) {
      assertEquals(code(await ada.send("lobby", text)), "bad-message");
    }
    for (const id of ["", "short", "x".repeat(65), "with blank", 7, null]) {
      assertEquals(code(await ada.send("lobby", "text", id)), "bad-message");
    }
    assertEquals(code(await ada.send("other", "text")), "not-in-room");
    assertEquals(code(await ada.send("lobby", "\u{1f600}".repeat(1_000))), "ok");
  });
});

chatTest("tells who writes too fast when to go on", async ({ withServer }) => {
  await withServer(async ({ url }) => {
    using ada = await Visitor.open(url, token("ada"));
    await ada.enter("lobby", "Ada");
    const replies = await Promise.all(
      Array.from({ length: 12 }, (_, index) => ada.send("lobby", `text ${index}`)),
    );
    const refused = replies.filter((reply) => !reply.ok);
    assertEquals(replies.slice(0, 8).map(code), Array(8).fill("ok"));
    assert(refused.length >= 2, `${refused.length} refused`);
    const { retryAfterMs = 0 } = refused[0] as Refusal;
    assert(retryAfterMs > 0 && retryAfterMs <= 500, `retry after ${retryAfterMs}`);
    await eventually("leave to go on", async () => (await ada.send("lobby", "on")).ok || undefined);
  });
});

chatTest("survives events that no page of its own would send", async ({ withServer }) => {
  await withServer(async ({ url }) => {
    using ada = await Visitor.open(url, token("ada"));
    const raw = ada.socket as unknown as Socket;
    for (const event of ["join", "send", "leave", "typing", "nonsense"]) {
      raw.emit(event);
      raw.emit(event, null);
      raw.emit(event, { room: {}, name: [] }, "not a function");
    }
    assertEquals(code(await ada.join("lobby", "Ada")), "ok");
    using stranger = new Visitor(url, "short");
    const refused = new Promise<Error>((ok) => stranger.socket.once("connect_error", ok));
    assertMatch((await within("a refusal", refused)).message, /reload/);
  });
});

chatTest("serves its page, and nothing beside it", async ({ withServer }) => {
  await withServer(async ({ url, port }) => {
    const page = await fetch(url);
    assertMatch(await page.text(), /^<!DOCTYPE html>/);
    const policy = page.headers.get("content-security-policy") ?? "";
    assertMatch(policy, /default-src 'none'; script-src 'self';/);
    assertEquals(page.headers.get("x-content-type-options"), "nosniff");
    for (
      const [path, type] of [
        ["/app.js", "text/javascript; charset=utf-8"],
        ["/theme.js", "text/javascript; charset=utf-8"],
        ["/style.css", "text/css; charset=utf-8"],
        ["/icon.svg", "image/svg+xml"],
      ] as const
    ) {
      const response = await fetch(url + path);
      assertEquals([path, response.status, response.headers.get("content-type")], [
        path,
        200,
        type,
      ]);
      assert((await response.text()).length > 100);
    }
    for (
      const path of ["/main.ts", "/client/main.ts", "/..%2fmain.ts", "/data/messages.jsonl", "//"]
    ) {
      const response = await fetch(url + path);
      assertEquals([path, response.status], [path, 404]);
      await response.body?.cancel();
    }
    const raw = await rawGet(port, "/../../../../etc/passwd");
    assertMatch(raw, /^HTTP\/1\.1 404 /);
    const post = await fetch(url, { method: "POST", body: "x" });
    assertEquals([post.status, post.headers.get("allow")], [405, "GET, HEAD"]);
    await post.body?.cancel();
  });
});

/** A GET whose path is sent as it stands: fetch would tidy it up. */
async function rawGet(port: number, path: string): Promise<string> {
  using connection = await Deno.connect({ port });
  const request = `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`;
  await connection.write(new TextEncoder().encode(request));
  const buffer = new Uint8Array(1_024);
  const length = await connection.read(buffer);
  return new TextDecoder().decode(buffer.subarray(0, length ?? 0));
}

chatTest("ends with one clear line when it cannot start", async ({ command }) => {
  await withData(async (data) => {
    using listener = Deno.listen({ port: 0, hostname: "0.0.0.0" });
    const { port } = listener.addr;
    const busy = await ExampleProcess.run(await command(data), { port, data });
    assertEquals(busy.code, 1);
    assertEquals(busy.output, `Port ${port} is in use. Choose another one: PORT=${port + 1}\n`);
    const wrong = await ExampleProcess.run(await command(data), { data, env: { PORT: "80x" } });
    assertEquals(wrong.code, 1);
    assertEquals(wrong.output, 'PORT must be a number from 0 to 65535, found "80x".\n');
  });
});

chatTest(
  "closes on SIGINT: clients are told, messages are kept, the exit code is 0",
  async ({ withServer }) => {
    await withServer(async (server, data) => {
      using ada = await Visitor.open(server.url, token("ada"));
      await ada.enter("lobby", "Ada");
      await ada.send("lobby", "kept");
      ada.socket.io.reconnection(false);
      const gone = new Promise((resolve) => ada.socket.once("disconnect", resolve));
      assertEquals(await server.stop("SIGINT"), 0);
      await within("the disconnect", gone);
      assertMatch(await Deno.readTextFile(`${data}/messages.jsonl`), /"text":"kept"/);
    });
  },
);

/** A session that has something to take, and takes it only when it is told to. */
async function slowPoller(url: string): Promise<() => Promise<void>> {
  const session = await RawPolling.start(url);
  await session.post(`40${JSON.stringify({ token: token("slow") })}`);
  await session.packets();
  await session.post('420["join",{}]');
  return async () => {
    while (!(await session.packets()).includes("1"));
  };
}

chatTest(
  "lets its clients go on SIGTERM: not ready, nobody new, then 'transport close' and exit code 0",
  async ({ withServer }) => {
    await withServer(async (server) => {
      using ada = await Visitor.open(server.url, token("ada"));
      await ada.enter("lobby", "Ada");
      await playSigterm(server, ada.socket as unknown as Socket, await slowPoller(server.url));
    });
  },
);
