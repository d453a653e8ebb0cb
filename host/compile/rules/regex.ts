/**
 * The interpreter's regular expressions are a small subset, and what is outside of it mostly just never matches.
 * Checked are literals and the fixed parts of `new RegExp(...)`.
 */
import type { Rule } from "eslint";
import type * as ESTree from "estree";
import type { Node } from "./immediate.ts";

export const regexSubset: Rule.RuleModule = {
  meta: { type: "problem", schema: [], docs: { description: "regular expressions stay within the interpreter's subset" } },
  create(context) {
    function check(node: Node, pattern: string, flags: string): void {
      const problem =
        problemOf(pattern) || (/[^gi]/.test(flags) && "flags other than g and i do nothing or throw; instead: [^\\n] or a loop over lines");
      if (problem) context.report({ node, message: problem });
    }

    return {
      "Literal[regex]"(node: Node) {
        const regex = (node as ESTree.RegExpLiteral).regex;
        check(node, regex.pattern, regex.flags);
        if (/(^|[^\\])\//.test(regex.pattern)) {
          context.report({ node, message: "a bare / ends the expression, even between [ and ]; instead: \\/" });
        }
        const before = context.sourceCode.getTokenBefore(node);
        if (before?.value == ")") {
          context.report({ node, message: "an expression after ) is read as a division; instead: put it into a variable first" });
        }
        const call = node.parent;
        const callee = call.type == "CallExpression" && call.callee.type == "MemberExpression" ? call.callee.property : undefined;
        if (callee?.type == "Identifier" && callee.name == "split" && /(^|[^\\])\(/.test(regex.pattern)) {
          context.report({ node, message: "split leaves out what a group caught; instead: exec in a loop" });
        }
      },
      "NewExpression[callee.name='RegExp'], CallExpression[callee.name='RegExp']"(node: Node) {
        const call = node as ESTree.NewExpression;
        const flags = call.arguments[1];
        check(node, fixedText(call.arguments[0]), flags ? fixedText(flags) : "");
      },
    };
  },
};

/** The text of a sum of texts; what is only known at run time counts as one ordinary letter. */
function fixedText(node: ESTree.Node | undefined): string {
  if (node?.type == "Literal" && typeof node.value == "string") return node.value;
  if (node?.type == "BinaryExpression" && node.operator == "+") return fixedText(node.left as ESTree.Node) + fixedText(node.right);
  if (node?.type == "TemplateLiteral") return node.quasis.map((quasi) => quasi.value.cooked ?? "").join("i");
  return "i";
}

/** Why the interpreter would get this pattern wrong, or `""`. */
export function problemOf(pattern: string): string {
  let depth = 0;
  let anchored = false;
  for (let i = 0; i < pattern.length; i++) {
    const c = pattern.charAt(i);
    const next = pattern.charAt(i + 1);
    if (c > "\x7f") return "strings are bytes, so a character above 0x7F is several; instead: \\xNN of its UTF-8 bytes";
    if (c == "\\") {
      const problem = escapeProblem(next);
      if (problem) return problem;
      i++;
    } else if (c == "[") {
      i = endOfClass(pattern, i);
    } else if (c == "(") {
      if (next == "?") return "(?…) never matches, or captures; instead: a plain group, or two expressions";
      if (depth++) return "the captures of a group in a group are lost; instead: two expressions";
    } else if (c == ")") {
      depth--;
      if (/[*+?{]/.test(next)) return "a group cannot be repeated: it never matches; instead: [characters]* or two expressions";
    } else if (c == "|") {
      if (depth) return "with | in a group the match or its capture is lost; instead: [characters], or two expressions";
      if (anchored || pattern.indexOf("^", i) >= 0) return "^ with | fails beyond the first character; instead: two expressions";
    } else if (c == "?") {
      return "? never matches, neither as optional nor as lazy; instead: [x]*, or two expressions";
    } else if (c == "{" && /[0-9]/.test(next)) {
      return "{n} never matches; instead: write it n times";
    } else if (c == "^") {
      anchored = true;
    }
  }
  return "";
}

function escapeProblem(c: string): string {
  if (c == "b" || c == "B") return `\\${c} never matches; instead: name the characters around it`;
  if (c >= "1" && c <= "9") return "back references throw; instead: compare what two groups caught";
  if (/[ucpPk]/.test(c)) return `\\${c} never matches; instead: \\xNN`;
  return "";
}

/** Index of the `]` that ends the class that starts at `from`. */
function endOfClass(pattern: string, from: number): number {
  let i = from + 1;
  while (i < pattern.length && pattern.charAt(i) != "]") i += pattern.charAt(i) == "\\" ? 2 : 1;
  return i;
}
