/** What a scenario is. */
import type { Ability, Client } from "./clients.ts";
import type { Scene } from "./scene.ts";

/** One thing that clients do with servers. */
export interface Scenario {
  /** What is played; unique in the matrix. */
  readonly name: string;
  /** What a client must be able to do. */
  readonly needs?: readonly Ability[];
  /** Whether it is about time, and waits mostly: then it is played when the others are done. */
  readonly isPatient?: true;
  /** Plays it; rejects with what was found and what was wanted. */
  run(scene: Scene): Promise<void>;
}

/** Why a client cannot play a scenario; undefined if it can. */
export function lackOf({ cannot }: Client, { needs = [] }: Scenario): string | undefined {
  return needs.map((ability) => cannot[ability]).find((reason) => reason !== undefined);
}
