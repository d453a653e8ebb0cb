/** The house as its sources have it: the folders of `src/` and `host/`, and who imports whom. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { importsOf } from "../compile/rules/import-graph.ts";
import { ROOT } from "../project/root.ts";

export interface Room {
  /** A folder of the tree, or a file beside them. */
  name: string;
  /** Folders in it that hold sources. */
  parts: readonly string[];
  /** Names of other rooms, sorted. */
  imports: readonly string[];
}

/** Sorted by name. What is imported by a name that begins with `#` is not followed: the builder puts there what the product chose. */
export function roomsOf(tree: "src" | "host"): Room[] {
  const files = readdirSync(join(ROOT, tree), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".d.ts"))
    .map((name) => `${tree}/${name}`)
    .sort();
  const known = new Set(files);
  const rooms = new Map<string, { parts: Set<string>; imports: Set<string> }>();
  for (const path of files) {
    const name = roomOf(path);
    const room = rooms.get(name) ?? { parts: new Set<string>(), imports: new Set<string>() };
    rooms.set(name, room);
    const [, , part, ...deeper] = path.split("/");
    if (part !== undefined && deeper.length) room.parts.add(part);
    const imported = importsOf(path, readFileSync(join(ROOT, path), "utf8"), (one) => known.has(one)).map(roomOf);
    for (const other of imported) if (other != name) room.imports.add(other);
  }
  return [...rooms]
    .map(([name, { parts, imports }]) => ({ name, parts: [...parts].sort(), imports: [...imports].sort() }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function roomOf(path: string): string {
  return path.split("/")[1] as string;
}
