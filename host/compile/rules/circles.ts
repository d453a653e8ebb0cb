/** No circles: between files, and between folders, of the firmware and of the PC side. */
import type { Rule } from "eslint";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import type * as ESTree from "estree";
import { ROOT } from "../../project/root.ts";
import { besides, ImportGraph, importsOf } from "./import-graph.ts";

/** Each is a graph of its own. */
const TREES = ["src", "host"];

export const noCircles: Rule.RuleModule = {
  meta: { type: "problem", schema: [], docs: { description: "files and folders do not import each other in a circle" } },
  create(context) {
    const file = relative(ROOT, context.filename);
    const tree = TREES.find((name) => file.startsWith(`${name}/`));
    if (tree === undefined) return {};
    const disk = onDisk(tree);
    const isFile = (path: string): boolean => disk.imports.has(path);
    const own = importsOf(file, context.sourceCode.text, isFile);
    const graph = sameList(own, disk.imports.get(file)) ? disk.graph : new ImportGraph(new Map([...disk.imports, [file, own]]));

    function check(node: ESTree.Node & { source?: ESTree.Node | null }): void {
      if (node.source?.type != "Literal" || typeof node.source.value != "string") return;
      const [to] = importsOf(file, `import ${JSON.stringify(node.source.value)}`, isFile);
      if (to === undefined || to == file) return;
      const way = graph.wayBack({ from: file, to });
      if (!way.length) return;
      const places = [{ from: file, to }, ...way].map((one) => besides(one.from, one.to).from);
      const back = way.map((one) => `${one.from} imports ${one.to}`).join(", ");
      context.report({ node, message: `a circle: ${[...places, places[0]].join(" -> ")} (${back})` });
    }

    return { ImportDeclaration: check, ImportExpression: check, ExportNamedDeclaration: check, ExportAllDeclaration: check };
  },
};

interface Disk {
  imports: ReadonlyMap<string, readonly string[]>;
  graph: ImportGraph;
}

/** Read once for each run of the linter. */
const disks = new Map<string, Disk>();

function onDisk(tree: string): Disk {
  const known = disks.get(tree);
  if (known) return known;
  const paths = readdirSync(join(ROOT, tree), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".d.ts"))
    .map((name) => join(tree, name));
  const files = new Set(paths);
  const imports = new Map(paths.map((path) => [path, importsOf(path, readFileSync(join(ROOT, path), "utf8"), (one) => files.has(one))]));
  const disk = { imports, graph: new ImportGraph(imports) };
  disks.set(tree, disk);
  return disk;
}

function sameList(a: readonly string[], b: readonly string[] = []): boolean {
  return a.length == b.length && a.every((one, i) => one == b[i]);
}
