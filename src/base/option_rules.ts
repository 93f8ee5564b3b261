/**
 * Options: tables of rules, and the one function that turns what a user gave into a checked, frozen
 * record.
 *
 * Invariants:
 * - All faults come in one `TypeError`, one per line, each with the option's name, what is wanted and
 *   what was found. Nothing that is wrong is ignored, corrected or replaced by a default.
 * - An option whose value is `undefined` was not given.
 * - Only own enumerable properties count, and each is read once: what `Object.prototype` carries, or
 *   what is called `__proto__` or `constructor`, has no effect but a warning.
 * - What was given is not changed, and later changes of it have no effect, except inside the objects
 *   and functions that it holds.
 * - The record has exactly the names of the rules, in their order.
 *
 * @module
 */

import { isAbortSignal } from "./abort_watch.ts";
import { describeValue, quote } from "./errors.ts";
import { nearestName } from "./near_names.ts";

/** What a value comes to: the checked form of it, or all that is wrong with it. */
export type Reading<V> =
  | { readonly value: V }
  | { readonly faults: readonly string[] };

/** The rule of one option, whose checked form is a `V`. */
export interface OptionRule<V> {
  /** What sort of value is taken. */
  readonly kind: "boolean" | "integer" | "string" | "one of" | "function" | "object" | "custom";
  /** What is wanted, for people: follows "must be". */
  readonly wanted: string;
  /** What counts when the option is not given, in its checked form. */
  readonly default: V;
  /**
   * Checks a value that was given (never `undefined`).
   *
   * @param name the option's name, for the faults: each is a sentence that begins with it
   */
  readonly read: (value: unknown, name: string) => Reading<V>;
}

/** One rule for each member of the resolved form `T`. */
export type Rules<T> = { readonly [K in keyof T]-?: OptionRule<T[K]> };

/** A known option that is not delivered. */
export interface Refusal {
  /** Why, and what to do instead. */
  readonly reason: string;
  /** Values that ask for nothing, and are taken silently. @default {[false]} */
  readonly accepts?: readonly unknown[];
}

/** All that is known of the options of one subject. */
export interface OptionTable<T> {
  /** The options that there are. */
  readonly rules: Rules<T>;
  /** Options that users may know from elsewhere and that are not delivered, by name. */
  readonly refused?: Readonly<Record<string, Refusal>>;
  /**
   * What must hold between options: each gives a sentence when it does not. They are asked only when
   * every value by itself is right.
   */
  readonly relations?: readonly ((resolved: Readonly<T>) => string | undefined)[];
}

/** The rule of a switch. */
export function booleanRule(spec: { readonly default: boolean }): OptionRule<boolean> {
  return simpleRule("boolean", "a boolean", spec.default, (value) => typeof value === "boolean");
}

/** Which whole numbers are taken. */
export interface IntegerSpec<D> {
  /** What counts when the option is not given. */
  readonly default: D;
  /** The smallest that is taken. */
  readonly min: number;
  /** The largest that is taken. @default {Number.MAX_SAFE_INTEGER} */
  readonly max?: number;
  /** What is counted: `ms`, `bytes`. */
  readonly unit?: string;
  /** Whether `Infinity` is taken as well: "no limit", asked for by name. @default {false} */
  readonly allowInfinity?: boolean;
}

/** The rule of a whole number in a range. */
export function integerRule<D extends number | undefined>(
  spec: IntegerSpec<D>,
): OptionRule<number | D> {
  const { min, max = Number.MAX_SAFE_INTEGER, allowInfinity = false } = spec;
  return simpleRule<number | D>(
    "integer",
    wantedInteger(spec),
    spec.default,
    (value) =>
      (Number.isSafeInteger(value) && Number(value) >= min && Number(value) <= max) ||
      (allowInfinity && value === Infinity),
  );
}

/** Which texts are taken. */
export interface StringSpec<D> {
  /** What counts when the option is not given. */
  readonly default: D;
  /** What is wanted; follows "must be". @default {"a string"} */
  readonly wanted?: string;
  /** Whether a text is taken. By default all are. */
  readonly check?: (text: string) => boolean;
}

/** The rule of a text. */
export function stringRule<D extends string | undefined>(
  spec: StringSpec<D>,
): OptionRule<string | D> {
  const { check = (): boolean => true } = spec;
  return simpleRule<string | D>(
    "string",
    spec.wanted ?? "a string",
    spec.default,
    (value) => typeof value === "string" && check(value),
  );
}

