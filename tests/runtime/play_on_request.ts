/**
 * Scenarios that a client asks for: the listener of `play`, which every part of the application uses.
 */
import type { Socket } from "socket.io";

/** What every scenario works with. */
export interface AnyScene {
  /** What scenarios have noted; `play("noted")` gives it. */
  readonly noted: unknown[];
}

/** Scenarios by name; what one gives, or its promise, is the acknowledgement. */
export type ScenariosOf<Scene extends AnyScene> = Readonly<
  Record<string, (scene: Scene, ...args: never[]) => unknown>
>;

type Ack = (answer: unknown) => void;

/** Plays what the client of a socket asks for, and acknowledges what it gives, or what it threw. */
export function playOnRequest<Scene extends AnyScene>(
  socket: Socket,
  scenarios: ScenariosOf<Scene>,
  sceneNow: () => Scene,
): void {
  socket.on("play", async (name: string, args: unknown[], done: Ack) => {
    const scene = sceneNow();
    if (name === "noted") return done(scene.noted);
    try {
      const scenario = scenarios[name];
      if (!scenario) throw new Error(`no scenario ${name}`);
      // The case that names a scenario gives it the arguments that it takes.
      done(await scenario(scene, ...args as never[]));
    } catch (error) {
      done({ failed: (error as Error).message });
    }
  });
}
