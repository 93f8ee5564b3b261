/**
 * The source of an application with typed events, as large as asked for: what the compiler is given
 * to check.
 *
 * Owns the text only. It imports from `socket.io` alone, so that the same text is checked against
 * the declarations of any package that stands in for it.
 *
 * Invariants
 * - The same number of events gives the same text.
 * - It compiles without an error; nothing of it is meant to run.
 * - Half of the events come from clients and half go to them; of each half a quarter carries an
 *   acknowledgement. Each one is used, in handlers, broadcasts and awaited calls.
 */

/** The namespaces, and how many tenths of all events are theirs. */
const NAMESPACES = { Main: 6, Chat: 1, Admin: 1, Game: 1, Files: 1 } as const;

/** Events that one file of handlers takes care of, in each direction. */
const EVENTS_PER_FILE = 10;

/** Both directions, in tenths. */
const EVENTS_STEP = 2 * 10 * EVENTS_PER_FILE;

/** A namespace, and the number of its events in each direction. */
interface Space {
  readonly name: string;
  readonly own: number;
}

/**
 * The files of the application, by name.
 *
 * @param events the number of all events, a multiple of 200
 * @throws {RangeError} when it is not
 */
export function applicationFiles(events: number): ReadonlyMap<string, string> {
  if (!Number.isInteger(events / EVENTS_STEP) || events <= 0) {
    throw new RangeError(
      `Cannot write application: events must be a multiple of ${EVENTS_STEP}, found ${events}`,
    );
  }
  const files = new Map<string, string>();
  const spaces = Object.entries(NAMESPACES).map(([name, tenths]) => {
    return { name, own: (events / 2) * (tenths / 10) };
  });
  for (const { name, own } of spaces) {
    files.set(`${name.toLowerCase()}/events.ts`, eventMaps(name, own));
    files.set(`${name.toLowerCase()}/helpers.ts`, helpers(name));
    for (const first of firstsOf(own)) {
      files.set(`${name.toLowerCase()}/handlers_${first}.ts`, handlers(name, first));
    }
  }
  return files.set("main.ts", main(spaces));
}

/** The least program that uses the package. */
export function importOnlyFiles(): ReadonlyMap<string, string> {
  return new Map([["main.ts", `import { Server } from "socket.io";\n\nnew Server().close();\n`]]);
}

/** A program without the package. */
export function emptyFiles(): ReadonlyMap<string, string> {
  return new Map([["main.ts", "export {};\n"]]);
}

function carriesAck(index: number): boolean {
  return index % 4 === 3;
}

function range(first: number, length: number): readonly number[] {
  return Array.from({ length }, (_, offset) => first + offset);
}

/** What one event carries: five shapes in turn. */
function argumentsOf(space: string, index: number): string {
  const shapes = [
    "",
    "text: string",
    `payload: ${space}Payload${index}`,
    "id: number, tags: readonly string[], when?: Date",
    "name: string, data: Uint8Array",
  ];
  return shapes[index % shapes.length] ?? "";
}

/** Values for it. */
function valuesOf(index: number): string {
  const text = JSON.stringify(`value ${index}`);
  const payload = `{ id: ${index}, name: ${text}, at: { x: 1, y: 2 }, list: [${text}] }`;
  const shapes = ["", text, payload, `${index}, [${text}]`, `${text}, new Uint8Array(4)`];
  return shapes[index % shapes.length] ?? "";
}

function joined(...parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join(", ");
}

function eventMaps(space: string, own: number): string {
  const indices = range(0, own);
  const payloads = indices.map((index) =>
    `export interface ${space}Payload${index} {
  readonly id: number;
  readonly name: string;
  readonly at: { readonly x: number; readonly y: number };
  readonly list: readonly string[];
}`
  );
  const entries = (direction: string): string =>
    indices.map((index) => {
      const ack = carriesAck(index) ? `done: (answer: ${space}Payload${index}) => void` : "";
      const args = joined(argumentsOf(space, index), ack);
      // A required argument may not follow an optional one.
      return `  ${direction}${index}: (${ack === "" ? args : args.replace("?:", ":")}) => void;`;
    }).join("\n");
  return `import type { Namespace, Server, Socket } from "socket.io";

${payloads.join("\n\n")}

export interface ${space}In {
${entries("in")}
}

export interface ${space}Out {
  message: (text: string) => void;
${entries("out")}
}

export interface ${space}Between {
  refresh: (room: string) => void;
  count: (room: string, done: (count: number) => void) => void;
}

export interface ${space}Data {
  user: { id: string; roles: string[] };
  since: number;
}

export type ${space}Socket = Socket<${space}In, ${space}Out, ${space}Between, ${space}Data>;
export type ${space}Server = Server<${space}In, ${space}Out, ${space}Between, ${space}Data>;
export type ${space}Namespace = Namespace<${space}In, ${space}Out, ${space}Between, ${space}Data>;
`;
}

