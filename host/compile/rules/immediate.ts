import type { Scope } from "eslint";
import type * as ESTree from "estree";

/** A node with the parent that ESLint gives it; the program itself has none, and nobody here asks for it. */
export type Node = ESTree.Node & { parent: Node };

const CALLED_AT_ONCE = /^(every|filter|find|findIndex|forEach|map|reduce|replace|replaceAll|some|sort|call|apply)$/;

/** Does this function run where it is written: called in place, or handed to an array method? */
export function runsAtOnce(fn: Node): boolean {
  const parent = fn.parent;
  if (parent.type != "CallExpression") return false;
  if (parent.callee === (fn as ESTree.Node)) return true;
  const callee = parent.callee;
  return callee.type == "MemberExpression" && callee.property.type == "Identifier" && CALLED_AT_ONCE.test(callee.property.name);
}

export function isFunction(node: ESTree.Node): boolean {
  return node.type == "FunctionDeclaration" || node.type == "FunctionExpression" || node.type == "ArrowFunctionExpression";
}

/** The function (or program) whose run executes a node, seen through functions that run where they are written. */
export function unitOf(node: Node): Node {
  let at = node.parent;
  while (at.type != "Program" && (!isFunction(at) || runsAtOnce(at))) at = at.parent;
  return at;
}

/** Position in the text; ESLint sets it on every node. */
export function startOf(node: ESTree.Node): number {
  return (node.range as [number, number])[0];
}

/** Is it a value here, not only a type? */
export function isValue(reference: Scope.Reference): boolean {
  return (reference as Scope.Reference & { isValueReference?: boolean }).isValueReference !== false;
}
