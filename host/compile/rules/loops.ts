/** A loop has one binding for all its turns: a function made in it sees the last value. */
import type { Rule, Scope } from "eslint";
import type * as ESTree from "estree";
import { isFunction, runsAtOnce, startOf } from "./immediate.ts";
import type { Node } from "./immediate.ts";

export const noLoopClosures: Rule.RuleModule = {
  meta: { type: "problem", schema: [], docs: { description: "functions do not capture the variable of a loop's head" } },
  create(context) {
    function check(loop: ESTree.Node, head: ESTree.Node | null | undefined): void {
      if (head?.type != "VariableDeclaration" || head.kind == "var") return;
      for (const variable of context.sourceCode.getDeclaredVariables(head)) {
        const captured = variable.references.find((reference) => isCaptured(reference, loop));
        if (!captured) continue;
        context.report({
          node: captured.identifier,
          message: `\`${variable.name}\` is one variable for all turns of the loop, so this function sees its last value; instead: a const inside the block`,
        });
      }
    }

    return {
      ForStatement: (node) => check(node, node.init),
      ForOfStatement: (node) => check(node, node.left),
      ForInStatement: (node) => check(node, node.left),
    };
  },
};

/** Is it used by a function that may run after the turn it was made in? */
function isCaptured(reference: Scope.Reference, loop: ESTree.Node): boolean {
  let at = (reference.identifier as Node).parent;
  while (startOf(at) > startOf(loop)) {
    if (isFunction(at) && !runsAtOnce(at)) return true;
    at = at.parent;
  }
  return false;
}
