/**
 * What cases need to have the scenarios of app_api.ts played.
 *
 * - Each gathering has a namespace of its own, so that a broadcast to everybody stays in it.
 */
import { ask, type CaseContext, type ClientSocket } from "./case_context.ts";

/** A number that no other case has. */
export function unique(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
}

/** The name of a namespace with scenarios that nobody else uses. */
export function apiNamespace(): string {
  return `/api-${unique()}`;
}

/** Has the application play a scenario; rejects with what it threw. */
export async function play(
  client: ClientSocket,
  scenario: string,
  ...args: unknown[]
): Promise<unknown> {
  const answer = await ask(client, "play", scenario, args);
  if (typeof answer === "object" && answer !== null && "failed" in answer) {
    throw new Error(`Scenario "${scenario}" failed: ${answer.failed}`);
  }
  return answer;
}

/** Some clients in a namespace of their own, each with a connection. */
export async function gather(
  context: CaseContext,
  count: number,
  namespace: string = apiNamespace(),
): Promise<readonly [ClientSocket, ...ClientSocket[]]> {
  const first = await context.connect(namespace);
  const others: ClientSocket[] = [];
  while (others.length < count - 1) others.push(await context.connect(namespace));
  return [first, ...others];
}

/** Two clients in a namespace of their own. */
export async function pair(context: CaseContext): Promise<readonly [ClientSocket, ClientSocket]> {
  const namespace = apiNamespace();
  return [await context.connect(namespace), await context.connect(namespace)];
}

/** One client alone in a namespace. */
export async function alone(context: CaseContext): Promise<ClientSocket> {
  return await context.connect(apiNamespace());
}

/** Everything that each client hears under some names, as `<place> <first value>`. */
export function hearing(clients: readonly ClientSocket[], events: readonly string[]): string[] {
  const heard: string[] = [];
  for (const [place, client] of clients.entries()) {
    for (const event of events) {
      client.on(event, (value: unknown) => {
        const text = typeof value === "string" ? value : "binary";
        heard.push(`${place} ${text}`);
      });
    }
  }
  return heard;
}
