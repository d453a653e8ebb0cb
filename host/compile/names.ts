/**
 * Who knows a property name: one module, several, or somebody outside of the program. Read from the sources' syntax, without type checking.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import ts from "typescript";
import { NATIVE_NAMES } from "./interpreter.ts";
import type { ModuleSpec } from "./modules.ts";

export interface SharedNames {
  /** Members of the shared types (`src/api/`), of the interpreter's as `src/hal/` describes them, and what modules export. */
  all: ReadonlySet<string>;
  /** Those of them that can be called. */
  methods: ReadonlySet<string>;
  /** Those of them that modules alone know: they may have short forms, if every module has the same. */
  internal: ReadonlySet<string>;
}

/**
 * Types of `src/api/` that are seen from outside of the program: the files in Storage, what an application is given, and what the loader
 * and packages of updates are made of.
 */
const OUTSIDE = ["src/api/boot.ts", "src/api/config.ts", "src/api/device.ts"];
/** Sections of the product that one cloud has. */
const SECTION = /^src\/cloud\/[^/]+\/config\.ts$/;

/** `root`: the folder that holds `src/`. */
export function sharedNames(root: string, modules: readonly ModuleSpec[]): SharedNames {
  const all = new Set<string>();
  const methods = new Set<string>();
  const outside = new Set<string>();
  for (const file of sourceFiles(join(root, "src/hal"))) members(parse(file), outside, methods);
  for (const file of sourceFiles(join(root, "src/api"))) {
    const source = parse(file);
    members(source, OUTSIDE.some((one) => file == join(root, one)) ? outside : all, methods);
    texts(source, outside);
  }
  for (const file of sourceFiles(join(root, "src")).filter((one) => SECTION.test(relative(root, one))))
    members(parse(file), outside, methods);
  for (const module of modules) {
    const source = parse(join(root, module.entry));
    // A module whose names stay knows its neighbours by their long ones.
    if (!module.shortenProperties) members(source, outside, methods);
    for (const name of exportsOf(source)) {
      (module.shortenProperties ? all : outside).add(name);
      methods.add(name);
    }
  }
  const internal = new Set([...all].filter((name) => !outside.has(name) && !NATIVE_NAMES.has(name)));
  return { all: new Set([...all, ...outside]), methods, internal };
}

/**
 * Names that the minifier may shorten inside a module: members that an interface or a class of the sources declares, and nobody else knows.
 * Keys that are data (`{ RDY: "rebooted" }`) are declared nowhere, so they stay.
 */
export function privateNames(root: string, shared: SharedNames): string[] {
  const declared = new Set<string>();
  for (const file of sourceFiles(join(root, "src"))) members(parse(file), declared, new Set());
  return [...declared].filter((name) => !shared.all.has(name) && !NATIVE_NAMES.has(name)).sort();
}

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => join(folder, name));
}

function parse(file: string): ts.SourceFile {
  return ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.ES2022, false);
}

function members(file: ts.SourceFile, all: Set<string>, methods: Set<string>): void {
  const visit = (node: ts.Node): void => {
    if (ts.isTypeElement(node) || ts.isClassElement(node)) {
      const name = node.name && (ts.isIdentifier(node.name) || ts.isStringLiteral(node.name)) ? node.name.text : undefined;
      if (name) all.add(name);
      if (name && isCallable(node)) methods.add(name);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
}

/** Texts that are types may be keys: `pins[name]`. */
function texts(file: ts.SourceFile, all: Set<string>): void {
  const visit = (node: ts.Node): void => {
    if (ts.isLiteralTypeNode(node) && ts.isStringLiteral(node.literal)) all.add(node.literal.text);
    ts.forEachChild(node, visit);
  };
  visit(file);
}

/** A method, or a property whose type is a function or the name of a type (which may be one). */
function isCallable(node: ts.TypeElement | ts.ClassElement): boolean {
  if (ts.isMethodSignature(node) || ts.isMethodDeclaration(node)) return true;
  if (!ts.isPropertySignature(node) && !ts.isPropertyDeclaration(node)) return false;
  const types = node.type && ts.isUnionTypeNode(node.type) ? node.type.types : [node.type];
  return types.some((type) => !!type && (ts.isFunctionTypeNode(type) || (ts.isTypeReferenceNode(type) && ts.isIdentifier(type.typeName))));
}

function exportsOf(file: ts.SourceFile): string[] {
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
