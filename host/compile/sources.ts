/** Which files a module of the firmware is made of, read from their imports: what is only a type leaves nothing in it. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { aliases, productModule } from "./modules.ts";
import type { Choice, ModuleSpec } from "./modules.ts";

/** `import … from "…"`, `export … from "…"`; not `import type`. */
const IMPORT = /^(?:import|export)\s(?!type\s)(?:[^"';]*?\sfrom\s)?"([^"]+)"/gm;
/** The sources' name for what the product chose, and the file that it is relative to. */
const PRODUCT = "#product";
export const PRODUCT_FILE = "src/product.ts";

/** Finds what a file imports. */
export interface Resolver {
  /** Path of the file, in the project; `undefined`: there is none. */
  resolve(source: string, importer: string): string | undefined;
  /** Its text. */
  read(file: string): string;
}

/** `root`: the folder that holds `src/`. Paths are relative to it. */
export function resolverFor(root: string, choice: Choice, module: ModuleSpec): Resolver {
  const chosen: Record<string, string> = {
    ...aliases(choice),
    "#digest": `src/crypto/${module.digest ?? "sha256"}.ts`,
    [PRODUCT]: PRODUCT_FILE,
  };
  const product = productModule(choice);
  return {
    resolve(source, importer) {
      const file = chosen[source] ?? (source.startsWith(".") ? `${relative(root, join(root, dirname(importer), source))}.ts` : undefined);
      return file !== undefined && existsSync(join(root, file)) ? file : undefined;
    },
    read: (file) => (file == PRODUCT_FILE ? product : readFileSync(join(root, file), "utf8")),
  };
}

export interface Sources {
  /** Texts by path. */
  files: ReadonlyMap<string, string>;
  /** Entries of other modules that it requires, with their names. */
  required: readonly (readonly [entry: string, name: string])[];
}

/** `named`: the modules' names by their entries. */
export function sourcesOf(entry: string, { resolve, read }: Resolver, named: ReadonlyMap<string, string>): Sources {
  const files = new Map([[entry, read(entry)]]);
  const required = new Map<string, string>();
  for (const [file, text] of files) {
    for (const [, source] of text.matchAll(IMPORT)) {
      const found = resolve(source as string, file);
      if (found === undefined || found == entry) continue;
      const name = named.get(found);
      if (name !== undefined) required.set(found, name);
      else if (!files.has(found)) files.set(found, read(found));
    }
  }
  return { files, required: [...required] };
}
