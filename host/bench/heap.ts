/** Who owns what in the interpreter's memory: what `E.dumpVariables()` prints, shared out among the parts of the firmware. */
import { originalPositionFor, TraceMap } from "@jridgewell/trace-mapping";
import { parse } from "acorn";

/** A variable with what it is continued in: a row of the dump. */
export interface Cell {
  /** JsVars. */
  size: number;
  /** Of a name (a property, a variable); else `null`. */
  name: string | null;
  links: readonly number[];
}

export interface Owner {
  name: string;
  functions: number;
  /** Its functions, and all else: what they keep. */
  functionVariables: number;
  stateVariables: number;
}

/** A top-level name of a module: where it was declared. */
export interface Binding {
  source: string;
  /** What it was called there. */
  original: string;
  isFunction: boolean;
  isConst: boolean;
}

/** Names of the interpreter's own in objects: hidden root, a function's scope. */
const HIDDEN = "\\xFF";
const SCOPE = "\\xFFsco";
/** A function's code is a name of this kind. */
const CODE = "\\xFFcod";

/** `ref,size,flags,name,links...`; other lines are left out. */
export function parseDump(lines: readonly string[]): Map<number, Cell> {
  const cells = new Map<number, Cell>();
  for (const line of lines) {
    const [, ref, size, text = ""] = /(?:^|>)(\d+),(\d+),\d+,(.*)$/.exec(line) ?? [];
    if (ref === undefined) continue;
    const value = text.replace(/^Number [^,]*,/, "");
    const name = /^"((?:[^"\\]|\\.)*)",/.exec(value)?.[1] ?? null;
    const links = (/(?:^|,)((?:\d+,)+)$/.exec(value)?.[1] ?? "").split(",").filter(Boolean).map(Number);
    cells.set(Number(ref), { size: Number(size), name, links });
  }
  return cells;
}

/** The top-level names of a module's text by their names there. `map`: its source map. */
export function bindingsOf(code: string, map: string): Map<string, Binding> {
  const trace = new TraceMap(map);
  const bindings = new Map<string, Binding>();
  const add = (id: { name: string; start: number }, isFunction: boolean): void => {
    const before = code.slice(0, id.start).split("\n");
    const place = originalPositionFor(trace, { line: before.length, column: (before.at(-1) as string).length });
    // The build makes `let` of `const`: the source says which it was.
    const source = place.source === null ? "" : (trace.sourcesContent?.[trace.sources.indexOf(place.source)] ?? "");
    const line = (source.split("\n")[(place.line ?? 1) - 1] ?? "").slice(0, place.column ?? 0);
    const isConst = line.match(/\b(let|const|function)\b/g)?.at(-1) != "let";
    bindings.set(id.name, { source: place.source ?? "?", original: place.name ?? id.name, isFunction, isConst });
  };
  for (const node of parse(code, { ecmaVersion: "latest" }).body) {
    if (node.type == "FunctionDeclaration") add(node.id, true);
    if (node.type != "VariableDeclaration") continue;
    for (const { id, init } of node.declarations) {
      if (id.type != "Identifier") continue;
      add(id, init?.type == "ArrowFunctionExpression" || init?.type == "FunctionExpression");
    }
  }
  return bindings;
}

/** Shares out every variable of the dump once. `modules`: those that are resident, and their names. The sum is what is in use. */
export function shareOut(cells: ReadonlyMap<number, Cell>, modules: ReadonlyMap<string, ReadonlyMap<string, Binding>>): Owner[] {
  const owners = new Map<string, Owner>();
  const taken = new Set<number>();
  const cell = (ref: number): Cell => cells.get(ref) ?? { size: 0, name: null, links: [] };
  const child = (ref: number, name: string): number => cell(ref).links.find((link) => cell(link).name == name) ?? 0;
  const valueOf = (ref: number): number => cell(ref).links[0] ?? 0;
  const at = (ref: number, ...path: string[]): number => path.reduce((from, name) => valueOf(child(from, name)), ref);

  const root = Math.min(...cells.keys());
  const hidden = valueOf(child(root, HIDDEN));
  const scopeOf = (fn: number): number => valueOf(child(fn, SCOPE));
  const isFunction = (ref: number): boolean => child(ref, CODE) != 0;
  const scopeWith = (module: string, names: readonly string[]): number => {
    const scope = [...cells.keys()].find((ref) => names.every((name) => child(ref, name) != 0));
    if (scope === undefined) throw new Error(`the interpreter's memory holds no module with the names of ${module}`);
    return scope;
  };
  // The scope of a function made by another one is a list that begins with its module's.
  const belongsTo = (fn: number, scope: number): boolean => scopeOf(fn) == scope || valueOf(cell(scopeOf(fn)).links[0] ?? 0) == scope;
  const appExports = at(hidden, "modules", "app");
  const appScope = scopeOf(valueOf(cell(appExports).links[0] ?? 0));

  /** What may not be reached from another owner's: where each begins. */
  const starts = new Map<number, string>();
  const bound = [...modules].flatMap(([module, bindings]) => {
    const scope = scopeWith(module, [...bindings.keys()]);
    starts.set(scope, `${module}: its exports and scope`);
    return [...bindings].map(([name, binding]) => ({ ref: child(scope, name), ...binding })).filter(({ ref }) => ref != 0);
  });
  for (const { ref, source } of bound) starts.set(ref, source.replace(/^src\//, ""));
  for (const { ref, original } of bound) if (original == "world") starts.set(valueOf(ref), "hal/espruino.ts");
  starts.set(appExports, "app").set(appScope, "app");
  for (const ref of cells.keys()) if (isFunction(ref) && belongsTo(ref, appScope)) starts.set(ref, "app");
  starts.set(at(hidden, "timers"), "timers").set(at(hidden, "modules"), "list of modules");
  for (const name of ["Serial1", "Serial2"]) if (child(root, name)) starts.set(child(root, name), "UART");
  starts.set(root, "the interpreter's own");
  starts.delete(0);

  function claim(start: number, name: string, countsAsFunction: boolean): void {
    const owner = owners.get(name) ?? { name, functions: 0, functionVariables: 0, stateVariables: 0 };
    owners.set(name, owner);
    const waiting = [start];
    for (let ref = waiting.pop(); ref !== undefined; ref = waiting.pop()) {
      if (taken.has(ref) || (ref != start && starts.has(ref))) continue;
      taken.add(ref);
      const { size, links } = cell(ref);
      if (isFunction(ref)) owner.functions++;
      if (countsAsFunction) owner.functionVariables += size;
      else owner.stateVariables += size;
      waiting.push(...links);
    }
  }
  const isFunctionName = new Map(bound.map(({ ref, isFunction }) => [ref, isFunction]));
  const order = [...bound].sort((a, b) => Number(b.isConst) - Number(a.isConst)).map(({ ref }) => ref);
  for (const ref of [...order, ...starts.keys()]) claim(ref, starts.get(ref) as string, isFunctionName.get(ref) ?? isFunction(ref));
  for (const ref of cells.keys()) if (!taken.has(ref)) claim(ref, "the console's line that asked", false);
  return [...owners.values()].sort((a, b) => size(b) - size(a));
}

function size(owner: Owner): number {
  return owner.functionVariables + owner.stateVariables;
}
