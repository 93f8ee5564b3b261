/**
 * The clients of the matrix, as data: what each can do, and in which words it tells of ends.
 *
 * - What a client cannot do at all, by its own API, stands under `cannot` with the reason: scenarios
 *   that need it are left out, visibly. A bug of a client does not belong here, but shows in the
 *   control too, and is excused there.
 * - `GODWIT_CLIENTS=python,javascript-2.5.0` chooses by key, or by the key's first word.
 */

/** What is between client and server. */
export type Transport = "polling" | "websocket" | "upgrade";

export const TRANSPORTS: readonly Transport[] = ["polling", "websocket", "upgrade"];

/** What a program is written in, and with it how it is built: see languages.ts. */
export type LanguageName = "javascript" | "python" | "go" | "rust" | "java";

/** What a scenario may need of a client. */
export type Ability =
  | "nested binary"
  | "binary answers"
  | "many answers"
  | "credentials of namespaces"
  | "several namespaces"
  | "order"
  | "answers to the server"
  | "reconnection"
  | "disconnections";

/** In which words it is told why a client is not connected any more; some clients give no reason. */
export interface Reasons {
  /** The server has disconnected the socket. */
  readonly server: string | undefined;
  /** The server has closed the connection: what it is told first decides. */
  readonly serverClose: readonly (string | undefined)[];
  /** The socket was disconnected by the program. */
  readonly client: string | undefined;
  /** What the server is left to say of that: some go without waiting for their last packet. */
  readonly clientAtServer: readonly string[];
  /** Nothing was heard of the server for too long. */
  readonly silence: readonly string[];
}

export interface Client {
  /** The name to choose it by. */
  readonly key: string;
  /** The library, and the variant where there are several. */
  readonly title: string;
  readonly language: LanguageName;
  /** What the program of the language is told. */
  readonly args: readonly string[];
  /** The revision of the Engine.IO protocol that it speaks. */
  readonly revision: 3 | 4;
  /** Whether namespaces can be joined later, or have to be named when it connects. */
  readonly joins: "later" | "at once";
  readonly reasons: Reasons;
  /** Scenarios that its program plays at a time, where it cannot keep up with all. @default all */
  readonly atOnce?: number;
  readonly cannot: Readonly<Partial<Record<Ability, string>>>;
  /** A fault that it has by chance, on socket.io as well: what fails is played once more. */
  readonly unsteady?: Unsteadiness;
}

/** A fault that shows by chance, so that the control of the same run need not have it. */
export interface Unsteadiness {
  readonly transports: readonly Transport[];
  /** In which failures it shows. */
  readonly shows: RegExp;
  /** What it is, how often it was seen, and that socket.io sees it too. */
  readonly reason: string;
}

const JAVASCRIPT_REASONS: Reasons = {
  server: "io server disconnect",
  serverClose: ["io server disconnect"],
  client: "io client disconnect",
  clientAtServer: ["client namespace disconnect"],
  silence: ["ping timeout"],
};

const PYTHON_REASONS: Reasons = {
  server: "server disconnect",
  serverClose: ["server disconnect", "transport error"],
  client: "client disconnect",
  clientAtServer: ["client namespace disconnect", "transport close"],
  silence: ["transport error"],
};

const GO_REASONS: Reasons = {
  ...JAVASCRIPT_REASONS,
  serverClose: ["io server disconnect", "transport close"],
  clientAtServer: ["client namespace disconnect", "transport close"],
};

const RUST_REASONS: Reasons = {
  server: undefined,
  serverClose: [undefined],
  client: undefined,
  clientAtServer: ["client namespace disconnect"],
  silence: ["EngineIO Error"],
};

/** All clients, in the order of the table. */
export const CLIENTS: readonly Client[] = [
  javascript("1.3.7", {
    "credentials of namespaces": "sends a query with the connection only",
  }),
  ...["1.7.4", "2.0.3", "2.5.0", "3.1.3", "4.0.0", "4.8.4"].map((it) => javascript(it)),
  python("sync"),
  python("asyncio"),
  {
    key: "go",
    title: "zishang520/socket.io (Go)",
    language: "go",
    args: [],
    revision: 4,
    joins: "later",
    reasons: GO_REASONS,
    cannot: {},
    unsteady: {
      transports: ["websocket", "upgrade"],
      // The client waits for what does not come, or the server tells of the end that it made.
      shows: /^Waited \d+ ms in vain|^the reason at the server: found "forced (server )?close"/,
      reason: "about one connection in 2,000 is ended by either server, for a packet out of place",
    },
  },
  {
    key: "rust",
    title: "rust_socketio",
    language: "rust",
    args: [],
    revision: 4,
    joins: "later",
    reasons: RUST_REASONS,
    // Each of its sockets spins for ever once it has lost its connection.
    atOnce: 3,
    cannot: {
      "nested binary": "an event has either bytes or other arguments",
      "binary answers": "an event that wants an answer has no bytes",
      "many answers": "tells answers apart by random numbers up to 999",
      "answers to the server": "listeners are not told that an event wants an answer",
      "several namespaces": "a connection has one",
    },
  },
  java("1.0.2"),
  java("2.1.2"),
];

/** The clients asked for, in the order of the table. */
export function chosenClients(
  asked: string | undefined = Deno.env.get("GODWIT_CLIENTS"),
): readonly Client[] {
  const names = asked?.split(",").map((name) => name.trim());
  const isOf = (key: string) => (name: string): boolean =>
    key === name || key.startsWith(`${name}-`);
  const unknown = names?.filter((name) => !CLIENTS.some(({ key }) => isOf(key)(name))) ?? [];
  if (unknown.length > 0) throw new TypeError(`Cannot find client: ${unknown.join(", ")}`);
  return CLIENTS.filter(({ key }) => names?.some(isOf(key)) ?? true);
}

function javascript(version: string, cannot: Client["cannot"] = {}): Client {
  return {
    key: `javascript-${version}`,
    title: `socket.io-client ${version}`,
    language: "javascript",
    args: [`v${version}`],
    revision: Number.parseInt(version) < 3 ? 3 : 4,
    joins: "later",
    reasons: JAVASCRIPT_REASONS,
    cannot,
  };
}

function python(mode: "sync" | "asyncio"): Client {
  return {
    key: `python-${mode}`,
    title: `python-socketio, ${mode}`,
    language: "python",
    args: [mode],
    revision: 4,
    joins: "at once",
    reasons: PYTHON_REASONS,
    cannot: mode === "sync" ? { order: "hands each message to a thread of its own" } : {},
  };
}

function java(version: string): Client {
  return {
    key: `java-${version}`,
    title: `socket.io-client-java ${version}`,
    language: "java",
    args: [version],
    revision: Number.parseInt(version) < 2 ? 3 : 4,
    joins: "later",
    reasons: JAVASCRIPT_REASONS,
    cannot: {},
  };
}
