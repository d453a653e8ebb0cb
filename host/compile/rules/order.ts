/**
 * Function declarations are not hoisted: what runs above a declaration does not find it. Also found through calls: `start()` runs a body
 * that needs a function declared below the call.
 */
import type { Rule, Scope } from "eslint";
import type * as ESTree from "estree";
import { isFunction, isValue, startOf, unitOf } from "./immediate.ts";
import type { Node } from "./immediate.ts";

interface Use {
  variable: Scope.Variable;
  node: Node;
  isCall: boolean;
}

export const declareBeforeUse: Rule.RuleModule = {
  meta: { type: "problem", schema: [], docs: { description: "functions are declared above the code that runs them" } },
  create(context) {
    return {
      "Program:exit"() {
        const uses = collect(context.sourceCode.scopeManager.scopes);
        for (const [unit, ofUnit] of uses) {
          for (const use of ofUnit) {
            const late = declaredLater(use.variable, unit, use.node);
            if (late) report(use, `\`${use.variable.name}\` is declared below, and functions are not hoisted`);
            else if (use.isCall) reportThroughCalls(unit, use, uses);
          }
        }
      },
    };

    function reportThroughCalls(unit: Node, call: Use, uses: Map<Node, Use[]>): void {
      const seen = new Set<Scope.Variable>();
      const open = [call.variable];
      for (let variable = open.pop(); variable; variable = open.pop()) {
        const body = functionOf(variable);
        if (!body || seen.has(variable)) continue;
        seen.add(variable);
        for (const use of uses.get(body) ?? []) {
          if (declaredLater(use.variable, unit, call.node)) {
            report(call, `\`${call.variable.name}\` needs a function that is declared below this call, and functions are not hoisted`);
            return;
          }
          if (use.isCall) open.push(use.variable);
        }
      }
    }

    function report(use: Use, what: string): void {
      context.report({ node: use.node, message: `${what}; instead: move the declaration up, or this code down` });
    }
  },
};

/** Uses of functions, by the function (or program) whose run executes them. */
function collect(scopes: Scope.Scope[]): Map<Node, Use[]> {
  const uses = new Map<Node, Use[]>();
  for (const scope of scopes) {
    for (const reference of scope.references) {
      const variable = reference.resolved;
      if (!variable || !reference.isRead() || !isValue(reference) || !functionOf(variable)) continue;
      const node = reference.identifier as Node;
      const unit = unitOf(node);
      const isCall = node.parent.type == "CallExpression" && node.parent.callee === (node as ESTree.Node);
      uses.set(unit, [...(uses.get(unit) ?? []), { variable, node, isCall }]);
    }
  }
  return uses;
}

/** The function that a name stands for, if it is declared as one. */
function functionOf(variable: Scope.Variable): Node | undefined {
  const definition = variable.defs[0];
  if (definition?.type == "FunctionName") return definition.node as Node;
  if (definition?.type == "Variable" && definition.node.init && isFunction(definition.node.init)) return definition.node.init as Node;
  return undefined;
}

/** Is it declared in this very function, below the place? */
function declaredLater(variable: Scope.Variable, unit: Node, place: Node): boolean {
  const definition = variable.defs[0]?.node as Node | undefined;
  // A constant is one that holds a function: the build makes these of declarations.
  if (definition?.type != "FunctionDeclaration" && definition?.type != "VariableDeclarator") return false;
  return unitOf(definition) === unit && startOf(definition) > startOf(place);
}
