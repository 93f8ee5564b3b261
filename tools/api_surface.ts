/**
 * The public API of the package, reduced from `deno doc --json`: names, kinds and signatures.
 *
 * Invariants
 * - Comments, source locations and private members are left out; everything a user's code could
 *   depend on is in.
 * - Symbols are sorted by name; overloads and members keep the order of the source.
 */
import { projectRoot } from "./dependencies.ts";
import {
  type DocNode,
  isNode,
  list,
  membersText,
  parametersText,
  plainJson,
  propertyText,
  typeParametersText,
  typeText,
} from "./type_text.ts";

/** One documented module: its own comment and what it exports. */
export interface DocModule {
  readonly comment: string;
  readonly symbols: readonly DocSymbol[];
}

/** One exported name with its declarations. */
export interface DocSymbol {
  readonly name: string;
  readonly declarations: readonly DocNode[];
}

/** Per exported name: each declaration's signature, followed by its members, indented. */
export type ApiSurface = Readonly<Record<string, readonly string[]>>;

/** Runs `deno doc --json` on one file; a type or resolution error is thrown with its text. */
export async function readDocumentation(file: URL): Promise<DocModule> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["doc", "--json", file.href],
    cwd: projectRoot,
    env: { NO_COLOR: "1" },
  }).output();
  if (code !== 0) {
    throw new Error(`Cannot document ${file.href}: ${new TextDecoder().decode(stderr)}`);
  }
  const { version, nodes } = JSON.parse(new TextDecoder().decode(stdout));
  if (version !== 2) {
    throw new Error(`Cannot read the output of deno doc: version must be 2, found ${version}`);
  }
  const module = nodes[file.href];
  return {
    comment: module?.module_doc?.doc ?? "",
    symbols: (module?.symbols ?? []).map((symbol: DocSymbol) => ({
      name: symbol.name,
      declarations: exportedDeclarations(symbol.declarations),
    })),
  };
}

/** Reduces a module to the texts that are compared. */
export function apiSurface(module: DocModule): ApiSurface {
  const sorted = module.symbols.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return Object.fromEntries(
    sorted.map((symbol) => [
      symbol.name,
      symbol.declarations.flatMap((declaration) => declarationText(symbol.name, declaration)),
    ]),
  );
}

/** Public declarations only, and of overloads without the one that implements them. */
function exportedDeclarations(declarations: readonly DocNode[]): readonly DocNode[] {
  const exported = declarations.filter((it) => it.declarationKind === "export");
  const overloaded = exported.some((it) => it.kind === "function" && !hasBody(it.def));
  return exported.filter((it) => !(overloaded && it.kind === "function" && hasBody(it.def)));
}

function hasBody(def: unknown): boolean {
  return isNode(def) && def.hasBody === true;
}

function declarationText(name: string, declaration: DocNode): readonly string[] {
  const def = isNode(declaration.def) ? declaration.def : {};
  const generics = typeParametersText(def.typeParams);
  switch (declaration.kind) {
    case "function":
      return [
        `function ${name}${generics}(${parametersText(def.params)}): ${typeText(def.returnType)}`,
      ];
    case "typeAlias":
      return [`type ${name}${generics} = ${typeText(def.tsType)}`];
    case "variable":
      return [`${def.kind} ${name}: ${typeText(def.tsType)}`];
    case "interface":
      return [
        `interface ${name}${generics}${extendsText(def.extends)}`,
        ...indent(
          membersText(def),
        ),
      ];
    case "class":
      return [classHead(name, generics, def), ...indent(classMembers(def))];
    default:
      return [`${declaration.kind} ${name} ${plainJson(def)}`];
  }
}

function extendsText(types: unknown): string {
  const items = list(types);
  return items.length === 0 ? "" : ` extends ${items.map(typeText).join(", ")}`;
}

function classHead(name: string, generics: string, def: DocNode): string {
  const abstract = def.isAbstract === true ? "abstract " : "";
  const types = list(def.superTypeParams).map(typeText).join(", ");
  const base = typeof def.extends === "string"
    ? ` extends ${def.extends}${types === "" ? "" : `<${types}>`}`
    : "";
  const interfaces = list(def.implements).map(typeText).join(", ");
  return `${abstract}class ${name}${generics}${base}${
    interfaces === "" ? "" : ` implements ${interfaces}`
  }`;
}

function classMembers(def: DocNode): readonly string[] {
  const constructors = publicOnly(def.constructors).map((it) =>
    `${accessText(it)}constructor(${parametersText(it.params)})`
  );
  const properties = publicOnly(def.properties).map((it) => accessText(it) + propertyText(it));
  const methods = withoutImplementations(publicOnly(def.methods)).map(classMethodText);
  const indexes = membersText({ indexSignatures: def.indexSignatures });
  return [...constructors, ...properties, ...methods, ...indexes];
}

function publicOnly(members: unknown): readonly DocNode[] {
  return list(members).filter((it) => it.accessibility !== "private");
}

/** Drops the implementing signature of a method that has overloads. */
function withoutImplementations(methods: readonly DocNode[]): readonly DocNode[] {
  const overloaded = new Set(
    methods.filter((it) => !hasBody(it.functionDef) && it.isAbstract !== true).map((it) => it.name),
  );
  return methods.filter((it) => !(overloaded.has(it.name) && hasBody(it.functionDef)));
}

function classMethodText(method: DocNode): string {
  const def = isNode(method.functionDef) ? method.functionDef : {};
  const accessor = method.kind === "getter" ? "get " : method.kind === "setter" ? "set " : "";
  const returns = method.kind === "setter" ? "" : `: ${typeText(def.returnType)}`;
  return `${accessText(method)}${accessor}${method.name}${method.optional === true ? "?" : ""}${
    typeParametersText(def.typeParams)
  }(${parametersText(def.params)})${returns}`;
}

function accessText(member: DocNode): string {
  const access = member.accessibility === "protected" ? "protected " : "";
  const isStatic = member.isStatic === true ? "static " : "";
  return `${access}${isStatic}${member.isAbstract === true ? "abstract " : ""}`;
}

function indent(lines: readonly string[]): readonly string[] {
  return lines.map((line) => `  ${line}`);
}