/** The rule of a choice between some values. */
export function oneOfRule<const V extends string | number | boolean, const D extends V | undefined>(
  spec: { readonly values: readonly V[]; readonly default: D },
): OptionRule<V | D> {
  const wanted = `one of ${spec.values.map(describeValue).join(", ")}`;
  const values: ReadonlySet<unknown> = new Set(spec.values);
  return simpleRule<V | D>("one of", wanted, spec.default, (value) => values.has(value));
}

/** The rule of a function. Its parameters and its result cannot be looked at before it is called. */
export function functionRule<F extends (...args: never[]) => unknown>(
  spec: { readonly default?: F | undefined } = {},
): OptionRule<F | undefined> {
  return simpleRule<F | undefined>(
    "function",
    "a function",
    spec.default,
    (value) => typeof value === "function",
  );
}

/** Which objects are taken. */
export interface ObjectSpec<O extends object> {
  /** What counts when the option is not given. @default {undefined} */
  readonly default?: O | undefined;
  /** What is wanted; follows "must be". @default {"an object"} */
  readonly wanted?: string;
  /** Whether an object is taken. By default all are. */
  readonly check?: (value: object) => boolean;
}

/** The rule of an object that is no array. */
export function objectRule<O extends object>(spec: ObjectSpec<O> = {}): OptionRule<O | undefined> {
  const { check = (): boolean => true } = spec;
  return simpleRule<O | undefined>(
    "object",
    spec.wanted ?? "an object",
    spec.default,
    (value) => isObject(value) && check(value),
  );
}

/** A rule for a signal that ends a wait. */
export function signalRule(): OptionRule<AbortSignal | undefined> {
  return objectRule<AbortSignal>({ wanted: "an AbortSignal", check: isAbortSignal });
}

/** A check of one's own. */
export interface CustomSpec<V> {
  /** What counts when the option is not given, in its checked form. */
  readonly default: V;
  /** What is wanted; follows "must be". */
  readonly wanted: string;
  /** As `OptionRule.read`; `undefined` stands for the usual fault made of `wanted`. */
  readonly read: (value: unknown, name: string) => Reading<V> | undefined;
}

/** The rule of whatever the other kinds do not cover. */
export function customRule<V>(spec: CustomSpec<V>): OptionRule<V> {
  const { wanted } = spec;
  return {
    kind: "custom",
    wanted,
    default: spec.default,
    read: (value, name) => spec.read(value, name) ?? wrongValue(value, name, wanted),
  };
}

/**
 * Checks options and fills in defaults.
 *
 * A name that is nearly a known one is a fault; all other unknown names give one warning.
 *
 * @param subject whose options they are, for messages: `Server`
 * @param given what the user gave; `undefined` is no options at all
 * @param warn gets at most one line
 * @throws {TypeError} If anything is wrong; the message lists all of it
 * @example
 * ```ts
 * const table: OptionTable<{ retries: number }> = {
 *   rules: { retries: integerRule({ default: 3, min: 0 }) },
 * };
 * resolveOptions("Client", table, {}, console.warn); // { retries: 3 }
 * ```
 */
export function resolveOptions<T extends object>(
  subject: string,
  table: OptionTable<T>,
  given: unknown,
  warn: (message: string) => void,
): Readonly<T> {
  const { resolved, faults, unknown } = read(table, ownValues(subject, given));
  if (faults.length > 0) throw new TypeError(faultMessage(subject, faults));
  if (unknown.length > 0) warn(unknownMessage(subject, unknown));
  return resolved;
}

/**
 * Checks options of which nobody else has others: a name that is unknown is a fault, whatever it is near
 * to. Otherwise as `resolveOptions`.
 *
 * @throws {TypeError} If anything is wrong; the message lists all of it
 */
export function resolveKnownOptions<T extends object>(
  subject: string,
  table: OptionTable<T>,
  given: unknown,
): Readonly<T> {
  const { resolved, faults, unknown } = read(table, ownValues(subject, given));
  const known = Object.keys(table.rules).join(", ");
  for (const name of unknown.slice(0, MAX_SHOWN)) {
    faults.push(`${quote(name)} is not an option, those are ${known}`);
  }
  if (faults.length > 0) throw new TypeError(faultMessage(subject, faults));
  return resolved;
}

