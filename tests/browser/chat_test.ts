/**
 * The chat in Chromium: two pages that talk, over each transport, through reloads and restarts.
 *
 * What a person finds by its name or role is found by name and role here too, so that a page that
 * cannot be used without eyes or without a mouse fails.
 */
import { assert, assertEquals } from "@std/assert";
import { type BrowserContext, chromium, type Page } from "playwright-core";
import { ExampleProcess } from "../support/example_process.ts";
import { eventually } from "../support/waiting.ts";
import { LAUNCH_OPTIONS } from "./chromium.ts";

/** A page with the words for what people do on it. */
class Visitor {
  readonly page: Page;
  readonly faults: string[] = [];

  constructor(page: Page) {
    this.page = page;
    page.setDefaultTimeout(10_000);
    page.on("pageerror", (error) => this.faults.push(error.message));
    page.on("console", (message) => {
      // A server that is away is no fault of the page; a refused script would be.
      const isFault = message.type() === "error" &&
        !/net::ERR|WebSocket connection/.test(message.text());
      if (isFault) this.faults.push(message.text());
    });
  }

  async enter(name: string, room?: string): Promise<void> {
    await this.page.getByRole("textbox", { name: "Your name" }).fill(name);
    if (room !== undefined) {
      await this.page.getByRole("textbox", { name: "Room", exact: true }).fill(room);
    }
    await this.page.getByRole("button", { name: "Join the room" }).click();
  }

  /** Waits until the page is in a room, and the server knows it. */
  async isIn(room: string): Promise<void> {
    await this.page.getByRole("heading", { name: `#${room}`, exact: true }).waitFor();
    await this.page.locator("#people-list li").first().waitFor({ state: "attached" });
    await this.has("the state", "#status", "Connected");
  }

  async say(text: string): Promise<void> {
    const field = this.page.getByRole("textbox", { name: /^Message to / });
    await field.fill(text);
    await field.press("Enter");
  }

  /** Waits for a message; gives its author as a screen reader would say it. */
  async reads(text: string): Promise<string> {
    const message = this.page.getByRole("article").filter({ hasText: text });
    await message.waitFor();
    return await message.locator(".author bdi").textContent() ?? "";
  }

  /** Waits until something has a text. */
  async has(what: string, selector: string, text: string): Promise<void> {
    const place = this.page.locator(selector);
    let found: string | null = "";
    await eventually(`${what}: ${text}`, async () => {
      found = await place.textContent();
      return found?.trim() === text || undefined;
    }, 10_000).catch((cause) => {
      throw new Error(`Expected ${what} to be ${text}, found ${found}`, { cause });
    });
  }

  texts(): Promise<readonly string[]> {
    return this.page.locator(".bubble").allTextContents();
  }

  names(): Promise<readonly string[]> {
    return this.page.locator("#people-list .person-name bdi").allTextContents();
  }

  notices(): Promise<readonly string[]> {
    return this.page.locator(".notice").allTextContents();
  }
}

/** A browser of its own and an empty folder for the messages; both are gone afterwards. */
async function withBrowser(
  use: (context: BrowserContext, data: string) => Promise<void>,
): Promise<void> {
  const profile = await Deno.makeTempDir({ prefix: "chromium" });
  const data = await Deno.makeTempDir({ prefix: "chat" });
  try {
    const context = await chromium.launchPersistentContext(profile, {
      ...LAUNCH_OPTIONS,
      viewport: { width: 1_200, height: 800 },
    });
    try {
      await use(context, data);
    } finally {
      await context.close();
    }
  } finally {
    await Deno.remove(profile, { recursive: true });
    await Deno.remove(data, { recursive: true });
  }
}

async function visit(context: BrowserContext, url: string): Promise<Visitor> {
  const visitor = new Visitor(await context.newPage());
  await visitor.page.goto(url);
  return visitor;
}

// A browser is many processes and sockets that are none of the test's own.
const unsanitized = { sanitizeOps: false, sanitizeResources: false };

