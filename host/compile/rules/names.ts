/** Names that the interpreter does not have: globals, members of its objects, methods. */
import type { Rule, Scope } from "eslint";
import type * as ESTree from "estree";
import { GLOBALS, INSTEAD, METHOD_NAMES, NATIVE_NAMES, STATICS } from "../interpreter.ts";
import { isValue } from "./immediate.ts";
import type { Node } from "./immediate.ts";

function instead(name: string, otherwise: string): string {
  return `; instead: ${INSTEAD[name] ?? otherwise}`;
}

export const knownGlobals: Rule.RuleModule = {
  meta: {
    type: "problem",
    schema: [{ type: "array", items: { type: "string" } }],
    docs: { description: "only globals that every board's interpreter has" },
  },
  create(context) {
    const allowed = new Set((context.options[0] as string[] | undefined) ?? GLOBALS);
    return {
      "Program:exit"() {
        for (const scope of context.sourceCode.scopeManager.scopes) scope.references.forEach(check);
      },
    };

    function check(reference: Scope.Reference): void {
      const name = reference.identifier.name;
      // `arguments` is no global, and has a rule of its own.
      if (!isGlobal(reference) || !isValue(reference) || allowed.has(name) || name == "arguments") return;
      const where = new Set(GLOBALS).has(name) ? "belongs to src/hal/" : "is not in the interpreter";
      context.report({
        node: reference.identifier,
        message: `\`${name}\` ${where}${instead(name, "hand it in through World, or declare it")}`,
      });
    }
  },
};

export const knownStatics: Rule.RuleModule = {
  meta: { type: "problem", schema: [], docs: { description: "only members that the interpreter's objects have" } },
  create(context) {
    return {
      "Program:exit"() {
        for (const scope of context.sourceCode.scopeManager.scopes) {
          for (const reference of scope.references) if (isGlobal(reference)) check(reference.identifier as Node);
        }
      },
    };

    function check(node: Node): void {
      const name = (node as ESTree.Identifier).name;
      const known = STATICS[name];
      const member = node.parent;
      if (!known || member.type != "MemberExpression" || member.object !== (node as ESTree.Node) || member.computed) return;
      const property = (member.property as ESTree.Identifier).name;
      if (known.includes(property)) return;
      const full = `${name}.${property}`;
      context.report({ node: member.property, message: `${full} is not in the interpreter${instead(full, "a function of your own")}` });
    }
  },
};

/**
 * For a whole module after minification: a method that is called, and (where names are shortened) a property that is read,
 * is the interpreter's, part of the shared types, or made in this module. Anything else is not there, or has another name
 * in the module that makes it.
 */
export const knownMembers: Rule.RuleModule = {
  meta: {
    type: "problem",
    schema: [
      {
        type: "object",
        properties: { names: { type: "array" }, methods: { type: "array" }, reads: { type: "boolean" } },
        additionalProperties: false,
      },
    ],
    docs: { description: "only methods that the interpreter or the program has" },
  },
  create(context) {
    const options = context.options[0] as { names: string[]; methods: string[]; reads: boolean };
    const methods = new Set(options.methods);
    const names = new Set(options.names);
    const own = new Set<string>();
    const used: [ESTree.Identifier, boolean][] = [];

    function define(node: ESTree.Node): void {
      if (node.type == "Identifier") own.add(node.name);
      else if (node.type == "Literal") own.add(String(node.value));
    }

    return {
      Property: (node) => define(node.key),
      MethodDefinition: (node) => define(node.key),
      PropertyDefinition: (node) => define(node.key),
      MemberExpression(node) {
        if (node.computed || node.property.type != "Identifier") return;
        const parent = node.parent;
        if (parent.type == "AssignmentExpression" && parent.left === node && parent.operator == "=") define(node.property);
        else if (!isCheckedByName(node.object, context.sourceCode.getScope(node))) {
          used.push([node.property, parent.type == "CallExpression" && parent.callee === node]);
        }
      },
      "Program:exit"() {
        for (const [property, isCall] of used) {
          const name = property.name;
          if (own.has(name) || (isCall ? METHOD_NAMES.has(name) || methods.has(name) : NATIVE_NAMES.has(name) || names.has(name))) continue;
          if (isCall) {
            context.report({
              node: property,
              message: `the method \`${name}\` is not in the interpreter${instead(name, "a function of your own")}`,
            });
          } else if (options.reads) {
            context.report({
              node: property,
              message: `\`${name}\` is read here, but made nowhere in this module, whose names are shortened; instead: declare it in src/api`,
            });
          }
        }
      },
    };
  },
};

function isGlobal(reference: Scope.Reference): boolean {
  return !reference.resolved || reference.resolved.defs.length == 0;
}

/** Is it a global that another rule looks after: an object whose members are known, or one that is not there at all? */
function isCheckedByName(object: ESTree.Node, scope: Scope.Scope): boolean {
  if (object.type != "Identifier" || (!STATICS[object.name] && GLOBALS.includes(object.name))) return false;
  for (let at: Scope.Scope | null = scope; at; at = at.upper) if (at.set.get(object.name)?.defs.length) return false;
  return true;
}
