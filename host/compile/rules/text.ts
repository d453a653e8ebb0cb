/** What the finished text of a module must not hold: after minification every character is ASCII, and every escape one byte. */
import type { Rule } from "eslint";
import type * as ESTree from "estree";

export const bytesOnly: Rule.RuleModule = {
  meta: { type: "problem", schema: [], docs: { description: "strings are bytes: no character above 0xFF" } },
  create(context) {
    function check(node: ESTree.Node, raw: string): void {
      if (/[^\x00-\x7f]/.test(raw) || /(^|[^\\])(\\\\)*\\u/.test(raw)) {
        context.report({
          node,
          message: "a \\u escape becomes its low byte on a board; instead: the character itself, or \\xNN of its UTF-8 bytes",
        });
      }
    }

    return {
      // Expressions have a rule of their own.
      "Literal:not([regex])": (node: ESTree.Literal) => check(node, node.raw ?? ""),
      TemplateElement: (node) => check(node, node.value.raw),
    };
  },
};