for (const mode of ["polling", "websocket", "default"] as const) {
  Deno.test({
    name: `Two pages chat over ${mode}, through a reload and a restart of the server`,
    ...unsanitized,
    fn: () => withBrowser((context, data) => talk(context, data, mode)),
  });
}

async function talk(
  context: BrowserContext,
  data: string,
  mode: "polling" | "websocket" | "default",
): Promise<void> {
  const query = mode === "default" ? "" : `?transport=${mode}`;
  await using server = await ExampleProcess.start("chat", { data });
  const address = `${server.url}/${query}#tide-watch`;
  const ada = await visit(context, address);
  const bo = await visit(context, address);
  await meet(ada, bo);
  const transport = mode === "polling" ? "over long polling" : "over WebSocket";
  await ada.has("the transport", "#me-line", transport);
  await bo.has("the transport", "#me-line", transport);
  await exchange(ada, bo);
  await reload(ada, bo);

  await server.stop("SIGKILL");
  await ada.has("the state", "#status", "Reconnecting");
  await ada.say("written while away");
  await ada.page.getByText("Sending").waitFor();
  await using again = await ExampleProcess.start("chat", { data, port: server.port });
  assertEquals(again.port, server.port);
  await Promise.all([ada.isIn("tide-watch"), bo.isIn("tide-watch")]);
  assertEquals(await bo.reads("written while away"), "Ada");
  await bo.say("welcome back");
  assertEquals(await ada.reads("welcome back"), "Bo");
  assertEquals(await ada.page.locator(".mine:not([data-state=sent])").count(), 0);
  const texts = ["hello <b>Bo</b>", "hello Ada", "written while away", "welcome back"];
  assertEquals([await ada.texts(), await bo.texts()], [texts, texts]);
  assertEquals(await bo.notices(), []); // Nobody left and came: it was the server.
  assertEquals([ada.faults, bo.faults], [[], []]);
}

async function meet(ada: Visitor, bo: Visitor): Promise<void> {
  await ada.enter("Ada");
  await ada.isIn("tide-watch");
  await bo.enter("Bo");
  await bo.isIn("tide-watch");
  await ada.page.getByText("Bo joined").waitFor();
  assertEquals([await ada.names(), await bo.names()], [["Ada", "Bo"], ["Bo", "Ada"]]);
}

async function exchange(ada: Visitor, bo: Visitor): Promise<void> {
  await ada.say("hello <b>Bo</b>");
  assertEquals(await bo.reads("hello <b>Bo</b>"), "Ada");
  assertEquals(await bo.page.locator(".bubble b").count(), 0);
  await ada.has("the confirmation", ".mine .state", "Sent");
  await bo.page.getByRole("textbox", { name: "Message to tide-watch" }).pressSequentially("hello");
  await ada.has("who types", "#typing", "Bo is typing");
  await bo.say("hello Ada");
  assertEquals(await ada.reads("hello Ada"), "Bo");
  await ada.has("who types", "#typing", "");
}

async function reload(ada: Visitor, bo: Visitor): Promise<void> {
  await ada.page.reload();
  await ada.isIn("tide-watch");
  await ada.has("my name", "#me-name", "Ada");
  assertEquals(await ada.reads("hello Ada"), "Bo");
  assertEquals(await ada.reads("hello <b>Bo</b>"), "You");
  assertEquals(new URL(ada.page.url()).hash, "#tide-watch");
  assertEquals(await bo.notices(), []);
}

