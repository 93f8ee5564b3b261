/**
 * Types of `deno doc --json` as text, so that a change of the public API reads as a change of code.
 *
 * Invariants
 * - Nothing is lost silently: a kind of type that is not known here appears as its JSON, without
 *   source locations.
 * - The text does not depend on formatting, comments or the order of unrelated declarations.
 */

/** A value of the documentation's JSON: the shapes are those of Deno 2.9. */
export interface DocNode {
  readonly [key: string]: unknown;
}

type Render = (value: DocNode, node: DocNode) => string;

const renderers: Readonly<Record<string, Render>> = {
  keyword: (_, node) => String(node.value),
  literal: (value) => literalText(value),
  typeRef: (value) => `${value.typeName}${typeArgumentsText(value.typeParams)}`,
  union: (value) => list(value).map(typeText).join(" | "),
  intersection: (value) => list(value).map(typeText).join(" & "),
  array: (value) => `${typeText(value)}[]`,
  tuple: (value) => `[${list(value).map(typeText).join(", ")}]`,
  rest: (value) => `...${typeText(value)}`,
  optional: (value) => `${typeText(value)}?`,
  parenthesized: (value) => `(${typeText(value)})`,
  this: () => "this",
  typeOperator: (value) => `${value.operator} ${typeText(value.tsType)}`,
  typeQuery: (_, node) => `typeof ${node.value}`,
  importType: (value) =>
    `import("${value.specifier}").${value.qualifier}${typeArgumentsText(value.typeParams)}`,
  indexedAccess: (value) => `${typeText(value.objType)}[${typeText(value.indexType)}]`,
  infer: (value) => `infer ${typeParameterText(value.typeParam)}`,
  conditional: (value) =>
    `${typeText(value.checkType)} extends ${typeText(value.extendsType)}` +
    ` ? ${typeText(value.trueType)} : ${typeText(value.falseType)}`,
  fnOrConstructor: (value) =>
    `${(value["constructor"] as unknown) === true ? "new " : ""}${
      typeParametersText(value.typeParams)
    }` +
    `(${parametersText(value.params)}) => ${typeText(value.tsType)}`,
  typeLiteral: (value) => `{ ${membersText(value).join("; ")} }`,
  typePredicate: (value) => predicateText(value),
  mapped: (value) => mappedText(value),
};

/** One type as text; an absent type is `unknown`, as an unannotated position would be. */
export function typeText(type: unknown): string {
  if (!isNode(type)) return "unknown";
  const render = typeof type.kind === "string" ? renderers[type.kind] : undefined;
  const value = type.value;
  if (render === undefined) return plainJson(type);
  return render(isNode(value) || Array.isArray(value) ? (value as DocNode) : {}, type);
}

/** `<A extends B = C>`, or nothing. */
export function typeParametersText(parameters: unknown): string {
  const items = list(parameters);
  return items.length === 0 ? "" : `<${items.map(typeParameterText).join(", ")}>`;
}

/** `a: string, b?: number`: parameters as they are written. */
export function parametersText(parameters: unknown): string {
  return list(parameters).map(parameterText).join(", ");
}

/** The members of an interface or a type literal, one text each, in the order of the source. */
export function membersText(members: DocNode): readonly string[] {
  const constructors = list(members.constructors).map((it) => `new ${callText(it)}`);
  const calls = list(members.callSignatures).map(callText);
  const properties = list(members.properties).map(propertyText);
  const methods = list(members.methods).map(methodText);
  const indexes = list(members.indexSignatures).map((it) =>
    `${it.readonly === true ? "readonly " : ""}[${parametersText(it.params)}]: ${
      typeText(it.tsType)
    }`
  );
  return [...constructors, ...calls, ...properties, ...methods, ...indexes];
}

/** `readonly name?: Type`. */
export function propertyText(property: DocNode): string {
  const readonly = property.readonly === true ? "readonly " : "";
  const optional = property.optional === true ? "?" : "";
  return `${readonly}${property.name}${optional}: ${typeText(property.tsType)}`;
}

