/**
 * What each file of the project names: what it imports, by path or by alias, and the files and folders whose paths stand in its texts
 * (a command line that a test starts, the sources that the compiler takes). Read from the text, without a compiler; a name too many
 * makes a test run that need not.
 */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

/** Paths relative to the project -> paths of the files that it names. */
export type Graph = ReadonlyMap<string, ReadonlySet<string>>;

/** Folders of programs. */
const FOLDERS = ["src", "host", "test"];
/** Folders of data that a text may mean as a whole. */
const DATA = ["boards", "certs", "docs"];
const TEXT = /"((?:[^"\\\n]|\\.)+)"/g;
/** In a shell script paths stand without quotes. */
const PATH = /(?:src|host|test)\/[\w./-]+/g;

export function readGraph(root: string): Graph {
  const aliases = readAliases(root);
  const programs = FOLDERS.filter((folder) => existsSync(join(root, folder))).flatMap((folder) => filesIn(root, folder));
  const graph = new Map<string, Set<string>>();
  const add = (file: string, pattern: RegExp): void => {
    const texts = [...readFileSync(join(root, file), "utf8").matchAll(pattern)].map((found) => found[1] ?? found[0]);
    graph.set(file, new Set(texts.flatMap((text) => aliases.get(text) ?? meant(root, file, text)).filter((name) => name != file)));
  };
  for (const file of programs.filter((name) => name.endsWith(".ts"))) add(file, TEXT);
  for (const file of readdirSync(root).filter((name) => /\.(mjs|sh)$/.test(name))) add(file, file.endsWith(".sh") ? PATH : TEXT);
  return graph;
}

/**
 * How far each of `files` is from a changed one: 0 is changed itself, 1 names it, and so on. Those that no way leads to are left out.
 */
export function distances(graph: Graph, changed: readonly string[], files: readonly string[]): Map<string, number> {
  const namedBy = new Map<string, string[]>();
  for (const [file, names] of graph) for (const name of names) namedBy.set(name, [...(namedBy.get(name) ?? []), file]);
  const found = new Map(changed.map((file) => [file, 0]));
  for (const [file, distance] of found) for (const other of namedBy.get(file) ?? []) if (!found.has(other)) found.set(other, distance + 1);
  return new Map(files.flatMap((file) => (found.has(file) ? [[file, found.get(file) as number] as const] : [])));
}

/** The aliases of both compilers: each stands for any file that it is said to. */
function readAliases(root: string): Map<string, string[]> {
  const aliases = new Map<string, string[]>();
  for (const name of ["tsconfig.json", "tsconfig.host.json"]) {
    if (!existsSync(join(root, name))) continue;
    const { compilerOptions } = JSON.parse(readFileSync(join(root, name), "utf8")) as {
      compilerOptions: { paths?: Record<string, string[]> };
    };
    for (const [alias, files] of Object.entries(compilerOptions.paths ?? {}))
      aliases.set(alias, [...(aliases.get(alias) ?? []), ...files.map((file) => normalize(file))]);
  }
  return aliases;
}

/** Paths seen from the file, or from the project. */
function meant(root: string, file: string, text: string): string[] {
  const beside = normalize(join(dirname(file), text));
  const candidates = text.startsWith(".") ? [beside] : [text, ...(/\.\w+$/.test(text) ? [beside] : [])];
  return candidates.flatMap((path) => {
    // An import of the firmware has no ending.
    const found = [path, `${path}.ts`].find((one) => !one.startsWith("..") && isFile(join(root, one)));
    if (found !== undefined) return [found];
    return isFolderMeant(path) && existsSync(join(root, path)) ? filesIn(root, path) : [];
  });
}

function isFolderMeant(path: string): boolean {
  return DATA.includes(path) || path == "src" || (path.includes("/") && FOLDERS.includes(path.split("/")[0] as string));
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

function filesIn(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((name) => isFile(join(root, name)));
}
