/** The firmware's modules as texts that the interpreter can run. */
import { join, relative } from "node:path";
import { rollup } from "rollup";
import type { OutputChunk, RollupLog } from "rollup";
import { ROOT } from "../project/root.ts";
import { moduleBuilds } from "./bundle.ts";
import type { ModuleBuild } from "./bundle.ts";
import { checkModule } from "./check.ts";
import { modulesOf } from "./modules.ts";
import type { Choice, ModuleSpec } from "./modules.ts";
import { sharedNames } from "./names.ts";
import { CheckError, throwProblems } from "./problem.ts";
import type { Problem } from "./problem.ts";
import { readShortNames, written } from "./short-names.ts";
import { transpiled, transpiler } from "./transpile.ts";

export interface Bundle {
  module: ModuleSpec;
  code: string;
  /** Source map: from the text to its sources, whose names are relative to the project. JSON. */
  map: string;
}

/**
 * Bundles and checks the modules; their types are not looked at. `root`: the folder that holds `src/`. `only`: those of
 * the modules that are wanted.
 * @throws {CheckError}
 */
export async function bundle(
  choice: Choice,
  root = ROOT,
  modules: readonly ModuleSpec[] = modulesOf(choice),
  only: readonly ModuleSpec[] = modules,
): Promise<Bundle[]> {
  const names = sharedNames(root, modules);
  const shortened = written(names, readShortNames(root, names));
  const transpile = transpiler(root);
  const builds = moduleBuilds({ choice, root, modules }, join(root, "dist/modules"), (resolver) => [transpiled(root, resolver, transpile)]);
  const bundles: Bundle[] = [];
  const problems: Problem[] = [];
  for (const module of only) {
    const { code, map, found } = await bundleOne(builds[modules.indexOf(module)] as ModuleBuild, module, root);
    problems.push(...found);
    // What a broken source makes of the text says nothing.
    if (found.length) continue;
    problems.push(...checkModule(module, code, map, module.shortenProperties ? shortened : names));
    bundles.push({ module, code, map });
  }
  throwProblems(unique(problems));
  return bundles;
}

/** `found`: what the compiler or the bundler has to say. */
async function bundleOne(
  settings: ModuleBuild,
  module: ModuleSpec,
  root: string,
): Promise<{ code: string; map: string; found: Problem[] }> {
  const found: Problem[] = [];
  try {
    const build = await rollup({ ...settings, onLog: (_level, log) => found.push(fromLog(log, module, root)) });
    const chunk = (await build.generate(settings.output)).output[0] as OutputChunk;
    await build.close();
    return { code: chunk.code.trimEnd(), map: JSON.stringify(chunk.map), found };
  } catch (error) {
    if (error instanceof CheckError) found.push(...error.problems);
    else found.push(fromLog(error as RollupLog, module, root));
    return { code: "", map: "", found };
  }
}

/** A mistake shows in each module that has the file. */
function unique(problems: readonly Problem[]): Problem[] {
  return [...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values()];
}

/** An import that is not found, a cycle: a mistake in the sources. */
function fromLog(log: RollupLog, module: ModuleSpec, root: string): Problem {
  return {
    rule: log.plugin ?? "rollup",
    // Without the prefixes that repeat the plugin's name and the place.
    message: log.message.replace(/^(\[plugin [^\]]*\] )?(\S+ \(\d+:\d+\): )?/, ""),
    file: log.loc?.file ? relative(root, log.loc.file) : module.name,
    line: log.loc?.line ?? 1,
    column: (log.loc?.column ?? 0) + 1,
  };
}
