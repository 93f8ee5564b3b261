/**
 * Scenarios of many sockets at once, and of sockets that were fetched.
 */
import type { Namespace } from "socket.io";
import type { Scenarios } from "./app_api.ts";

/** What can select sockets: the server, a namespace, an operator. */
type Selector = Pick<
  Namespace,
  "allSockets" | "disconnectSockets" | "fetchSockets" | "socketsJoin" | "socketsLeave"
>;

export const BULK_SCENARIOS: Scenarios = {
  /** Puts the sockets of the namespace into rooms, by their place. */
  "seat"({ socket, others }, rooms: readonly string[][]): void {
    for (const [place, each] of [socket, ...others].entries()) each.join(rooms[place] ?? []);
  },

  /** The places of the sockets that each selection fetches. */
  async "fetch in all ways"({ nsp, socket, others }): Promise<unknown> {
    const places = [socket, ...others].map(({ id }) => id);
    const fetch = async (selector: Selector): Promise<string> => {
      const fetched = await selector.fetchSockets();
      return fetched.map(({ id }) => places.indexOf(id)).toSorted().join("");
    };
    return {
      namespace: await fetch(nsp),
      in: await fetch(nsp.in("one")),
      to: await fetch(nsp.to(["one", "two"])),
      except: await fetch(nsp.except("one")),
      both: await fetch(nsp.to("two").except("one")),
      local: await fetch(nsp.local),
      localRoom: await fetch(nsp.in("two").local.volatile.compress(true).timeout(1_000)),
      socket: await fetch(socket.broadcast),
      socketRoom: await fetch(socket.to("one")),
      socketIn: await fetch(socket.in(["one", "two"])),
      socketExcept: await fetch(socket.except("one")),
      socketLocal: await fetch(socket.local),
      nobody: await fetch(nsp.in("nobody's room")),
    };
  },

  /** What fetched sockets of this process are. */
  async "fetch itself"({ nsp, socket }): Promise<unknown> {
    socket.data = { name: "a" };
    socket.join("fetched");
    const [fetched] = await nsp.in("fetched").fetchSockets();
    return {
      same: fetched as unknown === socket,
      id: fetched?.id === socket.id,
      data: fetched?.data === socket.data,
      handshake: fetched?.handshake === socket.handshake,
      rooms: fetched?.rooms instanceof Set && [...fetched.rooms].slice(1),
      again: (await nsp.fetchSockets()).length,
    };
  },

  /** Moves, asks and tells a fetched socket, as one of another server would be. */
  async "use a fetched socket"({ nsp, others }): Promise<unknown> {
    const [remote] = await nsp.in(String(others[0]?.id)).fetchSockets();
    if (!remote) return "nobody";
    remote.join("x");
    remote.join(["y", "z"]);
    remote.leave("y");
    const told = remote.emit("news", "told");
    const answer = await new Promise((resolve) => {
      remote.timeout(5_000).emit("question", (error: unknown, ...rest: unknown[]) => {
        resolve([error, ...rest]);
      });
    });
    const late = await new Promise((resolve) => {
      remote.timeout(20).emit("silence", (error: Error) => resolve(error.message));
    });
    const promised = await remote.timeout(5_000).emitWithAck("question");
    return { told, answer, late, promised, rooms: [...others[0]?.rooms ?? []].slice(1) };
  },

  /** Disconnects a fetched socket. */
  async "disconnect a fetched socket"(
    { nsp, others },
    close: boolean | undefined,
  ): Promise<unknown> {
    const [remote] = await nsp.in(String(others[0]?.id)).fetchSockets();
    const given = close === undefined ? remote?.disconnect() : remote?.disconnect(close);
    return { itself: given === remote, left: nsp.sockets.size };
  },

  /** Who is in the room "new" after each selection was moved there, at once. */
  "move in all ways"({ nsp, socket, others }): unknown {
    const all = [socket, ...others];
    const moved = (selector: Selector): string => {
      const given = selector.socketsJoin("new");
      const inside = all.map(({ rooms }, place) => rooms.has("new") ? place : "").join("");
      const left = selector.socketsLeave("new");
      const rest = all.filter(({ rooms }) => rooms.has("new")).length;
      return `${inside}, then ${rest}, ${given} ${left}`;
    };
    return {
      namespace: moved(nsp),
      in: moved(nsp.in("one")),
      except: moved(nsp.except("one")),
      local: moved(nsp.local.in("two")),
      socket: moved(socket.broadcast),
    };
  },

  /** Several rooms at once; leaving rooms that some are not in. */
  "move to several rooms"({ nsp, socket, others }): unknown {
    nsp.socketsJoin(["x", "y", "z"]);
    nsp.in("one").socketsLeave(["x", "z", "never joined"]);
    return [socket, ...others].map(({ rooms }) => ["x", "y", "z"].filter((r) => rooms.has(r)));
  },

  /** Disconnects what is selected, and says who is left in the namespace, at once. */
  "disconnect in all ways"(
    { nsp, socket, others },
    by: string,
    close: boolean | undefined,
  ): unknown {
    const selectors: Readonly<Record<string, () => Selector>> = {
      namespace: () => nsp,
      room: () => nsp.in("two"),
      except: () => nsp.except("one"),
      local: () => nsp.local.in("two"),
      others: () => socket.broadcast,
    };
    const selector = selectors[by]?.();
    if (close === undefined) selector?.disconnectSockets();
    else selector?.disconnectSockets(close);
    return [socket, ...others].map(({ connected }) => connected);
  },

  /** What the selections say that only ids are wanted of. */
  async "all sockets"({ io, nsp, socket, others }, mainRoom: string): Promise<unknown> {
    const places = [socket, ...others].map(({ id }) => id);
    const shown = (ids: Set<string>): unknown => [
      ids instanceof Set,
      [...ids].map((id) => places.indexOf(id)).toSorted().join(""),
    ];
    return {
      namespace: shown(await nsp.allSockets()),
      room: shown(await nsp.in("two").allSockets()),
      server: (await io.allSockets()).size > 0,
      serverRoom: (await io.in(mainRoom).allSockets()).size,
    };
  },

  /** The places of all but those in a room, when only ids are wanted. */
  async "all sockets but some"({ nsp, socket, others }): Promise<unknown> {
    const ids = await nsp.except("one").allSockets();
    return [socket, ...others].map(({ id }) => ids.has(id));
  },

  /** Everything in bulk by the server, which means its main namespace; `room` is a room there. */
  async "bulk of the server"({ io }, room: string): Promise<unknown> {
    const [fetched, everybody] = [await io.in(room).fetchSockets(), await io.fetchSockets()];
    const [first] = fetched;
    io.in(room).socketsJoin(`${room} moved`);
    const moved = [...first?.rooms ?? []].includes(`${room} moved`);
    io.in(room).socketsLeave(`${room} moved`);
    const left = !first?.rooms.has(`${room} moved`);
    io.socketsJoin(`${room} all`);
    const joined = first?.rooms.has(`${room} all`);
    io.socketsLeave(`${room} all`);
    return {
      fetched: fetched.length,
      same: first as unknown === io.sockets.sockets.get(String(first?.id)),
      everybody: everybody.length === io.sockets.sockets.size,
      moves: [moved, left, joined, !first?.rooms.has(`${room} all`)],
    };
  },

  /** Disconnects all of the main namespace; says how many are left there, at once. */
  "disconnect the server's sockets"({ io }, close: boolean): unknown {
    io.disconnectSockets(close);
    return io.sockets.sockets.size;
  },
};
