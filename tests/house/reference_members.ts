/**
 * What the reference has: the public members that the declarations of socket.io, engine.io and
 * socket.io-adapter declare, read with the TypeScript compiler, and what no declaration tells.
 *
 * Invariants
 * - A member counts unless it is `private`, `protected` or has a `#`: what is marked as internal in
 *   a comment alone can be reached by users, and is reached.
 * - Keys are those of docs/compatibility.md, below the headings of its sections.
 */
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import "socket.io"; // so that its package, and those below, are there to be read
import ts from "typescript";
import {
  CODE,
  EXPORTS,
  type PackageName,
  type Source,
  SOURCES,
  UNDECLARED,
} from "./reference_sources.ts";

/** The keys that each section has to have, by heading. */
export type MembersBySection = ReadonlyMap<string, ReadonlySet<string>>;

/** The packages by name, as the place of their main file. */
const packages = locatePackages();

/** Reads every key that the table has to have. */
export function referenceMembers(): MembersBySection {
  const sections = new Map<string, Set<string>>();
  const add = (section: string, keys: Iterable<string>): void => {
    const known = sections.get(section) ?? new Set();
    for (const key of keys) known.add(key);
    sections.set(section, known);
  };
  for (const source of SOURCES) add(source.section, keysOf(source));
  for (const name of EXPORTS.packages) {
    add(EXPORTS.section, exportedNames(name).map((it) => `${name}: ${it}`));
  }
  for (const [section, keys] of Object.entries(UNDECLARED)) add(section, Object.keys(keys));
  return sections;
}

function locatePackages(): ReadonlyMap<PackageName, string> {
  const main = createRequire(import.meta.url).resolve("socket.io");
  const engine = createRequire(main).resolve("engine.io");
  const cors = createRequire(engine).resolve("@types/cors/package.json");
  return new Map([
    ["socket.io", main],
    ["engine.io", engine],
    ["socket.io-adapter", createRequire(main).resolve("socket.io-adapter")],
    ["socket.io-parser", createRequire(main).resolve("socket.io-parser")],
    ["@types/cors", cors],
  ]);
}

/** Parses the declarations that lie beside the main file of a package, or below. */
function parseDeclarations(name: PackageName, file: string): ts.SourceFile {
  const url = new URL(file, pathToFileURL(packages.get(name) ?? ""));
  return ts.createSourceFile(url.href, Deno.readTextFileSync(url), ts.ScriptTarget.ES2022, true);
}

function keysOf({ package: name, file, declarations, isText, toKey }: Source): readonly string[] {
  const source = parseDeclarations(name, file);
  return declarations.flatMap((it) => {
    const declaration = findDeclaration(source, it);
    const members = isText ? textsIn(declaration) : membersOf(declaration);
    if (members.length === 0) throw new Error(`Cannot read ${it} in ${file}: it has no members`);
    return members.map(toKey);
  });
}

function findDeclaration(source: ts.SourceFile, name: string): ts.Node {
  let found: ts.Node | undefined;
  const visit = (node: ts.Node): void => {
    const isNamed = ts.isClassDeclaration(node) || ts.isInterfaceDeclaration(node) ||
      ts.isTypeAliasDeclaration(node) || ts.isPropertySignature(node) ||
      ts.isPropertyDeclaration(node);
    if (isNamed && node.name?.getText() === name) found ??= node;
    ts.forEachChild(node, visit);
  };
  visit(source);
  if (found === undefined) throw new Error(`Cannot find ${name} in ${source.fileName}`);
  return found;
}

/** The names of public members of a class, an interface, or a property whose type is an object. */
function membersOf(node: ts.Node): readonly string[] {
  if (ts.isClassDeclaration(node)) return node.members.filter(isPublic).map(memberName);
  if (ts.isInterfaceDeclaration(node)) return node.members.map(memberName);
  const type = ts.isPropertySignature(node) ? node.type : undefined;
  return type && ts.isTypeLiteralNode(type) ? type.members.map(memberName) : [];
}

function memberName(member: ts.ClassElement | ts.TypeElement): string {
  return ts.isConstructorDeclaration(member) ? "constructor" : member.name?.getText() ?? "";
}

/** The strings that a type is made of. */
function textsIn(node: ts.Node): readonly string[] {
  const texts: string[] = [];
  const visit = (child: ts.Node): void => {
    if (ts.isStringLiteral(child)) texts.push(child.text);
    ts.forEachChild(child, visit);
  };
  visit(node);
  return texts;
}

function isPublic(member: ts.ClassElement): boolean {
  return !hasModifier(member, ts.SyntaxKind.PrivateKeyword) &&
    !hasModifier(member, ts.SyntaxKind.ProtectedKeyword);
}

function hasModifier(node: ts.Node, kind: ts.SyntaxKind): boolean {
  const modifiers = ts.canHaveModifiers(node) ? ts.getModifiers(node) ?? [] : [];
  return modifiers.some((it) => it.kind === kind);
}

/** What a package exports from its main file, types too. */
function exportedNames(name: PackageName): readonly string[] {
  const main = (packages.get(name) ?? "").split("/").at(-1) ?? "";
  const source = parseDeclarations(name, `./${main.replace(/\.js$/, ".d.ts")}`);
  return source.statements.flatMap((it) => {
    if (ts.isExportDeclaration(it) && it.exportClause && ts.isNamedExports(it.exportClause)) {
      return it.exportClause.elements.map((element) => element.name.text);
    }
    if (!hasModifier(it, ts.SyntaxKind.ExportKeyword)) return [];
    if (ts.isClassDeclaration(it)) return [it.name?.text ?? ""];
    if (!ts.isVariableStatement(it)) throw new Error(`Cannot read an export of ${name}`);
    return it.declarationList.declarations.map((declared) => declared.name.getText());
  });
}

/** The code of the packages, for texts that no declaration tells. */
export function referenceTexts(): string {
  return CODE.map(([name, file]) => {
    return Deno.readTextFileSync(new URL(file, pathToFileURL(packages.get(name) ?? "")));
  }).join("\n");
}
