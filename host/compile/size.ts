/** What each module costs, and what grew: bytes of text in flash, and functions, each of which takes memory as soon as it exists. */
import { eachMapping, TraceMap } from "@jridgewell/trace-mapping";
import { parse } from "acorn";
import type { Node } from "acorn";
import { full, fullAncestor } from "acorn-walk";
import type { Bundle } from "./bundles.ts";
import type { ModuleSpec } from "./modules.ts";

export interface ModuleSize {
  name: string;
  life: ModuleSpec["life"];
  bytes: number;
  /** All functions in its text. */
  functions: number;
  /** Those that exist once the module is loaded: not inside another function. */
  functionsAtLoad: number;
  /** Bytes by source file; what no file is to blame for (what the bundler adds) is left out. */
  sources: Readonly<Record<string, number>>;
}

/** Variables that a function takes when its text is in flash (measured on Espruino 2v29: the object, its name, its parameters). */
const VARIABLES_PER_FUNCTION = 7;

/** `map`: the text's source map. */
export function measure({ module, code, map }: Bundle): ModuleSize {
  const program = parse(code, { ecmaVersion: "latest" });
  let functions = 0;
  let functionsAtLoad = 0;
  full(program, (node) => {
    if (isFunction(node)) functions++;
  });
  fullAncestor(program, (node, _state, ancestors) => {
    if (isFunction(node) && !ancestors.slice(0, -1).some(isFunction)) functionsAtLoad++;
  });
  const bytes = Buffer.byteLength(code, "latin1");
  return { name: module.name, life: module.life, bytes, functions, functionsAtLoad, sources: bytesBySource(code, map) };
}

/** Each byte belongs to the source of the last place before it that the map knows. */
function bytesBySource(code: string, map: string): Record<string, number> {
  const lengths = code.split("\n").map((line) => line.length + 1);
  const sources: Record<string, number> = {};
  let last: { source: string | null; line: number; column: number } | null = null;
  const end = (line: number, column: number): void => {
    if (!last?.source) return;
    const between = lengths.slice(last.line - 1, line - 1).reduce((sum, length) => sum + length, 0);
    sources[last.source] = (sources[last.source] ?? 0) + between + column - last.column;
  };
  eachMapping(new TraceMap(map), ({ generatedLine, generatedColumn, source }) => {
    end(generatedLine, generatedColumn);
    last = { source, line: generatedLine, column: generatedColumn };
  });
  end(lengths.length, (lengths.at(-1) as number) - 1);
  return sources;
}

function isFunction(node: Node): boolean {
  return node.type == "FunctionDeclaration" || node.type == "FunctionExpression" || node.type == "ArrowFunctionExpression";
}

/** A table for people. `before`: the sizes of the last build, if there was one. */
export function sizeTable(sizes: readonly ModuleSize[], before: readonly ModuleSize[]): string {
  const rows = sizes.map((size) => {
    const old = before.find((one) => one.name == size.name);
    return [
      size.name,
      size.life,
      ...[size.bytes, change(size.bytes, old?.bytes)],
      ...[size.functions, change(size.functions, old?.functions)],
      ...[size.functionsAtLoad, change(size.functionsAtLoad, old?.functionsAtLoad)],
    ].map(String);
  });
  const header = ["module", "life", "bytes", "", "functions", "", "at load", ""];
  const lines = alignedTable(header, rows, [0, 1, 3, 5, 7]);
  return [lines, ...totals(sizes, before), ...changedSources(sizes, before)].join("\n");
}

/** Lines without an end. `texts`: columns that are set to the left; numbers are set to the right. */
export function alignedTable(header: readonly string[], rows: readonly (readonly string[])[], texts: readonly number[]): string {
  const all = [header, ...rows];
  const widths = header.map((_, i) => Math.max(...all.map((row) => (row[i] as string).length)));
  const cell = (text: string, i: number): string =>
    texts.includes(i) ? text.padEnd(widths[i] as number) : text.padStart(widths[i] as number);
  return all.map((row) => row.map(cell).join("  ").trimEnd()).join("\n");
}

/** Source files whose share of a module changed. */
function changedSources(sizes: readonly ModuleSize[], before: readonly ModuleSize[]): string[] {
  const changes = sizes.flatMap(({ name, sources }) => {
    const old = before.find((one) => one.name == name)?.sources;
    if (!old) return [];
    const files = [...new Set([...Object.keys(sources), ...Object.keys(old)])];
    return files.flatMap((file) => {
      const text = change(sources[file] ?? 0, old[file] ?? 0);
      return text ? [`${file} ${text} (${name})`] : [];
    });
  });
  return changes.length ? [`changed: ${changes.join(", ")}`] : [];
}

function totals(sizes: readonly ModuleSize[], before: readonly ModuleSize[]): string[] {
  const sum = (list: readonly ModuleSize[], field: "bytes" | "functionsAtLoad", fits: (size: ModuleSize) => boolean): number =>
    list.filter(fits).reduce((total, size) => total + size[field], 0);
  const isResident = (size: ModuleSize): boolean => size.life == "resident";
  const isCode = (size: ModuleSize): boolean => size.life != "loader";
  const resident = sum(sizes, "functionsAtLoad", isResident);
  const old = (field: "bytes" | "functionsAtLoad", fits: (size: ModuleSize) => boolean): number | undefined =>
    before.length ? sum(before, field, fits) : undefined;
  const notes = [
    `resident: ${sum(sizes, "bytes", isResident)} bytes, ${resident} functions at load ${change(resident, old("functionsAtLoad", isResident))}`.trimEnd() +
      ` (about ${resident * VARIABLES_PER_FUNCTION} variables)`,
    `all but the loader: ${sum(sizes, "bytes", isCode)} bytes ${change(sum(sizes, "bytes", isCode), old("bytes", isCode))}`.trimEnd(),
  ];
  return notes;
}

/** `+3`, `-3`, or nothing. */
export function change(now: number, before: number | undefined): string {
  if (before === undefined || before == now) return "";
  return now > before ? `+${now - before}` : `-${before - now}`;
}
