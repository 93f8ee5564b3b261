/**
 * Figures of a target that is not under load: how long a client takes to connect, and an echo to
 * come back. One client at a time, one message at a time.
 */
import { ask, type CaseContext } from "./case_context.ts";

/** Milliseconds. */
export interface Spread {
  readonly median: number;
  readonly p95: number;
}

/** The figures by transport. */
export interface Figures {
  readonly connect: Readonly<Record<Transport, Spread>>;
  readonly echo: Readonly<Record<Transport, Spread>>;
}

type Transport = "polling" | "websocket";

const CONNECTS = 30;
const ECHOES = 200;
/** Rounds that are not counted: compilers and caches get warm. */
const WARM_UP = 20;

/** Takes the figures on the server of `context`. */
export async function takeFigures(context: CaseContext): Promise<Figures> {
  const polling = await figuresOf(context, "polling");
  const websocket = await figuresOf(context, "websocket");
  return {
    connect: { polling: polling.connect, websocket: websocket.connect },
    echo: { polling: polling.echo, websocket: websocket.echo },
  };
}

async function figuresOf(
  context: CaseContext,
  transport: Transport,
): Promise<{ readonly connect: Spread; readonly echo: Spread }> {
  const connect = await spreadOf(CONNECTS, async () => {
    const client = await context.connect("/", { transports: [transport] });
    client.disconnect();
  });
  const client = await context.connect("/", { transports: [transport] });
  const echo = await spreadOf(ECHOES, () => ask(client, "echo", "a message of some length"));
  return { connect, echo };
}

async function spreadOf(count: number, round: () => Promise<unknown>): Promise<Spread> {
  const times: number[] = [];
  for (let index = -WARM_UP; index < count; index++) {
    const begin = performance.now();
    await round();
    if (index >= 0) times.push(performance.now() - begin);
  }
  times.sort((a, b) => a - b);
  const at = (share: number): number => times[Math.floor(share * (times.length - 1))] ?? NaN;
  return { median: at(0.5), p95: at(0.95) };
}