function read<T extends object>(
  table: OptionTable<T>,
  values: ReadonlyMap<string, unknown>,
): { readonly resolved: Readonly<T>; readonly faults: string[]; readonly unknown: string[] } {
  const { resolved, faults } = applyRules(table.rules, values);
  if (faults.length === 0) {
    faults.push(...(table.relations ?? []).map((relation) => relation(resolved)).filter(isFault));
  }
  const refused = table.refused ?? {};
  faults.push(...refusalFaults(refused, values));
  const knownNames = [...Object.keys(table.rules), ...Object.keys(refused)];
  const unknown: string[] = [];
  for (const name of values.keys()) {
    if (knownNames.includes(name)) continue;
    const meant = nearestName(name, knownNames);
    if (meant === undefined) unknown.push(name);
    else faults.push(`${quote(name)} is not an option, did you mean ${quote(meant)}`);
  }
  return { resolved, faults, unknown };
}

function applyRules<T extends object>(
  rules: Rules<T>,
  values: ReadonlyMap<string, unknown>,
): { readonly resolved: Readonly<T>; readonly faults: string[] } {
  const entries: [string, unknown][] = [];
  const faults: string[] = [];
  for (const [name, rule] of Object.entries<OptionRule<unknown>>(rules)) {
    const value = values.get(name);
    const reading = value === undefined ? { value: rule.default } : rule.read(value, name);
    if ("faults" in reading) faults.push(...reading.faults);
    else entries.push([name, reading.value]);
  }
  // The cast is true when there are no faults: each name of T got what its rule made. When there
  // are, nobody sees the record.
  return { resolved: Object.freeze(Object.fromEntries(entries)) as Readonly<T>, faults };
}

function ownValues(subject: string, given: unknown): ReadonlyMap<string, unknown> {
  if (given === undefined) return new Map();
  if (!isObject(given)) {
    throw new TypeError(
      `Cannot use options of ${subject}: must be an object, found ${describeValue(given)}`,
    );
  }
  const entries = Object.entries(given).filter(([, value]) => value !== undefined);
  return new Map<string, unknown>(entries);
}

function refusalFaults(
  refused: Readonly<Record<string, Refusal>>,
  values: ReadonlyMap<string, unknown>,
): string[] {
  const faults: string[] = [];
  for (const [name, { reason, accepts = [false] }] of Object.entries(refused)) {
    const value = values.get(name);
    if (value === undefined || accepts.includes(value)) continue;
    faults.push(`${name} cannot be ${describeValue(value)}: ${reason}`);
  }
  return faults;
}

function simpleRule<V>(
  kind: OptionRule<V>["kind"],
  wanted: string,
  defaultValue: V,
  isRight: (value: unknown) => boolean,
): OptionRule<V> {
  return {
    kind,
    wanted,
    default: defaultValue,
    // The cast is what the caller's check stands for.
    read: (value, name) => isRight(value) ? { value: value as V } : wrongValue(value, name, wanted),
  };
}

function wrongValue(
  value: unknown,
  name: string,
  wanted: string,
): { readonly faults: readonly string[] } {
  return { faults: [`${name} must be ${wanted}, found ${describeValue(value)}`] };
}

function wantedInteger(spec: IntegerSpec<number | undefined>): string {
  const { min, max = Number.MAX_SAFE_INTEGER, unit, allowInfinity = false } = spec;
  const range = max === Number.MAX_SAFE_INTEGER ? `${min} or more` : `${min}–${max}`;
  return `an integer of ${range}${unit === undefined ? "" : ` ${unit}`}${
    allowInfinity ? ", or Infinity" : ""
  }`;
}

function faultMessage(subject: string, faults: readonly string[]): string {
  const count = faults.length === 1 ? "1 fault" : `${faults.length} faults`;
  return [`Cannot use options of ${subject}: ${count}`, ...faults].join("\n  ");
}

/** How many unknown names a message shows. */
const MAX_SHOWN = 10;

function unknownMessage(subject: string, names: readonly string[]): string {
  const shown = names.slice(0, MAX_SHOWN).map((name) => quote(name)).join(", ");
  const more = names.length > MAX_SHOWN ? ` and ${names.length - MAX_SHOWN} more` : "";
  return `Options of ${subject} that are unknown and have no effect: ${shown}${more}`;
}

function isFault(fault: string | undefined): fault is string {
  return fault !== undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
