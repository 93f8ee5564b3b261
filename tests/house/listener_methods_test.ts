/**
 * Tests that whatever fires events has the listener methods of Node's EventEmitter, and that they do
 * the same: one script, played on both.
 */
import { EventEmitter } from "node:events";
import { assertEquals } from "@std/assert";
import { columnObjects } from "./compatibility_objects.ts";
import { COLUMNS } from "./compatibility_table.ts";

const EVENT = "hello";

/** The methods of the script; what is played on has them, or it fails by their absence. */
type Played = Pick<
  EventEmitter,
  | "addListener"
  | "eventNames"
  | "getMaxListeners"
  | "listenerCount"
  | "listeners"
  | "off"
  | "on"
  | "once"
  | "prependListener"
  | "prependOnceListener"
  | "rawListeners"
  | "removeAllListeners"
  | "removeListener"
  | "setMaxListeners"
>;

/** Plays every method, and gives what each step shows, in order. */
function play(emitter: Played): readonly unknown[] {
  const log: unknown[] = [];
  const named = Object.fromEntries(["a", "b", "c", "d", "e"].map((name) => {
    return [name, (): void => void log.push(`${name} called`)];
  }));
  const { a = fail, b = fail, c = fail, d = fail, e = fail } = named;
  const nameOf = (listener: unknown): string =>
    Object.keys(named).find((name) => named[name] === listener) ?? "other";
  const look = (step: string): void => {
    const names = emitter.listeners(EVENT).map(nameOf);
    log.push([step, names, emitter.listenerCount(EVENT), emitter.eventNames().includes(EVENT)]);
  };
  const callAll = (): void => {
    for (const listener of emitter.rawListeners(EVENT)) Reflect.apply(listener, emitter, []);
  };
  const chained = [
    emitter.on(EVENT, a),
    emitter.addListener(EVENT, b),
    emitter.once(EVENT, c),
    emitter.prependListener(EVENT, d),
    emitter.prependOnceListener(EVENT, e),
  ];
  look("added");
  callAll();
  look("called");
  chained.push(emitter.on(EVENT, a), emitter.off(EVENT, a), emitter.removeListener(EVENT, b));
  look("removed");
  chained.push(emitter.once(EVENT, c), emitter.off(EVENT, c), emitter.off(EVENT, fail));
  look("removed a once listener");
  log.push(emitter.listenerCount(EVENT, d), emitter.getMaxListeners());
  chained.push(emitter.setMaxListeners(3));
  log.push(emitter.getMaxListeners());
  chained.push(emitter.removeAllListeners(EVENT));
  look("removed all");
  emitter.on(EVENT, a);
  chained.push(emitter.removeAllListeners());
  look("removed all of all");
  return [...log, chained.map((it) => it === emitter)];
}

function fail(): never {
  throw new Error("Cannot be called: it was never added");
}

Deno.test("Objects that fire events have the listener methods of Node's EventEmitter", async () => {
  const expected = play(new EventEmitter());
  for (const target of Object.values(COLUMNS)) {
    const { objects, close } = await columnObjects(target);
    const played = (objects.EventEmitter ?? []).map((emitter) => {
      // Each says so in its types, by names of its own for the events; a missing method would throw.
      return play(emitter as Played);
    });
    assertEquals(played, played.map(() => expected));
    await close();
  }
});

Deno.test("Objects that fire events are no EventEmitter, and those of the engine have no emit", async () => {
  for (const target of Object.values(COLUMNS)) {
    const { objects, close } = await columnObjects(target);
    const emitters = objects.EventEmitter ?? [];
    assertEquals(emitters.length, 6);
    assertEquals(emitters.filter((it) => it instanceof EventEmitter), []);
    const quiet = [objects.Engine?.[0], objects.EngineSocket?.[0], objects.Adapter?.[0]];
    assertEquals(quiet.map((it) => it !== undefined && "emit" in it), [false, false, false]);
    await close();
  }
});
