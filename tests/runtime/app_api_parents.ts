/**
 * Scenarios of parent namespaces. Each makes parents for names that begin with a text of its case.
 */
import type { Namespace } from "socket.io";
import type { Scenarios, Scene } from "./app_api.ts";

/** What decides whether a name belongs to a parent. */
type Decide = (error: Error | null, allow: boolean) => void;
type Matcher = (name: string, auth: Readonly<Record<string, unknown>>, next: Decide) => void;

export const PARENT_SCENARIOS: Scenarios = {
  /** Makes a parent with handlers; later calls find it by its prefix. */
  "make parent"(scene, prefix: string): unknown {
    const parent = scene.io.of(new RegExp(`^${prefix}`));
    PARENTS.set(prefix, parent);
    parent.use((socket, next) => {
      socket.data = { guarded: true };
      next();
    });
    parent.on("connection", (socket) => {
      scene.noted.push(["connection", socket.nsp.name.slice(prefix.length), socket.data]);
      socket.on("join", (room: string, done: () => void) => {
        socket.join(room);
        done();
      });
      socket.on("who", (done: (id: string) => void) => done(socket.nsp.name));
    });
    parent.on("connect", () => void scene.noted.push("connect"));
    return { name: parent.name, sockets: parent.sockets.size };
  },

  /** Adds to a parent what children that are there do not get any more. */
  "add to parent"(scene, prefix: string): void {
    const parent = kept(prefix);
    parent.use((_socket, next) => {
      scene.noted.push("late middleware");
      next();
    });
    parent.on("connection", () => void scene.noted.push("late listener"));
  },

  /** Tells all children in all ways. */
  "tell children"(_scene, prefix: string): unknown {
    const parent = kept(prefix);
    const given = [parent.emit("news", "emit"), parent.send("message") === parent];
    parent.write("message, written");
    parent.to("one").emit("news", "to");
    parent.in("one").emit("news", "in");
    parent.except("one").emit("news", "except");
    parent.to(["one", "two"]).except("two").emit("news", "to, except");
    parent.local.compress(true).emit("news", "local");
    parent.emit("news", { part: Uint8Array.of(1) });
    parent.emit("last news");
    return given;
  },

  "tell children volatilely"(_scene, prefix: string): unknown {
    return kept(prefix).volatile.emit("news", "parent");
  },

  /** Asks all children at once. */
  async "ask children"(_scene, prefix: string): Promise<unknown> {
    const answers: string[] = await kept(prefix).timeout(5_000).emitWithAck("question");
    return answers.toSorted();
  },

  /** Moves and disconnects the sockets of all children. */
  "move in children"(scene, prefix: string): unknown {
    const parent = kept(prefix);
    const names = [...childrenOf(scene, prefix)];
    const rooms = (): unknown => {
      return names.map(({ sockets }) => [...sockets.values()].map((s) => s.rooms.has("moved")));
    };
    parent.socketsJoin("moved");
    const joined = rooms();
    parent.socketsLeave("moved");
    const left = rooms();
    parent.disconnectSockets();
    return { joined, left, sockets: names.map(({ sockets }) => sockets.size) };
  },

  /** Sockets of children cannot be fetched by their parent. */
  async "fetch from parent"(_scene, prefix: string): Promise<unknown> {
    try {
      await kept(prefix).fetchSockets();
      return "none";
    } catch (error) {
      return (error as Error).message;
    }
  },

  /** A namespace that the program itself names, which belongs to the parent. */
  "name a child"(scene, name: string): unknown {
    const told: string[] = [];
    const tell = (nsp: Namespace): void => void told.push(nsp.name);
    scene.io.on("new_namespace", tell);
    const nsp = scene.io.of(name);
    scene.io.off("new_namespace", tell);
    return { name: nsp.name, again: scene.io.of(name) === nsp, told };
  },

  /** Several parents of the same names, of which the first that agrees takes a name. */
  "make parents in a row"({ io, noted }, prefix: string): void {
    const named = (title: string, decide: Matcher): void => {
      const asked: Matcher = (name, auth, next) => {
        if (!name.startsWith(prefix)) return next(null, false);
        noted.push(`ask ${title}`);
        decide(name, auth, next);
      };
      io.of(asked).on("connection", () => void noted.push(`child of ${title}`));
    };
    named("refusing", (_name, _auth, next) => next(null, false));
    named("failing", (_name, _auth, next) => next(new Error("lookup failed"), true));
    named("slow", (_name, { pass }, next) => void setTimeout(() => next(null, pass === 1), 5));
    named("last", (_name, { pass }, next) => next(null, pass === 2));
    named("never asked", (_name, { pass }, next) => next(null, pass === 2));
  },

  /** What is known of a namespace when it is told of. */
  "look at new children"({ io, noted }, prefix: string): void {
    const parent = io.of(new RegExp(`^${prefix}`));
    parent.on("connection", () => void noted.push("connection"));
    io.on("new_namespace", (nsp) => {
      if (!nsp.name.startsWith(prefix)) return;
      noted.push([
        "new",
        nsp.listenerCount("connection"),
        nsp.sockets.size,
        io.of(nsp.name) === nsp,
      ]);
      nsp.use((_socket, next) => {
        noted.push("middleware of new_namespace");
        next();
      });
    });
  },

  /** Makes a parent whose children refuse clients without a pass. */
  "make guarded parent"({ io }, prefix: string): void {
    io.of(new RegExp(`^${prefix}`)).use((socket, next) => {
      next(socket.handshake.auth["pass"] ? undefined : new Error("no pass"));
    });
  },

  /** Disconnects the first socket of a namespace; says how many are left. */
  "end a socket of"({ io }, name: string): unknown {
    const nsp = io.of(name);
    const [socket] = nsp.sockets.values();
    socket?.disconnect();
    return nsp.sockets.size;
  },

  /** Keeps a child, to be compared with that of the same name later; says whether it is the same. */
  "same child as before"(scene, name: string): unknown {
    const known = PARENTS.get(name);
    const nsp = scene.io.of(name);
    PARENTS.set(name, nsp);
    return known === undefined ? "first" : known === nsp;
  },
};

/** What scenarios made that later scenarios use. */
const PARENTS = new Map<string, Namespace>();

function kept(prefix: string): Namespace {
  const parent = PARENTS.get(prefix);
  if (!parent) throw new Error(`no parent ${prefix}`);
  return parent;
}

/** The children of a parent that have sockets, in the order in which they were named. */
function childrenOf({ io }: Scene, prefix: string): readonly Namespace[] {
  return ["a", "b"].map((name) => io.of(prefix + name));
}
