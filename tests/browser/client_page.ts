/**
 * A page of Chromium with one bundle of the client, and what its requests were answered.
 *
 * - Each page is in a context of its own: it shares no cookies with others.
 * - What the page throws by itself, beside what a scenario tells, is a fault of the test.
 */
import type { Browser, BrowserContext, Page } from "playwright-core";
import type { PageServer } from "./page_server.ts";

/** An answer to a request of the client, as the browser has read it. */
export interface SeenAnswer {
  readonly url: URL;
  readonly method: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** Which page to open. */
export interface PageChoice {
  readonly version: string;
  /** Where it comes from. */
  readonly from: PageServer;
  /** An origin that it shall seem to come from. @default that of `from` */
  readonly origin?: string;
  /** Its policy for the Referer header. */
  readonly referrer?: string;
}

export class ClientPage {
  readonly faults: string[] = [];
  #answers: SeenAnswer[] = [];
  readonly #context: BrowserContext;
  readonly #page: Page;

  private constructor(context: BrowserContext, page: Page) {
    this.#context = context;
    this.#page = page;
    page.on("pageerror", (error) => this.faults.push(error.message));
    page.on("response", (response) => {
      const url = new URL(response.url());
      if (!url.searchParams.has("EIO")) return;
      const method = response.request().method();
      this.#answers.push({ url, method, status: response.status(), headers: response.headers() });
    });
  }

  static async open(browser: Browser, choice: PageChoice): Promise<ClientPage> {
    const { version, from, origin = from.origin, referrer } = choice;
    const context = await browser.newContext();
    try {
      const page = await context.newPage();
      page.setDefaultTimeout(10_000);
      const address = `${origin}/${version}/`;
      if (origin !== from.origin) await fulfil(page, address, from);
      await page.goto(referrer === undefined ? address : `${address}?referrer=${referrer}`);
      await page.unrouteAll(); // what is routed knows no preflight requests
      return new ClientPage(context, page);
    } catch (error) {
      await context.close();
      throw error;
    }
  }

  /** Runs a scenario of `page/scenarios.js`, without cookies of earlier ones. */
  async play(name: string, plan: unknown): Promise<unknown> {
    this.#answers = [];
    await this.#context.clearCookies();
    return await this.#page.evaluate(`play(${JSON.stringify(name)}, ${JSON.stringify(plan)})`);
  }

  /** What the requests of the latest scenario were answered so far. */
  get answers(): readonly SeenAnswer[] {
    return this.#answers;
  }

  async close(): Promise<void> {
    await this.#context.close();
  }
}

/** Has the pages of another origin come from a page server. */
async function fulfil(page: Page, address: string, from: PageServer): Promise<void> {
  await page.route(`${address}**`, async (route) => {
    const { status, headers, body } = await from.answer(route.request().url()).then(read);
    await route.fulfill({ status, headers, body });
  });
}

async function read(response: Response): Promise<
  { readonly status: number; readonly headers: Record<string, string>; readonly body: string }
> {
  const headers = Object.fromEntries(response.headers);
  return { status: response.status, headers, body: await response.text() };
}
