/** Source files as JavaScript, each translated on its own: types are not checked (`types.ts` does), and a file that did not change is not translated again. */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { Plugin } from "rollup";
import type * as TS from "typescript";
import { ROOT } from "../project/root.ts";
import { arrows } from "./arrows.ts";
import { constEnums, exportedEnums } from "./const-enums.ts";
import type { ConstEnums } from "./const-enums.ts";
import { keptOr, keyOf } from "./kept.ts";
import { CheckError } from "./problem.ts";
import type { Resolver } from "./sources.ts";
import { problemOf } from "./diagnostics.ts";
import { typescript } from "./typescript.ts";
import { utf8Literals } from "./utf8.ts";

export interface Transpiled {
  code: string;
  /** Source map. JSON. */
  map: string;
}

/** `root`: the folder that holds `src/`. */
export type Transpiler = (file: string, text: string) => Transpiled;

/** @throws {CheckError} about syntax. */
export function transpiler(root: string): Transpiler {
  const enums = enumsOf(root);
  const listed = JSON.stringify([...enums].map(([name, values]) => [name, [...values]]));
  return (file, text) => keptOr("transpiled", keyOf(file, text, listed), () => transpile(root, file, text, enums));
}

/** The compiler's part of a module's build. */
export function transpiled(root: string, { resolve, read }: Resolver, transpile: Transpiler): Plugin {
  return {
    name: "transpiled",
    resolveId(source, importer) {
      const file = importer === undefined ? undefined : resolve(source, relative(root, importer));
      return file === undefined ? null : join(root, file);
    },
    load(id) {
      const file = relative(root, id);
      return transpile(file, read(file));
    },
  };
}

function transpile(root: string, file: string, text: string, enums: ConstEnums): Transpiled {
  const ts = typescript();
  const { outputText, sourceMapText, diagnostics } = ts.transpileModule(text, {
    fileName: join(root, file),
    compilerOptions: compilerOptions(),
    reportDiagnostics: true,
    transformers: { before: [utf8Literals, constEnums(enums)], after: [arrows] },
  });
  if (diagnostics?.length) throw new CheckError(diagnostics.map((one) => problemOf(one, root)));
  return { code: outputText.replace(/^\/\/# sourceMappingURL=.*\n?$/m, ""), map: sourceMapText ?? "" };
}

let options: TS.CompilerOptions | undefined;

/** The project's, as far as they say what JavaScript is written. */
function compilerOptions(): TS.CompilerOptions {
  const ts = typescript();
  const read = (): TS.CompilerOptions => {
    const { config } = ts.readConfigFile(join(ROOT, "tsconfig.json"), (path) => readFileSync(path, "utf8")) as {
      config: { compilerOptions: object };
    };
    return ts.convertCompilerOptionsFromJson(config.compilerOptions, ROOT).options;
  };
  options ??= { ...read(), noEmit: false, sourceMap: true, inlineSources: true };
  return options;
}

/** Const enums that the files of `src/` export. @throws {Error} about two of one name. */
function enumsOf(root: string): ConstEnums {
  const files = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
  const found = new Map<string, ReadonlyMap<string, number | string>>();
  for (const file of files.sort()) {
    const text = readFileSync(join(root, "src", file), "utf8");
    if (!/\bexport const enum\b/.test(text)) continue;
    for (const [name, values] of keptOr("enums", keyOf(text), () => exportedEnums(file, text))) {
      if (found.has(name)) throw new Error(`src/${file}: there is another const enum ${name} in src`);
      found.set(name, new Map(values));
    }
  }
  return found;
}
