/**
 * TypeScript to JavaScript and declarations, one module at a time.
 *
 * Invariants
 * - Every `.js` has its `.d.ts` beside it, at the place that the source has in the repository.
 * - Declarations come from the text of one module alone; what would need the types of another is an
 *   error here, as it is for JSR.
 * - JavaScript keeps its comments, so that a stack trace leads to text one can read.
 */
import ts from "typescript";
import type { SourceModule } from "./sources.ts";

/** Texts by path relative to the package. */
export type Files = Map<string, string>;

const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  verbatimModuleSyntax: true,
};
const declarationOptions: ts.CompilerOptions = {
  ...options,
  isolatedDeclarations: true,
  declaration: true,
};

/**
 * Compiles the modules.
 *
 * @throws {SyntaxError} with the compiler's words when a module is wrong
 */
export function compile(modules: readonly SourceModule[]): Files {
  const files: Files = new Map();
  for (const { path, text } of modules) {
    const settings = { fileName: path, reportDiagnostics: true };
    const script = ts.transpileModule(text, { ...settings, compilerOptions: options });
    const declaration = ts.transpileDeclaration(text, {
      ...settings,
      compilerOptions: declarationOptions,
    });
    refuseFaults(path, [...script.diagnostics ?? [], ...declaration.diagnostics ?? []]);
    files.set(path.replace(/\.ts$/, ".js"), script.outputText);
    files.set(path.replace(/\.ts$/, ".d.ts"), declaration.outputText);
  }
  return files;
}

function refuseFaults(path: string, faults: readonly ts.Diagnostic[]): void {
  if (faults.length === 0) return;
  const words = faults.map((it) => ts.flattenDiagnosticMessageText(it.messageText, "\n"));
  throw new SyntaxError(`Cannot build ${path}: ${words.join("; ")}`);
}

/** What a caller of a class has to know. */
export interface ClassShape {
  /** The type parameters, as written. */
  readonly typeParameters: readonly string[];
  /** How many signatures the constructor has. */
  readonly signatures: number;
}

/** What an entry's declarations export, as the compiler sees it through every `export *`. */
export interface EntryTypes {
  readonly names: readonly string[];
  /** What is exported as the class `Server`. */
  readonly server: ClassShape;
}

/** Reads the exports of one declaration file, `path`, among `files`. */
export function readEntryTypes(files: Files, path: string): EntryTypes {
  const host: ts.CompilerHost = {
    fileExists: (name) => files.has(name),
    readFile: (name) => files.get(name),
    getSourceFile(name, target): ts.SourceFile | undefined {
      const text = files.get(name);
      return text === undefined ? undefined : ts.createSourceFile(name, text, target, true);
    },
    getDefaultLibFileName: () => "lib.d.ts",
    getCurrentDirectory: () => "",
    getCanonicalFileName: (name) => name,
    useCaseSensitiveFileNames: () => true,
    getNewLine: () => "\n",
    writeFile: () => {},
  };
  const program = ts.createProgram([path], {
    noLib: true,
    types: [],
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
  }, host);
  const checker = program.getTypeChecker();
  const file = program.getSourceFile(path);
  const symbol = file === undefined ? undefined : checker.getSymbolAtLocation(file);
  if (symbol === undefined) throw new TypeError(`Cannot build ${path}: it exports nothing`);
  const exported = checker.getExportsOfModule(symbol);
  return {
    names: exported.map((it) => it.name).sort(),
    server: shapeOf(exported.find((it) => it.name === "Server")),
  };
}

function shapeOf(symbol: ts.Symbol | undefined): ClassShape {
  const declaration = symbol?.declarations?.find(ts.isClassDeclaration);
  return {
    typeParameters: declaration?.typeParameters?.map((it) => it.getText()) ?? [],
    signatures: declaration?.members.filter(ts.isConstructorDeclaration).length ?? 0,
  };
}
