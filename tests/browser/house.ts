/**
 * What the tests of bundles share: Chromium, pages of two origins, and servers on every runtime.
 *
 * - It is opened when the first test asks for it, and ended after the last one, whatever happened.
 * - A page is opened once, and again when a scenario has failed in it.
 * - The servers run the application of the contract (`tests/runtime/app.ts`). The published server is
 *   none of them: most bundles of 1.x cannot poll it from a browser.
 */
import type { Browser } from "playwright-core";
import { chosenTargets, SharedServers, type Target } from "../runtime/targets.ts";
import type { ServerProcess } from "../support/server_process.ts";
import { readBundles } from "./bundles.ts";
import { startChromium } from "./chromium.ts";
import { ClientPage } from "./client_page.ts";
import { PageServer } from "./page_server.ts";

type Options = Readonly<Record<string, unknown>>;

/** Where a page comes from; `own` is the origin of the server that it talks to. */
export type Origin = "friend" | "stranger" | "own";

/** A page, and the server that it is to talk to. */
export interface PlaceChoice {
  readonly version: string;
  readonly origin: Origin;
  readonly server: ServerProcess;
  /** The page's policy for the Referer header. */
  readonly referrer?: string;
}

/** The servers of a suite by name, for pages of this origin. */
export type OptionsFor<Name extends string> = (friend: string) => Readonly<Record<Name, Options>>;

/** The servers that bundles are tried with: all but the published one. */
export const SERVER_TARGETS: readonly Target[] = chosenTargets().filter(({ name }) => {
  return name !== "reference";
});

interface Inhabitants<Name extends string> {
  readonly browser: Browser;
  readonly friend: PageServer;
  readonly stranger: PageServer;
  readonly servers: ReadonlyMap<string, SharedServers<Name>>;
}

export class House<Name extends string> {
  readonly #optionsFor: OptionsFor<Name>;
  readonly #ending = new AsyncDisposableStack();
  readonly #pages = new Map<string, ClientPage>();
  #opening: Promise<Inhabitants<Name>> | undefined;

  constructor(optionsFor: OptionsFor<Name>) {
    this.#optionsFor = optionsFor;
  }

  /** The running server of a target. */
  async server({ name: target }: Target, name: Name): Promise<ServerProcess> {
    const { servers } = await this.#open();
    const ofTarget = servers.get(target);
    if (ofTarget === undefined) throw new TypeError(`Cannot find servers of ${target}`);
    return await ofTarget.get(name);
  }

  /** A page with a bundle; the same one for the same choice. Not for calls at the same time. */
  async page({ version, origin, server, referrer }: PlaceChoice): Promise<ClientPage> {
    const { browser, friend, stranger } = await this.#open();
    const choice = {
      version,
      from: origin === "stranger" ? stranger : friend,
      ...(origin === "own" ? { origin: server.url } : {}),
      ...(referrer === undefined ? {} : { referrer }),
    };
    const key = [version, choice.origin ?? choice.from.origin, referrer].join(" ");
    const known = this.#pages.get(key);
    if (known?.isClean) return known;
    await known?.close();
    const page = await ClientPage.open(browser, choice);
    this.#pages.set(key, page);
    return page;
  }

  /** The origin of a page. */
  async originOf(origin: Origin, server: ServerProcess): Promise<string> {
    return origin === "own" ? server.url : (await this.#open())[origin].origin;
  }

  async close(): Promise<void> {
    await this.#ending.disposeAsync();
  }

  #open(): Promise<Inhabitants<Name>> {
    return this.#opening ??= this.#fill();
  }

  async #fill(): Promise<Inhabitants<Name>> {
    const bundles = await readBundles();
    const friend = this.#ending.use(new PageServer(bundles));
    const stranger = this.#ending.use(new PageServer(bundles));
    const browser = this.#ending.adopt(await startChromium(), (it) => it.close());
    const options = this.#optionsFor(friend.origin);
    const servers = new Map(SERVER_TARGETS.map((target) => {
      const shared = new SharedServers(target, options);
      this.#ending.defer(() => shared.stop());
      return [target.name, shared] as const;
    }));
    return { browser, friend, stranger, servers };
  }
}
