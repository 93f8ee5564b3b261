/**
 * A morning with examples/team, chapter by chapter: what its people do, and what they see of it.
 *
 * - a chapter returns what was seen, in words that are the same in every run and on every server;
 * - chapters follow one another and build on the ones before;
 * - each chapter asserts what it is about by itself, so that two servers cannot be wrong together.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import type { Reply } from "../../examples/team/events.ts";
import { eventually, within } from "../support/waiting.ts";
import { heard, plain, TeamClient, type TeamListener } from "./team_client.ts";

/** The people of the story; everybody sits at another transport. */
export class Cast {
  readonly url: string;
  readonly ada: TeamClient;
  readonly bo: TeamClient;
  readonly cy: TeamClient;
  readonly stranger: TeamClient;

  constructor(url: string) {
    this.url = url;
    this.ada = new TeamClient(url);
    this.bo = new TeamClient(url);
    this.cy = new TeamClient(url);
    this.stranger = new TeamClient(url);
  }

  close(): void {
    for (const client of [this.ada, this.bo, this.cy, this.stranger]) client.close();
  }
}

export interface Chapter {
  readonly title: string;
  readonly play: (cast: Cast) => Promise<readonly unknown[]>;
}

const PASSWORD = "team";
const ADA = { id: "ada", name: "Ada Lovelace", role: "admin" };
const BO = { id: "bo", name: "Bo Diddley", role: "member" };

/** Asks and waits for the answer, for no longer than three seconds. */
type Ask = (event: string, ...args: readonly unknown[]) => Promise<Reply<Record<string, unknown>>>;

/** A socket for requests of any form: types would keep the story from asking for nonsense. */
function asker(listener: { readonly socket: unknown }): Ask {
  const socket = listener.socket as {
    timeout(ms: number): { emitWithAck: Ask };
  };
  return (event, ...args) => socket.timeout(3_000).emitWithAck(event, ...args);
}

function without(listener: TeamListener, pattern: RegExp): readonly string[] {
  return listener.events.filter((event) => !pattern.test(event));
}

export const CHAPTERS: readonly Chapter[] = [
  { title: "nobody enters without signing in", play: strangersAreRefused },
  { title: "pages of other sites are refused", play: otherSitesAreRefused },
  { title: "people and channels", play: peopleMeet },
  { title: "history comes in pages", play: historyComesInPages },
  { title: "typing is told to the others", play: typingIsTold },
  { title: "private messages have receipts", play: receipts },
  { title: "polls end with the answers that came", play: polls },
  { title: "files come in pieces", play: files },
  { title: "pictures are binary events", play: pictures },
  { title: "admins have a namespace of their own", play: admins },
  { title: "nonsense is answered", play: nonsense },
  { title: "what is no text is never made one", play: noTexts },
  { title: "the session is one", play: oneSession },
  { title: "too much is too much", play: tooMuch },
];

async function strangersAreRefused({ stranger, ada, bo, cy }: Cast): Promise<readonly unknown[]> {
  const seen: unknown[] = [
    await stranger.refused("/"),
    await stranger.refused("/files"),
    await stranger.refused("/admin"),
    await stranger.refused("/nowhere"),
    (await stranger.request("GET", "/me")).status,
    await stranger.signIn("ada", "guess"),
    await stranger.signIn("nobody", PASSWORD),
  ];
  assertMatch(String(seen[0]), /^Please sign in first\. .*"code":"not-signed-in"/);
  const codes = [
    await ada.signIn("ada", PASSWORD),
    await bo.signIn("bo", PASSWORD),
    await cy.signIn("cy", PASSWORD),
  ];
  assertEquals(codes, [200, 200, 200]);
  return [...seen, ...codes, (await ada.request("GET", "/me")).text];
}

async function otherSitesAreRefused({ url }: Cast): Promise<readonly unknown[]> {
  const seen: unknown[] = [];
  for (const origin of [url, "https://elsewhere.example", "null"]) {
    const response = await fetch(`${url}/socket.io/?EIO=4&transport=polling`, {
      headers: { origin },
    });
    const body = await response.text();
    seen.push(response.status, response.ok ? "a session" : body);
  }
  assertEquals([seen[0], seen[2], seen[4]], [200, 403, 403]);
  return seen;
}

