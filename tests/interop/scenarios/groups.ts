/** Namespaces and rooms. */
import { expectEqual } from "../expectation.ts";
import type { Scenario } from "../scenario.ts";
import type { Peer, Scene } from "../scene.ts";

export const GROUPS: readonly Scenario[] = [
  { name: "keeps namespaces apart", run: keepsNamespacesApart },
  {
    name: "has several namespaces over one connection",
    needs: ["several namespaces"],
    run: sharesConnection,
  },
  { name: "hears of its rooms", run: hearsOfRooms },
];

async function keepsNamespacesApart(scene: Scene): Promise<void> {
  const [main, orders] = [await scene.open(), await scene.open({ namespace: "/orders" })];
  await speakApart(main, orders);
}

async function sharesConnection(scene: Scene): Promise<void> {
  const [main, orders] = await scene.both("/", "/orders");
  const [one, other] = [await main.reported("connection"), await orders.reported("connection")];
  expectEqual("the connection of the second namespace", other["conn"], one["conn"]);
  await speakApart(main, orders);
}

/** A room of the same name is another one in another namespace. */
async function speakApart(main: Peer, orders: Peer): Promise<void> {
  const room = `room of ${main.tag}`;
  for (const peer of [main, orders]) await join(peer, room);
  orders.emit("tell all", room, "for orders");
  main.emit("tell all", room, "for all others");
  expectEqual("what /orders hears", await orders.heard("said"), ["for orders"]);
  expectEqual("what / hears", await main.heard("said"), ["for all others"]);
  main.emit("echo", "from /");
  orders.emit("echo", "from /orders");
  expectEqual("what / is answered", await main.heard("echo"), ["from /"]);
  expectEqual("what /orders is answered", await orders.heard("echo"), ["from /orders"]);
}

async function hearsOfRooms(scene: Scene): Promise<void> {
  const [ada, bob, eve] = [await scene.open(), await scene.open(), await scene.open()];
  const [room, everybody] = [`room of ${ada.tag}`, `everybody around ${ada.tag}`];
  for (const peer of [ada, bob]) await join(peer, room);
  for (const peer of [ada, bob, eve]) await join(peer, everybody);
  ada.emit("tell others", room, "hello", { list: [1, "ü"] });
  expectEqual("what another one hears", await bob.heard("said"), ["hello", { list: [1, "ü"] }]);
  ada.emit("tell all", room, "to all");
  expectEqual("what another one hears", await bob.heard("said"), ["to all"]);
  expectEqual("what who speaks hears", await ada.heard("said"), ["to all"]);
  bob.emit("leave", room);
  expectEqual("what who leaves hears", await bob.heard("said"), ["left", room]);
  ada.emit("tell others", room, "to nobody");
  ada.emit("tell all", everybody, "the end");
  for (const peer of [ada, bob, eve]) {
    expectEqual("the next that is heard", await peer.heard("said"), ["the end"]);
  }
}

async function join(peer: Peer, room: string): Promise<void> {
  peer.emit("join", room);
  expectEqual("the answer to joining", await peer.heard("said"), ["joined", room]);
}
