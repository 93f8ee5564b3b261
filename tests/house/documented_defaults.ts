/**
 * Compares `@default` in the documentation of options with the defaults that count.
 *
 * Invariants
 * - Every member of the interface has a `@default`, written as `{value}`, and a rule; every rule
 *   has a member. An option that is refused has neither.
 * - A default that cannot be written as a value (a function, an instance) needs a `@default` only.
 */
import { readDocumentation } from "../../tools/api_surface.ts";
import { type DocNode, isNode, list } from "../../tools/type_text.ts";

/** The part of a rule that counts here. */
export interface DefaultRule {
  readonly default: unknown;
}

/** The `@default` of each member of an interface; undefined where there is none. */
export async function documentedDefaults(
  file: URL,
  interfaceName: string,
): Promise<ReadonlyMap<string, string | undefined>> {
  const { symbols } = await readDocumentation(file);
  const declaration = symbols.find((it) => it.name === interfaceName)?.declarations[0];
  const def = isNode(declaration?.def) ? declaration.def : {};
  const members = [...list(def.properties), ...list(def.methods)];
  return new Map(members.map((it) => [String(it.name), defaultTag(it)]));
}

function defaultTag(member: DocNode): string | undefined {
  const jsDoc = isNode(member.jsDoc) ? member.jsDoc : {};
  const tag = list(jsDoc.tags).find((it) => it.kind === "default");
  return tag === undefined ? undefined : String(tag.value);
}

/** All options of one subject: those with a rule, and the names of those that are refused. */
export interface OptionRules {
  readonly rules: Readonly<Record<string, DefaultRule>>;
  readonly refused: readonly string[];
}

/** The table of options among what a module exports. */
export function exportedRules(module: Readonly<Record<string, unknown>>): OptionRules {
  for (const table of Object.values(module)) {
    if (!isRecord(table) || !isRecord(table.rules)) continue;
    if (!Object.values(table.rules).every(isRule)) continue;
    const refused = isRecord(table.refused) ? Object.keys(table.refused) : [];
    const rules = table.rules as OptionRules["rules"]; // every value was just checked
    return { rules, refused };
  }
  throw new Error("Cannot compare defaults: the module must export a table of rules, found none");
}

/** Every difference between what is written and what counts. */
export function defaultFaults(
  documented: ReadonlyMap<string, string | undefined>,
  { rules, refused }: OptionRules,
): readonly string[] {
  const faults: string[] = [];
  for (const name of new Set([...documented.keys(), ...Object.keys(rules)])) {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    const written = documented.get(name);
    if (!documented.has(name)) faults.push(`${name} has a rule and no documentation`);
    else if (rule === undefined && refused.includes(name)) {
      if (written !== undefined) faults.push(`${name} is refused and has a @default`);
    } else if (rule === undefined) faults.push(`${name} is documented and has no rule`);
    else if (written === undefined) faults.push(`${name} has no @default`);
    else if (!isSameDefault(written, rule.default)) {
      faults.push(`${name}: written ${written}, but it is ${JSON.stringify(rule.default)}`);
    }
  }
  return faults;
}

function isSameDefault(written: string, value: unknown): boolean {
  if (value === undefined) return written === "undefined";
  if (typeof value === "number") return Number(written.replaceAll("_", "")) === value;
  const json = isRecord(value) && !isPlain(value) ? undefined : JSON.stringify(value);
  return json === undefined || written.replaceAll(/\s/g, "") === json.replaceAll(/\s/g, "");
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return Array.isArray(value) || prototype === Object.prototype || prototype === null;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function isRule(value: unknown): boolean {
  return isRecord(value) && "default" in value && "read" in value;
}