Deno.test({
  name: "A page finds rooms, makes rooms, and shows what is unread",
  ...unsanitized,
  fn: () =>
    withBrowser(async (context, data) => {
      await Deno.writeTextFile(`${data}/messages.jsonl`, seed(60));
      await using server = await ExampleProcess.start("chat", { data });
      const ada = await visit(context, server.url);
      await ada.enter("Ada");
      await ada.isIn("lobby");
      const bo = await visit(context, `${server.url}/#lobby`);
      await bo.enter("ada"); // The browser offers the last name; somebody has it here.
      await bo.page.getByRole("button", { name: "Join as ada 2" }).waitFor();
      await bo.enter("Bo");
      await bo.isIn("lobby");

      await ada.page.locator("#log").evaluate((log) => log.scrollTo(0, 0));
      await ada.page.getByRole("button", { name: "Newest messages" }).waitFor();
      await bo.say("news from Bo");
      await ada.page.getByRole("button", { name: "1 new message" }).waitFor();
      assertEquals(await ada.page.title(), "(1) #lobby · Godwit");
      await ada.page.getByRole("button", { name: "1 new message" }).click();
      await ada.page.getByText("New messages", { exact: true }).waitFor();
      await eventually(
        "a title without a number",
        async () => await ada.page.title() === "#lobby · Godwit" || undefined,
      );

      await bo.page.getByLabel("Find or add a room").fill("Quiet Corner");
      await bo.page.getByRole("link", { name: "Create quiet-corner" }).waitFor();
      await bo.page.keyboard.press("Enter");
      await bo.isIn("quiet-corner");
      await bo.page.getByText("#quiet-corner is quiet").waitFor();
      await ada.page.getByText("Bo left").waitFor();
      await ada.say("are you there?");
      await bo.page.getByRole("link", { name: /lobby 1 unread/ }).click();
      await bo.isIn("lobby");
      assertEquals(await bo.reads("are you there?"), "Ada");
      await bo.page.goBack();
      await bo.isIn("quiet-corner");
      assertEquals([ada.faults, bo.faults], [[], []]);
    }),
});

Deno.test({
  name: "A page works on a phone, with the keyboard, and in the dark",
  ...unsanitized,
  fn: () =>
    withBrowser(async (context, data) => {
      await using server = await ExampleProcess.start("chat", { data });
      const { page, ...ada } = await prepared(context, server.url);
      await page.setViewportSize({ width: 390, height: 844 });
      const rooms = page.getByRole("navigation", { name: "Rooms" });
      await rooms.waitFor({ state: "hidden" });
      await page.getByRole("button", { name: "Show rooms" }).press("Enter");
      await rooms.waitFor();
      assertEquals(await focused(page), "rooms-close");
      await page.keyboard.press("Escape");
      await rooms.waitFor({ state: "hidden" });
      assertEquals(await focused(page), "rooms-open");
      await page.getByRole("button", { name: /^Show people/ }).click();
      await page.getByRole("complementary", { name: "People in this room" }).waitFor();
      await page.locator("#scrim").click({ position: { x: 10, y: 400 } });

      await page.keyboard.type("typed anywhere");
      assertEquals(await page.locator("#composer-text").inputValue(), "typed anywhere");
      const wide = await page.evaluate("document.documentElement.scrollWidth");
      assertEquals(wide, 390);

      const background = (): Promise<unknown> =>
        page.evaluate("getComputedStyle(document.getElementById('room-main')).backgroundColor");
      const light = await background();
      await page.emulateMedia({ colorScheme: "dark" });
      const dark = await background();
      assert(light !== dark);
      await page.getByRole("button", { name: "Use the light theme" }).click();
      assertEquals(await background(), light);
      await page.reload();
      await page.getByRole("button", { name: "Use the dark theme" }).waitFor();
      assertEquals(await background(), light);
      assertEquals(await page.locator("#composer-text").inputValue(), "typed anywhere");
      assertEquals(ada.faults, []);
    }),
});

async function prepared(context: BrowserContext, url: string): Promise<Visitor> {
  const ada = await visit(context, url);
  await ada.enter("Ada");
  await ada.isIn("lobby");
  return ada;
}

function focused(page: Page): Promise<unknown> {
  return page.evaluate("document.activeElement.id");
}

/** Lines of a journal with so many messages. */
function seed(count: number): string {
  const author = { id: "0011223344556677", name: "Cy", color: 3 };
  return Array.from({ length: count }, (_, index) => {
    const message = { room: "lobby", author, text: `line ${index}`, at: Date.now() };
    return JSON.stringify({ ...message, id: `seed-${index}`, seq: index + 1 }) + "\n";
  }).join("");
}