async function peopleMeet({ ada, bo, cy }: Cast): Promise<readonly unknown[]> {
  const a = await ada.enter({ transports: ["polling", "websocket"] });
  const b = await bo.enter({ auth: { device: "phone" } });
  const c = await cy.enter({ transports: ["polling"] });
  const seen = [
    await asker(a)("channel:enter", "General "),
    await asker(b)("channel:enter", "general"),
    await asker(b)("message:send", "general", " hello "),
    await asker(c)("message:send", "general", "I am not in there"),
    await asker(c)("channel:enter", "general"),
  ];
  await heard(a, /^channel:entered.*"cy"/);
  await heard(b, /^channel:entered.*"cy"/);
  c.socket.disconnect();
  await heard(a, /^presence.*"cy".*false/);
  await heard(b, /^presence.*"cy".*false/);
  b.socket.disconnect();
  await heard(a, /^presence.*"bo".*false/);
  await asker(a)("channel:leave", "general");
  assertEquals(a.events[0], `welcome(${plain(ADA)}, [${plain(ADA)}])`);
  assert(a.events.includes(`channel:left("general", ${plain(BO)})`), a.events.join("\n"));
  a.socket.disconnect();
  return [...seen, a.events, b.events, c.events];
}

async function historyComesInPages({ ada }: Cast): Promise<readonly unknown[]> {
  const a = await ada.enter();
  const ask = asker(a);
  await ask("channel:enter", "archive");
  for (let index = 1; index <= 45; index++) await ask("message:send", "archive", `text ${index}`);
  const newest = await ask("history:before", "archive", 1e9);
  const seen = [newest];
  for (let page = newest; page.ok && page["more"] === true; seen.push(page)) {
    const [oldest] = page["messages"] as { id: number }[];
    page = await ask("history:before", "archive", oldest?.id);
  }
  const sizes = seen.map((page) => page.ok ? (page["messages"] as unknown[]).length : 0);
  assertEquals(sizes, [20, 20, 5]);
  a.socket.disconnect();
  return seen;
}

async function typingIsTold({ ada, bo }: Cast): Promise<readonly unknown[]> {
  const [a, b] = [await ada.enter(), await bo.enter()];
  await asker(a)("channel:enter", "general");
  await asker(b)("channel:enter", "general");
  a.socket.emit("typing", "elsewhere", true);
  // Volatile: it may get lost on the way, so the client says it again while it is true.
  await eventually("typing", () => {
    a.socket.emit("typing", "general", true);
    return b.volatile.length > 0 || undefined;
  });
  assertEquals(a.volatile, []);
  const seen = new Set(b.volatile);
  assertEquals([...seen], [`typing("general", ${plain(ADA)}, true)`]);
  a.socket.disconnect();
  b.socket.disconnect();
  return [...seen];
}

async function receipts({ ada, bo }: Cast): Promise<readonly unknown[]> {
  const [a, second] = [await ada.enter(), await ada.enter()];
  const ask = asker(a);
  const seen: unknown[] = [await ask("direct:send", "bo", "nobody hears it")];
  const [phone, laptop] = [await bo.enter({ transports: ["polling"] }), await bo.enter()];
  phone.socket.on("direct", (_message, confirm) => confirm(true));
  seen.push(await ask("direct:send", "bo", "the laptop does not confirm"));
  laptop.socket.on("direct", (_message, confirm) => confirm(true));
  seen.push(await ask("direct:send", "bo", "both confirm"));
  assertEquals(seen, [0, 1, 2].map((devices) => ({ ok: true, devices })));
  seen.push(await ask("direct:send", "eve", "who is that?"));
  const sockets = [a, second, phone, laptop];
  for (const { socket } of sockets) socket.disconnect();
  return [...seen, ...sockets.map((it) => without(it, /^presence/))];
}

async function polls({ ada, bo, cy }: Cast): Promise<readonly unknown[]> {
  const [a, b, c] = [await ada.enter(), await bo.enter(), await cy.enter()];
  for (const each of [a, b, c]) await asker(each)("channel:enter", "general");
  const ask = asker(a);
  b.socket.on("poll", (_channel, _question, answer) => answer("yes"));
  const early = await ask("poll:start", "general", "Lunch?");
  c.socket.on("poll", (_channel, _question, answer) => answer(7 as unknown as string));
  const late = await ask("poll:start", "general", "Lunch now?");
  assertEquals(early, { ok: true, answers: ["yes"], incomplete: true });
  assertEquals(late, { ok: true, answers: ["yes"], incomplete: false });
  for (const { socket } of [a, b, c]) socket.disconnect();
  return [early, late, without(c, /presence/)];
}

