/**
 * The tests of a file by name, and where each of them runs.
 *
 * Invariants
 * - A name counts where it is the first argument of a function that registers tests, or the `name` of
 *   an object that can be run; the same text elsewhere does not.
 * - A name with a part filled in counts once for each text of the list that the loop around it goes
 *   through. What is filled in from elsewhere is written as `…`.
 * - A case of a suite counts only if the suite runs it.
 */
import ts from "typescript";
import { CAPABILITIES, type Capability, type TargetName } from "../runtime/capabilities.ts";
import { CONTRACT } from "../runtime/contract.ts";
import { projectFiles, projectRoot, readProjectFile } from "./project_files.ts";

/** A name, and what a target must have for the test. */
export interface NamedTest {
  readonly name: string;
  readonly needs?: Capability;
}

/** Functions that register a test under the name they are given first. */
const REGISTERS = /^(?:Deno\.)?test(?:On\w+)?$/;

/** What stands for what is filled in and not known. */
const ANYTHING = "…";

/** Tests that run on some of the targets alone, by how their paths begin. */
const PLACES: Readonly<Record<string, readonly TargetName[]>> = {
  "tests/bun/": ["bun"],
  "tests/differential/": ["node"],
  "tests/node/": ["deno-node", "node"],
  "tests/runtime/deno_": ["deno"],
};

/** Whether the tests of a file run on a target, or are about what all targets share. */
export function runsOn(target: TargetName, file: string): boolean {
  const place = Object.keys(PLACES).find((start) => file.startsWith(start));
  return place === undefined || PLACES[place]?.includes(target) === true;
}

/** Reads the tests of a file; undefined if there is no such file. */
export async function namedTests(file: string): Promise<readonly NamedTest[] | undefined> {
  const source = await readProjectFile(file).catch(() => undefined);
  if (source === undefined) return undefined;
  if (file.includes("/cases/")) return await casesOfSuite(file);
  return writtenNames(source).map((name) => ({ name }));
}

/** The names that stand where names of tests stand. */
export function writtenNames(source: string): readonly string[] {
  const names: string[] = [];
  const visit = (node: ts.Node): void => {
    const name = nameIn(node);
    if (name !== undefined) names.push(...textsOf(name));
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile("source.ts", source, ts.ScriptTarget.ES2022, true));
  return names;
}

function nameIn(node: ts.Node): ts.Expression | undefined {
  if (ts.isCallExpression(node) && REGISTERS.test(node.expression.getText())) {
    return node.arguments[0];
  }
  if (!ts.isObjectLiteralExpression(node) || !memberOf(node, /^(?:run|fn)$/)) return undefined;
  const name = memberOf(node, /^name$/);
  return name && ts.isPropertyAssignment(name) ? name.initializer : undefined;
}

function textsOf(node: ts.Expression): readonly string[] {
  if (ts.isStringLiteralLike(node)) return [node.text];
  if (!ts.isTemplateExpression(node)) return [];
  return node.templateSpans.reduce<readonly string[]>((texts, { expression, literal }) => {
    const filled = loopTexts(expression);
    return texts.flatMap((text) => filled.map((it) => `${text}${it}${literal.text}`));
  }, [node.head.text]);
}

/** The texts that a loop around an expression gives it, one after the other. */
function loopTexts(expression: ts.Expression): readonly string[] {
  for (let node: ts.Node = expression; node.parent !== undefined; node = node.parent) {
    if (!ts.isForOfStatement(node) || !ts.isVariableDeclarationList(node.initializer)) continue;
    if (node.initializer.declarations[0]?.name.getText() !== expression.getText()) continue;
    const list = ts.isAsExpression(node.expression) ? node.expression.expression : node.expression;
    if (!ts.isArrayLiteralExpression(list)) break;
    return list.elements.filter(ts.isStringLiteralLike).map(({ text }) => text);
  }
  return [ANYTHING];
}

function memberOf(
  object: ts.ObjectLiteralExpression,
  name: RegExp,
): ts.ObjectLiteralElementLike | undefined {
  return object.properties.find((it) => name.test(it.name?.getText() ?? ""));
}

/** The cases that a file exports and its suite runs. */
async function casesOfSuite(file: string): Promise<readonly NamedTest[]> {
  const lists = Object.entries(await import(new URL(file, projectRoot).href));
  const cases = lists.flatMap(([, list]) => Array.isArray(list) ? list : []);
  if (file.startsWith("tests/runtime/")) return CONTRACT.filter((it) => cases.includes(it));
  const suites = await projectFiles(/^tests\/conformance\/\w+_test\.ts$/);
  const texts = await Promise.all(suites.map(readProjectFile));
  return lists
    .filter(([list]) => texts.some((text) => text.includes(`...${list}`)))
    .flatMap(([, list]) => Array.isArray(list) ? list : []);
}

/** What is missing on a target that a test needs; undefined if it has everything. */
export function lacking(target: TargetName, needs: Capability | undefined): string | undefined {
  return needs && CAPABILITIES[needs].without[target];
}
