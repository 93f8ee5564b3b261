/** What many clients answer to one event. */

/** How long they have, in milliseconds. */
export const ANSWER_MS = 1_000;

export interface Answers {
  readonly answers: readonly unknown[];
  /** True when some have not answered in time. */
  readonly incomplete: boolean;
}

/** The answers to a broadcast; those that came in time when it has timed out. */
export async function collect(asked: Promise<readonly unknown[]>): Promise<Answers> {
  try {
    return { answers: await asked, incomplete: false };
  } catch (error) {
    const { responses = [] } = error as Error & { responses?: readonly unknown[] };
    return { answers: responses, incomplete: true };
  }
}

/** The answers that are texts, in alphabetical order: a client may answer anything. */
export function words(answers: readonly unknown[]): readonly string[] {
  return answers.filter((answer) => typeof answer === "string").map((it) => it.slice(0, 50)).sort();
}