async function files({ ada, bo, cy }: Cast): Promise<readonly unknown[]> {
  const [a, b] = [await ada.enter(), await bo.enter()];
  const [sender, reader] = [
    await ada.enterFiles(),
    await bo.enterFiles({ transports: ["polling"] }),
  ];
  const [send, read, outside] = [asker(sender), asker(reader), asker(await cy.enterFiles())];
  for (const each of [a, b]) await asker(each)("channel:enter", "general");
  const data = new Uint8Array(150_000).map((_, index) => index * 7);
  const file = { name: "data.pdf", type: "application/pdf", size: data.length };
  const started = await send("upload:start", "general", file);
  assert(started.ok);
  const seen: unknown[] = [
    { ...started, id: "uuid" },
    await outside("upload:start", "general", file),
    await send("upload:start", "general", { ...file, size: 1_000_001 }),
    await send("upload:start", "general", { ...file, type: "text/html" }),
    await send("upload:chunk", started["id"], "no bytes"),
    await send("upload:chunk", started["id"], data.subarray(0, 65_537)),
  ];
  for (let start = 0; start < data.length; start += 65_536) {
    const piece = data.subarray(start, start + 65_536);
    seen.push(await send("upload:chunk", started["id"], piece));
  }
  assertEquals(seen.at(-1), { ok: true, received: 150_000, done: true });
  await heard(b, /^message.*data\.pdf/);
  await heard(a, /^message.*data\.pdf/);
  await heard(a, /^file:progress\("general", .*, (?:65536|131072|150000)\)/);
  const got = await read("file:get", started["id"]);
  assert(got.ok);
  assertEquals(new Uint8Array(got["data"] as Uint8Array), data);
  seen.push(plain(got), await outside("file:get", started["id"]));
  for (const { socket } of [a, b, sender, reader]) socket.disconnect();
  return [...seen, without(a, /^presence/), without(b, /^presence/)];
}

async function pictures({ ada, bo, stranger }: Cast): Promise<readonly unknown[]> {
  const b = await bo.enter({ transports: ["polling"] });
  const desk = await ada.enterFiles({ transports: ["polling"] });
  const ask = asker(desk);
  const png = new Uint8Array(1_000).fill(7);
  png.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const seen: unknown[] = [
    (await stranger.request("GET", "/avatars/ada")).status,
    await ask("avatar:set", png),
    await ask("avatar:set", png.subarray(1)),
    await ask("avatar:set", new Uint8Array(65_537)),
  ];
  await heard(b, /^avatar\("ada", 1\)/);
  const image = await stranger.request("GET", "/avatars/ada");
  assertEquals(image.bytes, png);
  b.socket.disconnect();
  desk.socket.disconnect();
  return [...seen, image.status, b.events];
}

async function admins({ ada, bo, cy }: Cast): Promise<readonly unknown[]> {
  const refused = await bo.refused("/admin");
  assertMatch(refused, /^This is for admins\. .*"code":"admins-only"/);
  const b = await bo.enter({ transports: ["polling"] });
  const c = await cy.enter();
  await asker(b)("channel:enter", "general");
  await asker(c)("channel:enter", "general");
  const ask = asker(await ada.enterAdmin());
  c.socket.on("announcement", (_text, confirm) => confirm("Cy"));
  const half = await ask("announce", "Tea is ready");
  b.socket.on("announcement", (_text, confirm) => confirm("Bo"));
  const full = await ask("announce", "Tea is cold");
  assertEquals(full, { ok: true, answers: ["Bo", "Cy"], incomplete: false });
  const reply = await ask("stats");
  assert(reply.ok);
  const { sockets, people, transports } = reply["stats"] as Record<string, unknown>;
  assertEquals(plain([sockets, people, transports]), '[2,2,{"polling":1,"websocket":1}]');
  const kicked = await ask("kick", "cy");
  await heard(c, /^disconnected/);
  assertEquals(c.events.at(-1), "disconnected: io server disconnect");
  await heard(b, /^presence.*"cy".*false/);
  b.socket.disconnect();
  return [refused, half, full, kicked, b.events, c.events];
}

