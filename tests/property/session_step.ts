/** One thing that happens to the session under test, and how the session must take it. */
import { assert, assertEquals } from "@std/assert";
import type fc from "fast-check";
import type { CloseReason } from "../../src/session/ports.ts";
import type { Model } from "./session_facts.ts";
import type { World } from "./session_model.ts";

/** How a step must end the session; `"by itself"`: it may end for a reason that the world knows. */
export type End = CloseReason | "by itself" | undefined;

/** One thing that the peer, the user or the time does. */
export class Step implements fc.Command<Model, World> {
  readonly #name: string;
  readonly #act: (world: World, model: Model) => End;
  readonly #when: (model: Readonly<Model>) => boolean;

  constructor(
    name: string,
    act: (world: World, model: Model) => End,
    when: (model: Readonly<Model>) => boolean = () => true,
  ) {
    this.#name = name;
    this.#act = act;
    this.#when = when;
  }

  check(model: Readonly<Model>): boolean {
    return this.#when(model);
  }

  run(model: Model, world: World): void {
    const before = model.phase;
    const count = world.effects.length;
    const end = this.#act(world, model);
    world.digest();
    if (before === "closed") assertEquals(world.effects.length, count, "something after the end");
    else if (end !== undefined && end !== "by itself") assertEquals(world.ended?.reason, end);
    else if (world.ended !== undefined) {
      assert(end === "by itself" && world.explains(world.ended.reason), world.ended.reason);
    }
    if (world.ended !== undefined) {
      model.phase = "closed";
      model.candidate = undefined;
    }
    world.verify();
  }

  toString(): string {
    return this.#name;
  }
}
