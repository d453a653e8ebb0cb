/** How each module of the firmware becomes one CommonJS text. Used by `rollup.config.mjs` and by the builder. */
import typescript from "@rollup/plugin-typescript";
import { dirname, join, relative, resolve } from "node:path";
import type { OutputOptions, Plugin, RollupOptions } from "rollup";
import { arrows } from "./arrows.ts";
import { minifier } from "./minify.ts";
import { aliases, modulesOf } from "./modules.ts";
import type { Choice, ModuleSpec } from "./modules.ts";
import { privateNames, sharedNames } from "./names.ts";
import { ROOT } from "../config/root.ts";
import { readShortNames } from "./short-names.ts";
import { utf8Literals } from "./utf8.ts";

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

/** One build per module: each is shaken on its own, and nothing is shared between their texts. */
export function moduleBuilds(settings: BundleSettings, outDir: string): ModuleBuild[] {
  const root = settings.root ?? ROOT;
  const modules = settings.modules ?? modulesOf(settings.choice);
  const names = sharedNames(root, modules);
  const shorten = { private: privateNames(root, names), shared: readShortNames(root, names) };
  const compiled = once(compiler(root, settings.choice));
  const entries = new Map(modules.map(({ name, entry }) => [join(root, entry), name]));
  return modules.map((module) => ({
    input: join(root, module.entry),
    plugins: [
      required(entries, join(root, module.entry)),
      compiled,
      minifier(module.shortenProperties ? shorten : { private: [], shared: new Map<string, string>() }),
    ],
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

/** All modules are compiled with all sources: the compiler runs for the first of them, and hands the others what it has made. */
function once(plugin: Plugin): Plugin {
  const { buildStart, buildEnd } = plugin;
  let builds = 0;
  return {
    ...plugin,
    buildStart(options) {
      if (++builds == 1 && typeof buildStart == "function") return buildStart.call(this, options);
    },
    buildEnd(error) {
      if (builds == 1 && typeof buildEnd == "function") return buildEnd.call(this, error);
    },
  };
}

function compiler(root: string, choice: Choice): ReturnType<typeof typescript> {
  const paths = Object.fromEntries(Object.entries(aliases(choice)).map(([alias, file]) => [alias, [join(root, file)]]));
  return typescript({
    tsconfig: join(root, "tsconfig.json"),
    // The library of the firmware lies outside of `src/`.
    filterRoot: false,
    compilerOptions: { noEmit: false, sourceMap: true, inlineSources: true, paths },
    outputToFilesystem: false,
    transformers: { before: [utf8Literals], after: [arrows] },
  });
}
