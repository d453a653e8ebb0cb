/**
 * The finished text of a module is read again and refused if the interpreter would not take it, or would take it and get it wrong.
 * Checked is what the minifier wrote, because that is what runs; reported is the place in the TypeScript that it came from.
 */
import { originalPositionFor, TraceMap } from "@jridgewell/trace-mapping";
import type { SourceMapInput } from "@jridgewell/trace-mapping";
import { Linter } from "eslint";
import { GLOBALS } from "./interpreter.ts";
import type { ModuleSpec } from "./modules.ts";
import type { SharedNames } from "./names.ts";
import type { Problem } from "./problem.ts";
import { localRules, plugin } from "./rules/index.ts";

/** `map`: from the text to its sources. */
export function checkModule(module: ModuleSpec, code: string, map: SourceMapInput, names: Pick<SharedNames, "all" | "methods">): Problem[] {
  const trace = new TraceMap(map);
  const found = new Linter({ configType: "flat" }).verify(code, {
    plugins: { espruino: plugin },
    languageOptions: { ecmaVersion: "latest", sourceType: "script" },
    linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: "off" },
    rules: {
      ...localRules,
      "espruino/bytes-only": "error",
      "espruino/known-globals": ["error", module.life == "loader" ? LOADER_GLOBALS : GLOBALS],
      "espruino/known-members": ["error", { names: [...names.all], methods: [...names.methods], reads: module.shortenProperties }],
    },
  });
  // Warnings are the linter's own, about comments that want to switch it off.
  const errors = found.filter((one) => one.severity == 2);
  return errors.map((one) => {
    const origin = originalPositionFor(trace, { line: one.line, column: one.column - 1 });
    const text = code.split("\n")[one.line - 1] ?? "";
    const written = /^[\w$]*/.exec(text.slice(one.column - 1))?.[0] ?? "";
    return {
      rule: one.ruleId?.replace("espruino/", "") ?? "syntax",
      // The minifier's name for a thing means nothing to its author.
      message: one.message.replace(`\`${written}\``, `\`${origin.name ?? written}\``),
      file: origin.source ?? module.name,
      line: origin.line ?? one.line,
      column: (origin.column ?? one.column - 1) + 1,
    };
  });
}

/** The boot code is no module: nothing can be exported from it. */
const LOADER_GLOBALS = GLOBALS.filter((name) => name != "exports" && name != "module");
