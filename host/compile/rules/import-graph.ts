/**
 * Who imports whom, and whether that goes round in a circle. At each level what counts are the things that lie side by side in one folder: files, and
 * folders as a whole. Imports of types count too: who needs a type of somebody cannot be read, moved or tested without him.
 *
 * Names that begin with `#` are not followed: they are holes in the firmware's sources that the builder fills for each product.
 */
import { dirname, join } from "node:path";
import ts from "typescript";

/** One file imports another one: paths from the project's folder. */
export interface Import {
  from: string;
  to: string;
}

/** By folder: what lies in it and imports something beside it, and for which import. */
type Level = ReadonlyMap<string, ReadonlyMap<string, Import>>;

/** What a text imports by a relative path. `isFile`: whether there is such a file. */
export function importsOf(path: string, text: string, isFile: (path: string) => boolean): string[] {
  const { importedFiles } = ts.preProcessFile(text, true, true);
  return importedFiles.flatMap(({ fileName }) => {
    if (!fileName.startsWith(".")) return [];
    const target = join(dirname(path), fileName);
    return [target, `${target}.ts`, `${target}/index.ts`].filter(isFile).slice(0, 1);
  });
}

export class ImportGraph {
  private readonly levels = new Map<string, Map<string, Map<string, Import>>>();

  /** `imports`: by file. */
  constructor(imports: ReadonlyMap<string, readonly string[]>) {
    for (const [from, targets] of imports) for (const to of targets) if (from != to) this.add({ from, to });
  }

  /** The way back from what `to` is part of to what `from` is part of, where they lie side by side. Empty: there is none. */
  wayBack({ from, to }: Import): Import[] {
    const place = besides(from, to);
    const level: Level = this.levels.get(place.folder) ?? new Map<string, Map<string, Import>>();
    // The shortest: a search in widening rings.
    const cameBy = new Map<string, Import>();
    const ring = [place.to];
    for (const here of ring) {
      for (const [next, by] of level.get(here) ?? []) {
        if (cameBy.has(next)) continue;
        cameBy.set(next, by);
        if (next == place.from) return this.path(place, cameBy);
        ring.push(next);
      }
    }
    return [];
  }

  private path({ folder, from, to }: Place, cameBy: ReadonlyMap<string, Import>): Import[] {
    const way: Import[] = [];
    let here = from;
    do {
      const by = cameBy.get(here) as Import;
      way.unshift(by);
      here = childOf(folder, by.from);
    } while (here != to);
    return way;
  }

  private add(edge: Import): void {
    const { folder, from, to } = besides(edge.from, edge.to);
    const level = this.levels.get(folder) ?? new Map<string, Map<string, Import>>();
    const targets = level.get(from) ?? new Map<string, Import>();
    if (!targets.has(to)) targets.set(to, edge);
    this.levels.set(folder, level.set(from, targets));
  }
}

interface Place {
  /** The lowest that both are in. */
  folder: string;
  /** What lies in it: a file, or the folder that the file is in. */
  from: string;
  to: string;
}

export function besides(from: string, to: string): Place {
  let folder = dirname(from);
  while (!to.startsWith(`${folder}/`)) folder = dirname(folder);
  return { folder, from: childOf(folder, from), to: childOf(folder, to) };
}

function childOf(folder: string, path: string): string {
  return `${folder}/${path.slice(folder.length + 1).split("/")[0] as string}`;
}
