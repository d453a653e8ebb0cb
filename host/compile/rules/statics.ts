/** Static methods and fields of a base class are not inherited. */
import type { Rule } from "eslint";
import type * as ESTree from "estree";
import type { Node } from "./immediate.ts";

export const noInheritedStatics: Rule.RuleModule = {
  meta: { type: "problem", schema: [], docs: { description: "a class that others extend has no static members" } },
  create(context) {
    const statics = new Map<string, ESTree.Node>();
    const extended = new Set<string>();

    return {
      "ClassDeclaration, ClassExpression"(node: Node) {
        const declaration = node as ESTree.Class;
        const member = declaration.body.body.find((one) => one.type != "StaticBlock" && one.static);
        const variable = node.parent.type == "VariableDeclarator" && node.parent.id.type == "Identifier" ? node.parent.id.name : "";
        if (member) statics.set(declaration.id?.name ?? variable, member);
        if (declaration.superClass?.type == "Identifier") extended.add(declaration.superClass.name);
      },
      "Program:exit"() {
        for (const [name, member] of statics) {
          if (!extended.has(name)) continue;
          context.report({ node: member, message: "static members are not inherited; instead: a plain function beside the class" });
        }
      },
    };
  },
};
