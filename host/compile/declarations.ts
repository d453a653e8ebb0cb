/** What the text of a source file declares, read from its syntax. */
import type * as TS from "typescript";
import { keptOr, keyOf } from "./kept.ts";
import { typescript } from "./typescript.ts";

export interface Declarations {
  /** Of interfaces, types and classes. */
  members: string[];
  /** Those of them that can be called. */
  methods: string[];
  /** Texts that are types: they may be keys (`pins[name]`). */
  texts: string[];
  /** Functions and constants that others can import. */
  exports: string[];
}

const known = new Map<string, Declarations>();

export function declarationsOf(text: string): Declarations {
  const found = known.get(text) ?? keptOr("declarations", keyOf(text), () => read(text));
  known.set(text, found);
  return found;
}

function read(text: string): Declarations {
  const ts = typescript();
  const file = ts.createSourceFile("source.ts", text, ts.ScriptTarget.ES2022, false);
  const members = new Set<string>();
  const methods = new Set<string>();
  const texts = new Set<string>();
  const visit = (node: TS.Node): void => {
    if (ts.isTypeElement(node) || ts.isClassElement(node)) {
      const name = node.name && (ts.isIdentifier(node.name) || ts.isStringLiteral(node.name)) ? node.name.text : undefined;
      if (name) members.add(name);
      if (name && isCallable(ts, node)) methods.add(name);
    }
    if (ts.isLiteralTypeNode(node) && ts.isStringLiteral(node.literal)) texts.add(node.literal.text);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return { members: [...members], methods: [...methods], texts: [...texts], exports: exportsOf(ts, file) };
}

/** A method, or a property whose type is a function or the name of a type (which may be one). */
function isCallable(ts: typeof TS, node: TS.TypeElement | TS.ClassElement): boolean {
  if (ts.isMethodSignature(node) || ts.isMethodDeclaration(node)) return true;
  if (!ts.isPropertySignature(node) && !ts.isPropertyDeclaration(node)) return false;
  const types = node.type && ts.isUnionTypeNode(node.type) ? node.type.types : [node.type];
  return types.some((type) => !!type && (ts.isFunctionTypeNode(type) || (ts.isTypeReferenceNode(type) && ts.isIdentifier(type.typeName))));
}

function exportsOf(ts: typeof TS, file: TS.SourceFile): string[] {
  const names: string[] = [];
  for (const statement of file.statements) {
    if (ts.isExportDeclaration(statement) && statement.exportClause && ts.isNamedExports(statement.exportClause)) {
      names.push(...statement.exportClause.elements.map((element) => element.name.text));
    }
    const exported = ts.canHaveModifiers(statement) && ts.getModifiers(statement)?.some((one) => one.kind == ts.SyntaxKind.ExportKeyword);
    if (!exported) continue;
    if (ts.isFunctionDeclaration(statement) && statement.name) names.push(statement.name.text);
    if (ts.isVariableStatement(statement)) {
      for (const { name } of statement.declarationList.declarations) if (ts.isIdentifier(name)) names.push(name.text);
    }
  }
  return names;
}
