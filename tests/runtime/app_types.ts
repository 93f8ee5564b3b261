/**
 * What clients and application of the contract say to each other: values that JSON can carry.
 */

/** Where a broadcast of the application goes. */
export interface CastTarget {
  /** Who broadcasts: the asking socket (never reached itself), or its namespace. */
  readonly by: "socket" | "namespace";
  readonly to?: string | readonly string[];
  readonly in?: string | readonly string[];
  readonly except?: string | readonly string[];
  readonly volatile?: boolean;
  readonly timeout?: number;
}

/** How an emit with acknowledgement of the server ended. */
export interface AskOutcome {
  readonly error: string | null;
  readonly answer: unknown;
}
