/**
 * The modules of the package as they stand in the repository: found from the entries, and rewritten
 * so that npm's resolvers understand their imports.
 *
 * Invariants
 * - Only what an entry reaches is part of the package.
 * - `.ts` becomes `.js` in relative specifiers, `npm:name@version/path` becomes `name/path`, and
 *   nothing else of the text changes but comments that only Deno reads.
 * - A module with a top-level `await` is refused: `require()` could not load it.
 */
import ts from "typescript";

/** One module of the repository, ready to be compiled. */
export interface SourceModule {
  /** Path relative to the project, for example `src/base/ids.ts`. */
  readonly path: string;
  /** TypeScript with specifiers as npm wants them. */
  readonly text: string;
  /** Paths of the modules it imports. */
  readonly imports: readonly string[];
  /** Versions by name of the packages it imports as `npm:name@version`. */
  readonly versions: Readonly<Record<string, string>>;
}

/** A module specifier and its place, without its quotes. */
export interface Specifier {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

const npmSpecifier = /^npm:((?:@[^/]+\/)?[^@/]+)(?:@([^/]+))?(\/.*)?$/;
const denoComment =
  /^[ \t]*\/\/ (?:@ts-types|@deno-types|deno-lint-ignore|deno-fmt-ignore)\b.*\n/gm;

/** Reads every module that the entries reach, each once, sorted by path. */
export async function readSources(
  root: URL,
  entries: readonly string[],
): Promise<readonly SourceModule[]> {
  const modules = new Map<string, SourceModule>();
  const waiting = [...entries];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (modules.has(path)) continue;
    const module = readModule(path, await Deno.readTextFile(new URL(path, root)));
    modules.set(path, module);
    waiting.push(...module.imports);
  }
  return [...modules.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/**
 * Rewrites one module.
 *
 * @throws {TypeError} when it has a top-level await, or imports what npm cannot give
 */
export function readModule(path: string, source: string): SourceModule {
  const original = source.replaceAll(denoComment, "");
  const file = ts.createSourceFile(path, original, ts.ScriptTarget.ES2022, true);
  const imports: string[] = [];
  const versions: Record<string, string> = {};
  let text = original;
  refuseTopLevelAwait(file);
  for (const { start, end, text: specifier } of specifiersOf(file).reverse()) {
    const npm = npmSpecifier.exec(specifier);
    if (/^\.\.?\//.test(specifier)) {
      imports.push(new URL(specifier, `file:///${path}`).pathname.slice(1));
      text = text.slice(0, start) + specifier.replace(/\.ts$/, ".js") + text.slice(end);
    } else if (npm !== null) {
      const [, name = "", version, subpath = ""] = npm;
      if (version !== undefined) versions[name] = version;
      text = text.slice(0, start) + name + subpath + text.slice(end);
    } else if (/^(?!node:)[\w+-]+:/.test(specifier)) {
      throw new TypeError(`Cannot build ${path}: npm cannot resolve "${specifier}"`);
    }
  }
  return { path, text, imports, versions };
}

/** Every module specifier of a file, of types and dynamic imports too, in order of place. */
export function specifiersOf(file: ts.SourceFile): Specifier[] {
  const found: Specifier[] = [];
  const take = (node: ts.Node | undefined): void => {
    if (node === undefined || !ts.isStringLiteral(node)) return;
    found.push({ start: node.getStart(file) + 1, end: node.getEnd() - 1, text: node.text });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) take(node.moduleSpecifier);
    if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      take(node.argument.literal);
    }
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      take(node.arguments[0]);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found.sort((a, b) => a.start - b.start);
}

function refuseTopLevelAwait(file: ts.SourceFile): void {
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node)) return;
    const waits = ts.isAwaitExpression(node) ||
      (ts.isForOfStatement(node) && node.awaitModifier !== undefined);
    if (waits) {
      const { line } = file.getLineAndCharacterOfPosition(node.getStart(file));
      throw new TypeError(
        `Cannot build ${file.fileName}:${line + 1}: a top-level await cannot be required`,
      );
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
}
