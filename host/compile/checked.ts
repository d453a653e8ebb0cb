/** The bundles of the firmware as one program, its types checked: for `rollup.config.mjs`, and to compare with what the builder makes of each file alone. */
import typescript from "@rollup/plugin-typescript";
import { join } from "node:path";
import type { Plugin } from "rollup";
import ts from "typescript";
import { ROOT } from "../project/root.ts";
import { arrows } from "./arrows.ts";
import { moduleBuilds } from "./bundle.ts";
import type { BundleSettings, ModuleBuild } from "./bundle.ts";
import { PRODUCT_FILE } from "./sources.ts";
import type { Resolver } from "./sources.ts";
import { utf8Literals } from "./utf8.ts";

export function checkedBuilds(settings: BundleSettings, outDir: string): ModuleBuild[] {
  const root = settings.root ?? ROOT;
  const compiled = once(compiler(root));
  return moduleBuilds(settings, outDir, (resolver) => [chosen(root, resolver), compiled]);
}

/** What the product chose, in the place of the default product's. */
function chosen(root: string, { resolve, read }: Resolver): Plugin {
  return {
    name: "chosen",
    resolveId(source) {
      const file = source.startsWith("#") ? resolve(source, "") : undefined;
      return file === undefined ? null : join(root, file);
    },
    load(id) {
      if (id != join(root, PRODUCT_FILE)) return null;
      const { outputText } = ts.transpileModule(read(PRODUCT_FILE), {
        compilerOptions: { target: ts.ScriptTarget.ES2015, module: ts.ModuleKind.ESNext, removeComments: true },
      });
      return outputText;
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
