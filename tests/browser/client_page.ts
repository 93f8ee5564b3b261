/**
 * A page of Chromium with one bundle of the client, and what its requests were answered.
 *
 * - Each page is in a context of its own: it shares no cookies with others.
 * - What the page throws by itself, beside what a scenario tells, is a fault of the test.
 */
import type { Browser, BrowserContext, Page } from "playwright-core";
import { type PageServer, SCRIPTS } from "./page_server.ts";

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
  /** Where its scripts come from, and the page itself. */
  readonly from: PageServer;
  /** Where the page comes from instead: whatever is answered there. */
  readonly origin?: string;
  /** Its policy for the Referer header. */
  readonly referrer?: string;
}

export class ClientPage {
  readonly faults: string[] = [];
  #answers: SeenAnswer[] = [];
  #isClean = true;
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
    const { version, from, origin, referrer } = choice;
    const address = `${from.origin}/${version}/`;
    const context = await browser.newContext();
    try {
      const page = await context.newPage();
      page.setDefaultTimeout(10_000);
      if (origin === undefined) {
        await page.goto(referrer === undefined ? address : `${address}?referrer=${referrer}`);
      } else {
        await page.goto(origin);
        for (const name of SCRIPTS) await page.addScriptTag({ url: address + name });
      }
      return new ClientPage(context, page);
    } catch (error) {
      await context.close();
      throw error;
    }
  }

  /** Runs a scenario of `page/scenarios.js`, without cookies of earlier ones. */
  async play(name: string, plan: unknown): Promise<unknown> {
    this.#answers = [];
    this.#isClean = false;
    await this.#context.clearCookies();
    const seen = await this.#page.evaluate(
      `play(${JSON.stringify(name)}, ${JSON.stringify(plan)})`,
    );
    this.#isClean = true;
    return seen;
  }

  /** Whether every scenario so far came to its end, so that none disturbs the next one. */
  get isClean(): boolean {
    return this.#isClean;
  }

  /** What the requests of the latest scenario were answered so far. */
  get answers(): readonly SeenAnswer[] {
    return this.#answers;
  }

  async close(): Promise<void> {
    await this.#context.close();
  }
}
