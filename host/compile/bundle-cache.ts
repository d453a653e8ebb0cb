/** Modules of the firmware, each kept under all that it is made from: whoever builds another product makes only what differs. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../project/root.ts";
import type { Bundle } from "./bundles.ts";
import { keep, keyOf, readKept } from "./kept.ts";
import { modulesOf } from "./modules.ts";
import type { Choice, ModuleSpec } from "./modules.ts";
import { privateNames, sharedNames } from "./names.ts";
import { TABLE } from "./short-names.ts";
import { resolverFor, sourcesOf } from "./sources.ts";

/** Modules in the order of the image; default: those of the product. What passed the build's checks is kept. @throws {CheckError} about the sources. */
export async function cachedBundle(choice: Choice, modules: readonly ModuleSpec[] = modulesOf(choice), root = ROOT): Promise<Bundle[]> {
  const keys = keysOf(choice, modules, root);
  const kept = modules.map((_, i) => readKept<Omit<Bundle, "module">>("module", keys[i] as string));
  const missing = modules.filter((_, i) => kept[i] === undefined);
  // Compiler, bundler and linter are slow to load.
  const made = missing.length ? await (await import("./bundles.ts")).bundle(choice, root, modules, missing) : [];
  for (const { module, code, map } of made) keep("module", keys[modules.indexOf(module)] as string, { code, map });
  return modules.map((module, i) => made.find((one) => one.module == module) ?? { module, ...(kept[i] as Omit<Bundle, "module">) });
}

/** A key for each module, of all that its text follows from. */
export function keysOf(choice: Choice, modules: readonly ModuleSpec[], root: string): string[] {
  const shared = sharedNames(root, modules);
  const privates = privateNames(root, shared);
  const table = join(root, TABLE);
  const shortNames = existsSync(table) ? readFileSync(table, "utf8") : "";
  const named = new Map(modules.map(({ entry, name }) => [entry, name]));
  return modules.map((module) => {
    const { files, required } = sourcesOf(module.entry, resolverFor(root, choice, module), named);
    const words = wordsOf(files.values());
    const occurring = (names: Iterable<string>): string[] => [...names].filter((name) => words.has(name)).sort();
    const names = [
      occurring(shared.all),
      occurring(shared.methods),
      ...(module.shortenProperties ? [occurring(privates), shortNames] : []),
    ];
    return keyOf(JSON.stringify([module, required, names]), ...[...files].flat());
  });
}

const wordsIn = new Map<string, string[]>();

/** Whatever can be a name in these texts. */
function wordsOf(texts: Iterable<string>): Set<string> {
  const words = new Set<string>();
  for (const text of texts) {
    const found = wordsIn.get(text) ?? [...new Set(text.match(/[\w$]+/g))];
    wordsIn.set(text, found);
    for (const word of found) words.add(word);
  }
  return words;
}