/** The items of a JSON array, or none. */
export function list(value: unknown): readonly DocNode[] {
  return Array.isArray(value) ? value.filter(isNode) : [];
}

/** Whether a JSON value is an object with named members. */
export function isNode(value: unknown): value is DocNode {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function callText(signature: DocNode): string {
  return `${typeParametersText(signature.typeParams)}(${parametersText(signature.params)}): ${
    typeText(signature.returnType ?? signature.tsType)
  }`;
}

function methodText(method: DocNode): string {
  const accessor = method.kind === "getter" ? "get " : method.kind === "setter" ? "set " : "";
  const optional = method.optional === true ? "?" : "";
  const returns = method.kind === "setter" ? "" : `: ${typeText(method.returnType)}`;
  return `${accessor}${method.name}${optional}${typeParametersText(method.typeParams)}(${
    parametersText(method.params)
  })${returns}`;
}

function parameterText(parameter: DocNode): string {
  const type = parameter.tsType === undefined ? "" : `: ${typeText(parameter.tsType)}`;
  switch (parameter.kind) {
    case "identifier":
      return `${parameter.name}${parameter.optional === true ? "?" : ""}${type}`;
    case "rest":
      return `...${parameterText(isNode(parameter.arg) ? parameter.arg : {})}${type}`;
    case "assign":
      return `${parameterText(isNode(parameter.left) ? parameter.left : {})}${type} = default`;
    case "object":
      return `{…}${type}`;
    case "array":
      return `[…]${type}`;
    default:
      return plainJson(parameter);
  }
}

function typeParameterText(parameter: unknown): string {
  if (!isNode(parameter)) return "unknown";
  const bound = parameter.constraint === undefined
    ? ""
    : ` extends ${typeText(parameter.constraint)}`;
  const preset = parameter.default === undefined ? "" : ` = ${typeText(parameter.default)}`;
  return `${parameter.name}${bound}${preset}`;
}

function typeArgumentsText(types: unknown): string {
  const items = list(types);
  return items.length === 0 ? "" : `<${items.map(typeText).join(", ")}>`;
}

function literalText(value: DocNode): string {
  switch (value.kind) {
    case "string":
      return JSON.stringify(value.string);
    case "template":
      return `\`${list(value.tsTypes).map(templatePartText).join("")}\``;
    case "number":
    case "boolean":
      return String(value[value.kind]);
    case "bigInt":
      return `${value.string}n`;
    default:
      return plainJson(value);
  }
}

function templatePartText(part: DocNode): string {
  const value = part.value;
  if (part.kind === "literal" && isNode(value) && value.kind === "string") {
    return String(value.string);
  }
  return `\${${typeText(part)}}`;
}

function predicateText(value: DocNode): string {
  const param = isNode(value.param) ? value.param : {};
  const subject = param.type === "this" ? "this" : String(param.name);
  const asserts = value.asserts === true ? "asserts " : "";
  return `${asserts}${subject}${value.type === undefined ? "" : ` is ${typeText(value.type)}`}`;
}

function mappedText(value: DocNode): string {
  const parameter = isNode(value.typeParam) ? value.typeParam : {};
  const nameType = value.nameType === undefined ? "" : ` as ${typeText(value.nameType)}`;
  const key = `[${parameter.name} in ${typeText(parameter.constraint)}${nameType}]`;
  const readonly = modifierText(value.readonly, "readonly ", "");
  const optional = modifierText(value.optional, "", "?");
  return `{ ${readonly}${key}${optional}: ${typeText(value.tsType)} }`;
}

function modifierText(modifier: unknown, before: string, after: string): string {
  if (modifier === undefined || modifier === null) return "";
  return `${modifier === true ? "" : modifier}${before}${after}`;
}

const locations = new Set(["location", "repr", "resolution", "jsDoc"]);

/** A node as JSON without its comments and source locations. */
export function plainJson(node: DocNode): string {
  return JSON.stringify(node, (key, value) => (locations.has(key) ? undefined : value));
}
