/**
 * The option `trustProxy`: its forms, and what to write in the place of those that are none.
 *
 * Invariants
 * - There is no form that believes everybody: whoever is believed can give themselves any address.
 */
import { describeValue } from "../base/errors.ts";
import { AddressRange } from "../base/ip_address.ts";
import type { Reading } from "../base/option_rules.ts";
import { MAX_HOPS } from "../engine/trusted_proxies.ts";

/** The option, checked. */
export type TrustProxy = false | number | readonly string[];

/** What it must be; follows "must be". */
export const TRUST_WANTED: string =
  `false, a number of proxies up to ${MAX_HOPS}, or a list of their addresses and ranges`;

/** Checks the option; what is right comes back as a copy. */
export function readTrustProxy(value: unknown): Reading<TrustProxy> | undefined {
  if (value === false) return { value };
  if (value === true) return wrong(value, "say how many there are, such as 1, or where they are");
  if (typeof value === "string") {
    const entries = value.split(",").map((entry) => entry.trim());
    const list = entries.every(isRange) ? entries : ["10.0.0.0/8"];
    return wrong(value, `write a list, such as ${JSON.stringify(list)}`);
  }
  if (typeof value === "number") {
    return Number.isInteger(value) && value >= 0 && value <= MAX_HOPS ? { value } : undefined;
  }
  return Array.isArray(value) ? readList(value) : undefined;
}

function readList(entries: readonly unknown[]): Reading<TrustProxy> {
  // A copy has no holes, which `every` passes over.
  const copy = [...entries];
  if (copy.every(isRange)) return { value: Object.freeze(copy) };
  const fault = entries.find((entry) => !isRange(entry));
  return {
    faults: [
      `trustProxy must hold addresses and ranges alone, such as "10.0.0.0/8", ` +
      `found ${describeValue(fault)}`,
    ],
  };
}

function isRange(entry: unknown): entry is string {
  return typeof entry === "string" && AddressRange.parse(entry) !== undefined;
}

function wrong(found: unknown, remedy: string): Reading<never> {
  return {
    faults: [`trustProxy must be ${TRUST_WANTED}, found ${describeValue(found)}: ${remedy}`],
  };
}
