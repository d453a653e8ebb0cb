/** The firmware's modules as texts that the interpreter can run. */
import { join, relative } from "node:path";
import { rollup } from "rollup";
import type { OutputChunk, RollupLog } from "rollup";
import { moduleBuilds } from "./bundle.ts";
import { checkModule } from "./check.ts";
import { modulesOf } from "./modules.ts";
import type { Choice, ModuleSpec } from "./modules.ts";
import { sharedNames } from "./names.ts";
import { CheckError } from "./problem.ts";
import type { Problem } from "./problem.ts";
import { ROOT } from "../project/root.ts";
import { readShortNames, written } from "./short-names.ts";

export interface Bundle {
  module: ModuleSpec;
  code: string;
  /** Source map: from the text to its sources, whose names are relative to the project. JSON. */
  map: string;
}

/**
 * Bundles and checks the modules. `root`: the folder that holds `src/`.
 * @throws {CheckError}
 */
export async function bundle(choice: Choice, root = ROOT, modules: readonly ModuleSpec[] = modulesOf(choice)): Promise<Bundle[]> {
  const names = sharedNames(root, modules);
  const shortened = written(names, readShortNames(root, names));
  const bundles: Bundle[] = [];
  const problems: Problem[] = [];
  for (const [i, settings] of moduleBuilds({ choice, root, modules }, join(root, "dist/modules")).entries()) {
    const module = modules[i] as ModuleSpec;
    const build = await rollup({ ...settings, onLog: (_level, log) => problems.push(fromLog(log, module, root)) });
    const chunk = (await build.generate(settings.output)).output[0] as OutputChunk;
    await build.close();
    const code = chunk.code.trimEnd();
    // A type error shows in every module, because each is compiled with all the sources; what it makes of the text says nothing.
    if (problems.length) break;
    const map = JSON.stringify(chunk.map);
    problems.push(...checkModule(module, code, map, module.shortenProperties ? shortened : names));
    bundles.push({ module, code, map });
  }
  if (problems.length) throw new CheckError(problems);
  return bundles;
}

/** What the compiler or the bundler has to say (a type error, an import not found, a cycle) is a mistake in the sources. */
function fromLog(log: RollupLog, module: ModuleSpec, root: string): Problem {
  return {
    rule: log.plugin ?? "rollup",
    // Without the prefixes that repeat the plugin's name and the place.
    message: log.message.replace(/^(\[plugin [^\]]*\] )?(\S+ \(\d+:\d+\): )?(@rollup\/plugin-typescript )?/, ""),
    file: log.loc?.file ? relative(root, log.loc.file) : module.name,
    line: log.loc?.line ?? 1,
    column: (log.loc?.column ?? 0) + 1,
  };
}
