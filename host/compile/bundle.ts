/** How each module of the firmware becomes one CommonJS text. Used by `rollup.config.mjs` and by the builder. */
import typescript from "@rollup/plugin-typescript";
import { dirname, join, relative, resolve } from "node:path";
import type { OutputOptions, Plugin, RollupOptions } from "rollup";
import ts from "typescript";
import { arrows } from "./arrows.ts";
import { minifier } from "./minify.ts";
import { aliases, modulesOf, productModule } from "./modules.ts";
import type { Choice, ModuleSpec } from "./modules.ts";
import { privateNames, sharedNames } from "./names.ts";
import { ROOT } from "../project/root.ts";
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
  const compiled = once(compiler(root));
  const entries = new Map(modules.map(({ name, entry }) => [join(root, entry), name]));
  return modules.map((module) => ({
    input: join(root, module.entry),
    plugins: [
      chosen(root, settings.choice, module),
      required(entries, join(root, module.entry)),
      compiled,
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

/** What the product chose, in the place of the default product's. */
function chosen(root: string, choice: Choice, module: ModuleSpec): Plugin {
  const product = join(root, "src/product.ts");
  const files: Record<string, string> = { ...aliases(choice), "#digest": `src/crypto/${module.digest ?? "sha256"}.ts` };
  const { outputText } = ts.transpileModule(productModule(choice), {
    compilerOptions: { target: ts.ScriptTarget.ES2015, module: ts.ModuleKind.ESNext, removeComments: true },
  });
  return {
    name: "chosen",
    resolveId(source) {
      if (source == "#product") return product;
      const file = files[source];
      return file === undefined ? null : join(root, file);
    },
    load: (id) => (id == product ? outputText : null),
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

function compiler(root: string): ReturnType<typeof typescript> {
  return typescript({
    tsconfig: join(root, "tsconfig.json"),
    // The library of the firmware lies outside of `src/`.
    filterRoot: false,
    compilerOptions: { noEmit: false, sourceMap: true, inlineSources: true },
    outputToFilesystem: false,
    transformers: { before: [utf8Literals], after: [arrows] },
  });
}
