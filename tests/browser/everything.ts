/**
 * What the scenario `everything` of a page tells, and what it has to.
 *
 * - What is expected follows from the traits of the bundle and from the way; nothing else differs.
 * - Ids are compared with one another, and then left out.
 */
import { assertEquals } from "@std/assert";
import type { Bundle, Way } from "./bundles.ts";

/** Texts that are sent together: what JSONP, forms and scripts could spoil. */
const TEXTS: readonly string[] = [
  "é€😀",
  "Ã©",
  "\n",
  "\r\n",
  "\\n",
  "\\\\n\\\n",
  "\u2028\u2029",
  `"'</script>&+%C3%A9=;`,
  "",
];

/** Texts that are sent one by one. */
const ALONE: readonly string[] = ["Ã©", "é", "€\n", "😀\\n"];

/** What a page needs to know. */
export interface Plan {
  readonly url: string;
  readonly way: Way;
  readonly bundle: Bundle;
  /** Names by which the server tells its two connections apart. */
  readonly tags: { readonly first: string; readonly second: string };
  /** Options of the client beside the way. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly texts: readonly string[];
  readonly alone: readonly string[];
  /** A namespace whose name is no ASCII. */
  readonly named: string | undefined;
}

interface State {
  readonly id: string;
  readonly transport: string;
  readonly protocol: number;
}

interface Namespaces {
  readonly id: string;
  readonly state: State;
  readonly [other: string]: unknown;
}

interface Second {
  readonly cookie: string | null;
  readonly [other: string]: unknown;
}

/** What a page tells. */
export interface Everything {
  readonly engineId: string;
  readonly id: string;
  readonly state: State;
  readonly namespaces: Namespaces;
  readonly second: Second;
  readonly [other: string]: unknown;
}

/** What a page is to do with a bundle. */
export function planOf(bundle: Bundle, way: Way, url: string): Plan {
  const name = `${bundle.version} ${way} ${crypto.randomUUID().slice(0, 8)}`;
  return {
    url,
    way,
    bundle,
    tags: { first: `${name} first`, second: `${name} second` },
    options: bundle.revision === 4 ? { withCredentials: true } : {}, // older ones always send them
    texts: TEXTS,
    alone: ALONE,
    named: spoilsNames(bundle, way) ? undefined : "/ünï",
  };
}

/** Holds if a page saw what it has to. */
export function assertEverything({ bundle, way }: Plan, seen: Everything): void {
  assertIds(bundle, seen);
  const { engineId: _, id: __, ...rest } = seen;
  const { id: ___, ...namespaces } = rest.namespaces;
  const { cookie: ____, ...second } = rest.second;
  const comparable = {
    ...rest,
    state: withoutId(rest.state),
    namespaces: { ...namespaces, state: withoutId(rest.namespaces.state) },
    second,
  };
  assertEquals(comparable, expected(bundle, way));
}

/** Client and server agree on ids, as far as clients can. */
function assertIds(bundle: Bundle, { engineId, id, state, namespaces }: Everything): void {
  assertEquals(id, state.id);
  const inNamespace = namespaces.state.id;
  if (bundle.revision === 4) return assertEquals(namespaces.id, inNamespace);
  assertEquals(id, engineId);
  assertEquals(inNamespace, `${namespaceOf(bundle)}#${engineId}`);
  assertEquals(namespaces.id, bundle.idPrefix === "nothing" ? engineId : inNamespace);
}

function withoutId(state: State): Pick<State, "transport" | "protocol"> {
  return { transport: state.transport, protocol: state.protocol };
}

function expected(bundle: Bundle, way: Way): unknown {
  const transport = way === "polling" || way === "jsonp" ? "polling" : "websocket";
  const state = { transport, protocol: bundle.revision };
  return {
    state,
    texts: {
      arrived: TEXTS.map(units),
      back: TEXTS,
      alone: ALONE.map((text) => received(text, bundle, way))
        .map((text) => ({ arrived: units(text), back: [text] })),
    },
    ...expectedBinary(),
    burst: [...Array(20).keys()].map((index) => `${index % 10} é€`),
    namespaces: {
      state,
      auth: bundle.credentials === "none" ? {} : { token: "secret" },
      back: ["in there"],
      refused: refusal(bundle, "Invalid namespace"),
      ...(spoilsNames(bundle, way) ? {} : { named: ["in"] }),
    },
    ends: { reasons: ["io server disconnect", "io server disconnect"], back: ["still here"] },
    second: {
      refused: bundle.credentials === "none"
        ? "no token"
        : refusal(bundle, "wrong token", { code: 42, hint: ["ask", "again"] }),
      reason: "io client disconnect",
    },
  };
}

function expectedBinary(): Readonly<Record<string, unknown>> {
  const all = [...Array(256).keys()];
  const text = "é€😀\n\\n";
  const value = (binary: string, shownText: unknown): unknown => ({
    list: [{ [binary]: all }, { deep: { [binary]: [10, 13, 10] } }],
    text: shownText,
    empty: { [binary]: [] },
  });
  return {
    binary: {
      arrived: value("bytes", units(text)),
      blob: { bytes: all.slice(250) },
      back: [value("buffer", text), "and text"],
    },
    question: {
      heard: ["why\\n?\u2028", { bytes: { buffer: [255, 0] } }],
      answer: ["é\n", { bytes: { buffer: [1, 2, 3] } }],
    },
  };
}

/** What a client is told that a middleware refuses. */
function refusal({ revision }: Bundle, message: string, data: unknown = null): unknown {
  return revision === 4 ? { message, data } : data ?? message;
}

/**
 * A text that came alone, as a server takes it: the documented limit of clients of 2.x, which nothing
 * tells from those of 1.x when they poll.
 */
function received(text: string, { version }: Bundle, way: Way): string {
  const isPolling = way === "polling" || way === "jsonp";
  return text === "Ã©" && version.startsWith("2.") && isPolling ? "é" : text;
}

/** Whether names of namespaces arrive spoilt: the documented limit of clients of 1.x. */
function spoilsNames({ version }: Bundle, way: Way): boolean {
  return version.startsWith("1.") && way === "jsonp";
}

function namespaceOf({ credentials }: Bundle): string {
  return credentials === "none" ? "/orders" : "/guarded";
}

function units(text: string): unknown {
  return { units: Array.from(text, (character) => character.codePointAt(0)) };
}