/** Generic functions over the events of a namespace. */
function helpers(space: string): string {
  return `import type { ${space}In, ${space}Namespace, ${space}Out, ${space}Socket } from "./events.ts";

export function tellRoom<Ev extends keyof ${space}Out>(
  namespace: ${space}Namespace,
  room: string,
  message: readonly [ev: Ev, ...args: Parameters<${space}Out[Ev]>],
): void {
  namespace.sockets.forEach((socket) => {
    if (socket.rooms.has(room)) socket.emit<Ev>(...message);
  });
}

export function handle<Ev extends keyof ${space}In>(
  socket: ${space}Socket,
  ev: Ev,
  listener: ${space}In[Ev],
): () => void {
  const untyped: (...args: never[]) => void = listener;
  return () => void [socket.eventNames().includes(ev), untyped.length];
}

export async function describeRoom(namespace: ${space}Namespace, room: string): Promise<string[]> {
  const sockets = await namespace.in(room).fetchSockets();
  return sockets.map(({ id, data, rooms }) => \`\${id} \${data.user.id} \${rooms.size}\`);
}

export async function countEverywhere(namespace: ${space}Namespace, room: string): Promise<number> {
  const counts = await namespace.serverSideEmitWithAck("count", room);
  namespace.serverSideEmit("refresh", room);
  return counts.reduce((sum, count) => sum + count, 0);
}
`;
}

function handlers(space: string, first: number): string {
  const indices = range(first, EVENTS_PER_FILE);
  return `import type { ${space}Namespace, ${space}Socket } from "./events.ts";
import { countEverywhere, describeRoom, handle, tellRoom } from "./helpers.ts";

export function register${first}(namespace: ${space}Namespace, socket: ${space}Socket): void {
${indices.map((index) => listener(index)).join("\n")}
}

export async function send${first}(namespace: ${space}Namespace, socket: ${space}Socket): Promise<void> {
${indices.map((index) => sender(index)).join("\n")}
  await countEverywhere(namespace, String(await describeRoom(namespace, "room")));
}
`;
}

/** A listener, which answers where an answer is wanted, and tells others. */
function listener(index: number): string {
  const shapes = ["", "text", "payload", "id, tags", "name, data"];
  const names = joined(shapes[index % shapes.length] ?? "", "");
  if (!carriesAck(index)) {
    return `  socket.on("in${index}", (${names}) => {
    socket.data.since += ${names === "" ? "1" : "String([" + names + "]).length"};
    socket.to("room").emit("message", \`\${socket.id} ${index}\`);
  });
  handle(socket, "in${index}", () => {});`;
  }
  const answer = `{ id: ${index}, name: socket.data.user.id, at: { x: 1, y: 2 }, list: [] }`;
  const all = index % shapes.length === 3 ? "id, tags, when" : names;
  return `  socket.on("in${index}", async (${joined(all, "done")}) => {
    await socket.join(\`room \${String([${all}]).length}\`);
    done(${answer});
  });
  handle(socket, "in${index}", () => {});`;
}

/** Everything that can be done with an event towards clients. */
function sender(index: number): string {
  const ev = `"out${index}"`;
  if (!carriesAck(index)) {
    const args = joined(ev, valuesOf(index));
    return `  socket.emit(${args});
  socket.broadcast.emit(${args});
  namespace.to("room").except(socket.id).emit(${args});
  namespace.emit(${args});
  tellRoom(namespace, "room", [${args}]);`;
  }
  const withDate = index % 5 === 3 ? `${valuesOf(index)}, new Date()` : valuesOf(index);
  const args = joined(ev, withDate);
  return `  socket.emit(${args}, (answer) => answer.at.x.toFixed());
  socket.timeout(100).emit(${args}, (err, answer) => [err.message, answer.list.length]);
  namespace.timeout(100).to("room").emit(${args}, (err, answers) => [err.message, answers[0]?.id]);
  const one${index} = await socket.timeout(100).emitWithAck(${args});
  const all${index} = await namespace.in("room").timeout(100).emitWithAck(${args});
  socket.data.since = one${index}.id + all${index}.map((answer) => answer.id).length;`;
}

/** The first event of each file of handlers. */
function firstsOf(own: number): readonly number[] {
  return range(0, own / EVENTS_PER_FILE).map((file) => file * EVENTS_PER_FILE);
}

/** The server, its middlewares, and its namespaces. */
function main(spaces: readonly Space[]): string {
  return `import { type Namespace, Server } from "socket.io";
${spaces.map(importsOf).join("\n")}

export function start(): void {
${spaces.map(serve).join("\n\n")}
}
`;
}

function importsOf({ name, own }: Space): string {
  const folder = name.toLowerCase();
  const functions = firstsOf(own).map((first) =>
    `import * as ${folder}${first} from "./${folder}/handlers_${first}.ts";`
  );
  return `import type { ${genericsOf(name)} } from "./${folder}/events.ts";\n${
    functions.join("\n")
  }`;
}

function genericsOf(name: string): string {
  return `${name}In, ${name}Out, ${name}Between, ${name}Data`;
}

function serve({ name, own }: Space): string {
  const space = name.toLowerCase();
  const calls = firstsOf(own).map((first) =>
    `    ${space}${first}.register${first}(${space}, socket);
    await ${space}${first}.send${first}(${space}, socket);`
  );
  return `  const ${space}Server = new Server<${genericsOf(name)}>({
    cors: { origin: "https://app.example" },
  });
  const ${space}: Namespace<${genericsOf(name)}> = ${space}Server.of("/${space}");
  ${space}.use((socket, next) => {
    socket.data.user = { id: String(socket.handshake.auth.user), roles: [] };
    next(socket.data.user.id === "" ? new Error("who are you") : undefined);
  });
  ${space}.on("connection", async (socket) => {
${calls.join("\n")}
    socket.on("disconnect", (reason) => socket.data.user.roles.push(reason));
  });
  ${space}.on("count", (room, done) => done(${space}.adapter.rooms.get(room)?.size ?? 0));`;
}
