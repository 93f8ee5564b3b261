/**
 * Finds names in the code of a file that its floor may not say.
 *
 * Invariants
 * - The syntax tree is searched, not the text: comments, strings and regular expressions are free,
 *   and so are property names, as in `timer.process()`. A string that begins with `node:` is not,
 *   where a rule says so.
 * - Uses the linter of Deno, which runs plugins under `deno test` only.
 */
/// <reference lib="deno.unstable" />
import { type NameRule, nameRules } from "./floors.ts";

type Report = (node: Deno.lint.Node, name: string) => void;

/** Each forbidden name in the source, as a message with its place and the reason. */
export function forbiddenNames(
  file: string,
  source: string,
  rules: readonly NameRule[] = nameRules,
): readonly string[] {
  const faults: string[] = [];
  for (const rule of rules.filter((it) => it.appliesTo(file))) {
    const plugin = pluginFor((report) => visitor(rule, report));
    for (const { message, range } of Deno.lint.runPlugin(plugin, file, source)) {
      const line = source.slice(0, range[0]).split("\n").length;
      faults.push(`${file}:${line} may not name ${message}: ${rule.reason}`);
    }
  }
  return faults;
}

function pluginFor(create: (report: Report) => Deno.lint.LintVisitor): Deno.lint.Plugin {
  return {
    name: "house",
    rules: {
      names: { create: (ctx) => create((node, message) => ctx.report({ node, message })) },
    },
  };
}

function visitor(rule: NameRule, report: Report): Deno.lint.LintVisitor {
  const asyncFunction = (node: Deno.lint.Node & { readonly async: boolean }): void => {
    if (rule.noAsync === true && node.async) report(node, "async");
  };
  return {
    Identifier(node): void {
      if (rule.names.has(node.name) && !isPropertyName(node)) report(node, node.name);
    },
    Literal(node): void {
      if (rule.noNodeModules !== true || typeof node.value !== "string") return;
      if (node.value.startsWith("node:")) {
        report(node, JSON.stringify(node.value));
      }
    },
    AwaitExpression(node): void {
      if (rule.noAsync === true) report(node, "await");
    },
    ForOfStatement(node): void {
      if (rule.noAsync === true && node.await) report(node, "await");
    },
    FunctionDeclaration: asyncFunction,
    FunctionExpression: asyncFunction,
    ArrowFunctionExpression: asyncFunction,
  };
}

/** Whether an identifier is the name of a member and not a reference. */
function isPropertyName(node: Deno.lint.Identifier): boolean {
  const parent = node.parent;
  switch (parent.type) {
    case "MemberExpression":
      return parent.property === node && !parent.computed;
    case "Property":
    case "PropertyDefinition":
    case "MethodDefinition":
    case "TSPropertySignature":
    case "TSMethodSignature":
      return parent.key === node && !parent.computed;
    default:
      return false;
  }
}