async function nonsense({ ada, bo }: Cast): Promise<readonly unknown[]> {
  const [a, b] = [await ada.enter(), await bo.enter({ auth: { device: { a: 1 } } })];
  const ask = asker(a);
  await asker(b)("channel:enter", "general");
  const seen: unknown[] = [];
  for (const input of [undefined, null, 7, "", " ", "a/b", "x".repeat(31), {}, [], ["general"]]) {
    seen.push(await ask("channel:enter", input));
  }
  seen.push(
    await ask("channel:enter"),
    await ask("channel:enter", "general", "more", "arguments"),
    await ask("channel:enter", "general"),
    await ask("message:send", "general", "x".repeat(2_001)),
    await ask("message:send", "general", new Uint8Array(3)),
    await ask("history:before", "general", -1),
    await ask("poll:start", "general"),
  );
  assertEquals(seen.map((reply) => (reply as Reply<object>).ok).filter((ok) => ok).length, 2);
  // Without an acknowledgement nothing is done, and nothing breaks.
  const raw = a.socket as unknown as { emit(...args: readonly unknown[]): void };
  raw.emit("message:send", "general", "nobody sees this");
  raw.emit("no such event", { a: [1, new Uint8Array(2)] });
  raw.emit("typing");
  seen.push(await ask("message:send", "general", "the last one"));
  await heard(b, /^message.*the last one/);
  a.socket.disconnect();
  b.socket.disconnect();
  return [...seen, without(a, /^presence/), without(b, /^presence/)];
}

async function noTexts({ ada, stranger }: Cast): Promise<readonly unknown[]> {
  const [a, desk] = [await ada.enter(), await ada.enterFiles()];
  const [ask, send] = [asker(a), asker(desk)];
  await ask("channel:enter", "general");
  // Both ways of making a text of it throw.
  const hostile = { toString: 1, valueOf: 1 };
  const raw = a.socket as unknown as { emit(...args: readonly unknown[]): void };
  for (const value of [hostile, [hostile], null]) {
    raw.emit("typing", value, hostile);
    raw.emit("typing", "general", value);
  }
  const file = { name: "a.txt", type: "text/plain", size: 1 };
  const refused = [
    await ask("channel:enter", hostile),
    await ask("channel:leave", hostile),
    await ask("message:send", "general", hostile),
    await ask("history:before", "general", hostile),
    await ask("poll:start", "general", [hostile]),
    await ask("direct:send", hostile, hostile),
    await send("upload:start", "general", { ...file, type: hostile }),
    await send("upload:start", "general", { ...file, name: hostile }),
    await send("upload:start", "general", { ...file, size: hostile }),
    await send("upload:chunk", hostile, hostile),
    await send("file:get", hostile),
    await send("avatar:set", hostile),
  ];
  for (const reply of refused) assertEquals((reply as { code?: string }).code, "bad-request");
  const signIns = [];
  for (const [username, password] of [[hostile, "team"], ["ada", hostile], ["ada", 7]]) {
    const body = JSON.stringify({ username, password });
    signIns.push((await stranger.request("POST", "/login", body)).status);
  }
  assertEquals(signIns, [400, 400, 401]);
  a.socket.disconnect();
  desk.socket.disconnect();
  return [...refused, ...signIns, without(a, /^presence/)];
}

async function tooMuch({ ada, cy }: Cast): Promise<readonly unknown[]> {
  const [a, c] = [await ada.enter({ transports: ["polling"] }), await cy.enter()];
  for (let index = 0; index < 300; index++) c.socket.emit("typing", "general", true);
  await heard(c, /^problem.*slow-down/);
  const problems = new Set(c.events.filter((event) => event.startsWith("problem")));
  for (const each of [a, c]) {
    const raw = each.socket as unknown as { emit(...args: readonly unknown[]): void };
    raw.emit("message:send", "general", "x".repeat(200_000));
    await heard(each, /^disconnected/);
  }
  return [...problems, a.events.at(-1), c.events.at(-1)];
}

async function oneSession({ ada, bo }: Cast): Promise<readonly unknown[]> {
  const [a, b, second] = [await ada.enter(), await bo.enter(), await bo.enterFiles()];
  await asker(b)("channel:enter", "music");
  const me = JSON.parse((await bo.request("GET", "/me")).text);
  assertEquals(me, { user: BO, lastChannel: "music" });
  const gone = new Promise((resolve) => second.socket.once("disconnect", resolve));
  const out = await bo.request("POST", "/logout");
  await heard(b, /^disconnected/);
  const requested = asker(second)("file:get", "x").catch(() => "no answer");
  await within("the end of the other connection", gone);
  await heard(a, /^presence.*"bo".*false/);
  const refused = await bo.refused("/");
  assertMatch(refused, /"code":"not-signed-in"/);
  a.socket.disconnect();
  return [me, out.status, b.events, second.events, await requested, refused];
}
