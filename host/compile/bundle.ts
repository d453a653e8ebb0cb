/** How each module of the firmware becomes one CommonJS text. */
import { dirname, join, relative, resolve } from "node:path";
import type { OutputOptions, Plugin, RollupOptions } from "rollup";
import { minifier } from "./minify.ts";
import { modulesOf } from "./modules.ts";
import type { Choice, ModuleSpec } from "./modules.ts";
import { privateNames, sharedNames } from "./names.ts";
import { ROOT } from "../project/root.ts";
import { readShortNames } from "./short-names.ts";
import { resolverFor } from "./sources.ts";
import type { Resolver } from "./sources.ts";

export interface BundleSettings {
  choice: Choice;
  /** Folder that the sources are in; a test has its own. */
  root?: string;
  /** Default: the product's modules. */
  modules?: readonly ModuleSpec[];
}

export interface ModuleBuild extends RollupOptions {
  input: string;
  output: OutputOptions;
}

/**
 * One build per module: each is shaken on its own, and nothing is shared between their texts. `compiler`: what makes JavaScript of a module's sources, and finds
 * what they import.
 */
export function moduleBuilds(settings: BundleSettings, outDir: string, compiler: (resolver: Resolver) => Plugin[]): ModuleBuild[] {
  const root = settings.root ?? ROOT;
  const modules = settings.modules ?? modulesOf(settings.choice);
  const names = sharedNames(root, modules);
  const shorten = { private: privateNames(root, names), shared: readShortNames(root, names) };
  const entries = new Map(modules.map(({ name, entry }) => [join(root, entry), name]));
  return modules.map((module) => ({
    input: join(root, module.entry),
    plugins: [
      required(entries, join(root, module.entry)),
      ...compiler(resolverFor(root, settings.choice, module)),
      minifier(module.shortenProperties ? shorten : { private: [], shared: new Map<string, string>() }),
    ],
    // What a module does when it is loaded is to make its own constants: whoever uses none of it does not need them.
    treeshake: { moduleSideEffects: false },
    output: {
      ...OUTPUT,
      file: join(outDir, module.name),
      paths: (id) => entries.get(id) ?? id,
      sourcemapPathTransform: (source, map) => relative(root, resolve(dirname(map), source)),
    },
  }));
}

/** `require` of the interpreter wants plain CommonJS: no directive, no marker, no frozen objects, no getters for exports. */
const OUTPUT: OutputOptions = {
  format: "cjs",
  exports: "named",
  esModule: false,
  externalLiveBindings: false,
  freeze: false,
  generatedCode: { constBindings: true, objectShorthand: true, symbols: false },
  interop: "esModule",
  sourcemap: "hidden",
  strict: false,
};

/** Another module's entry is not copied. `entries`: the modules' names by their entries. */
function required(entries: ReadonlyMap<string, string>, own: string): Plugin {
  return {
    name: "required",
    async resolveId(source, importer, options) {
      const found = importer === undefined ? null : await this.resolve(source, importer, { ...options, skipSelf: true });
      return found && found.id != own && entries.has(found.id) ? { id: found.id, external: "absolute" } : found;
    },
  };
}
