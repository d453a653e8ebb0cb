/**
 * A compiler step: members of const enums become their values. The compiler does so itself only when it knows all files at once, which
 * takes seconds; here a file is translated on its own, and what it takes from the enums of others is read from their texts.
 */
import type * as TS from "typescript";
import { typescript } from "./typescript.ts";
import { bytesOfLiteral } from "./utf8.ts";

const ts = typescript();

type Value = number | string;

/** Values by member, by name of the enum. */
export type ConstEnums = ReadonlyMap<string, ReadonlyMap<string, Value>>;

/** The enums that a file gives to others: name, and values by member. @throws {Error} about a member whose value is not plain. */
export function exportedEnums(name: string, text: string): [string, [string, Value][]][] {
  const file = ts.createSourceFile(name, text, ts.ScriptTarget.ES2022, true);
  return declared(file)
    .filter(isExported)
    .map((node) => [node.name.text, [...valuesOf(node, file)]]);
}

/** For the compiler's `before` stage. `shared`: what the files of the project export, by names that no two of them have. */
export function constEnums(shared: ConstEnums): TS.TransformerFactory<TS.SourceFile> {
  return (context) => (file) => {
    const { names, namespaces } = imported(file);
    const known = new Map<string, ReadonlyMap<string, Value>>([...shared].filter(([name]) => names.has(name)));
    for (const node of declared(file)) known.set(node.name.text, valuesOf(node, file));
    /** What a name, or a name of a namespace, stands for. */
    const enumOf = (node: TS.Expression): ReadonlyMap<string, Value> | undefined => {
      if (ts.isIdentifier(node)) return known.get(node.text);
      const isShared = ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression) && namespaces.has(node.expression.text);
      return isShared ? shared.get(node.name.text) : undefined;
    };
    const visit = (node: TS.Node): TS.Node | undefined => {
      if (isConstEnum(node)) return undefined;
      if (ts.isImportDeclaration(node)) return withoutEnums(node, shared, context.factory);
      const value = memberValue(node, enumOf);
      return value === undefined ? ts.visitEachChild(node, visit, context) : literal(value, context.factory);
    };
    return ts.visitEachChild(file, visit, context);
  };
}

function declared(file: TS.SourceFile): TS.EnumDeclaration[] {
  return file.statements.filter(isConstEnum);
}

function isConstEnum(node: TS.Node): node is TS.EnumDeclaration {
  return ts.isEnumDeclaration(node) && has(node, ts.SyntaxKind.ConstKeyword);
}

function isExported(node: TS.EnumDeclaration): boolean {
  return has(node, ts.SyntaxKind.ExportKeyword);
}

function has(node: TS.EnumDeclaration, kind: TS.SyntaxKind): boolean {
  return node.modifiers?.some((one) => one.kind == kind) ?? false;
}

function valuesOf(node: TS.EnumDeclaration, file: TS.SourceFile): Map<string, Value> {
  const values = new Map<string, Value>();
  let next = 0;
  for (const { name, initializer } of node.members) {
    const member = (name as TS.Identifier | TS.StringLiteral).text;
    const value = initializer ? evaluate(initializer, values, file) : next;
    if (value === undefined) throw new Error(`${file.fileName}: ${node.name.text}.${member}: its value is no plain number or text`);
    values.set(member, value);
    if (typeof value == "number") next = value + 1;
  }
  return values;
}

/** Numbers, texts, earlier members, and what is computed of these. */
function evaluate(node: TS.Expression, members: ReadonlyMap<string, Value>, file: TS.SourceFile): Value | undefined {
  if (ts.isParenthesizedExpression(node)) return evaluate(node.expression, members, file);
  if (ts.isNumericLiteral(node)) return Number(node.text);
  if (ts.isStringLiteral(node)) return bytesOfLiteral(node.getText(file).slice(1, -1));
  if (ts.isIdentifier(node)) return members.get(node.text);
  if (ts.isPropertyAccessExpression(node)) return members.get(node.name.text);
  if (ts.isPrefixUnaryExpression(node) && node.operator == ts.SyntaxKind.MinusToken) {
    const value = evaluate(node.operand, members, file);
    return typeof value == "number" ? -value : undefined;
  }
  if (!ts.isBinaryExpression(node)) return undefined;
  const left = evaluate(node.left, members, file);
  const right = evaluate(node.right, members, file);
  return typeof left == "number" && typeof right == "number" ? computed(left, node.operatorToken.kind, right) : undefined;
}

function computed(left: number, operator: TS.BinaryOperator, right: number): number | undefined {
  switch (operator) {
    case ts.SyntaxKind.PlusToken:
      return left + right;
    case ts.SyntaxKind.MinusToken:
      return left - right;
    case ts.SyntaxKind.AsteriskToken:
      return left * right;
    case ts.SyntaxKind.LessThanLessThanToken:
      return left << right;
    case ts.SyntaxKind.BarToken:
      return left | right;
    default:
      return undefined;
  }
}

function memberValue(node: TS.Node, enumOf: (node: TS.Expression) => ReadonlyMap<string, Value> | undefined): Value | undefined {
  if (ts.isPropertyAccessExpression(node)) return enumOf(node.expression)?.get(node.name.text);
  if (ts.isElementAccessExpression(node) && ts.isStringLiteral(node.argumentExpression))
    return enumOf(node.expression)?.get(node.argumentExpression.text);
  return undefined;
}

function literal(value: Value, factory: TS.NodeFactory): TS.Expression {
  if (typeof value == "string") return factory.createStringLiteral(value);
  const number = factory.createNumericLiteral(Math.abs(value));
  return value < 0 ? factory.createPrefixUnaryExpression(ts.SyntaxKind.MinusToken, number) : number;
}

function imported(file: TS.SourceFile): { names: Set<string>; namespaces: Set<string> } {
  const names = new Set<string>();
  const namespaces = new Set<string>();
  for (const node of file.statements) {
    const bindings = ts.isImportDeclaration(node) ? node.importClause?.namedBindings : undefined;
    if (bindings && ts.isNamespaceImport(bindings)) namespaces.add(bindings.name.text);
    else for (const element of bindings?.elements ?? []) names.add(element.name.text);
  }
  return { names, namespaces };
}

/** Nothing is left of them that could be imported. */
function withoutEnums(node: TS.ImportDeclaration, shared: ConstEnums, factory: TS.NodeFactory): TS.ImportDeclaration | undefined {
  const clause = node.importClause;
  const bindings = clause?.namedBindings;
  // An import of types alone leaves nothing anyway.
  if (!bindings || !ts.isNamedImports(bindings) || clause.isTypeOnly) return node;
  const rest = bindings.elements.filter((element) => !shared.has(element.name.text));
  if (rest.length == bindings.elements.length) return node;
  if (!rest.length && !clause.name) return undefined;
  const left = factory.updateImportClause(clause, clause.phaseModifier, clause.name, factory.updateNamedImports(bindings, rest));
  return factory.updateImportDeclaration(node, node.modifiers, left, node.moduleSpecifier, node.attributes);
}
