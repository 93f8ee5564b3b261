/** The message of what a call throws. */
export function thrownMessage(call: () => unknown): string {
  try {
    return `none, but ${call()}`;
  } catch (error) {
    // What the servers under test throw are errors.
    return (error as Error).message;
  }
}
