/** The compiler's errors reach whoever runs ESLint: nothing else checks the types of the PC side in `npm run lint`. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";
import { Linter } from "eslint";
import ts from "typescript";
import { parser } from "typescript-eslint";
import { types } from "../../../host/compile/rules/types.ts";

function lint(text: string, options: ts.CompilerOptions): string[] {
  const folder = mkdtempSync(join(tmpdir(), "types-"));
  try {
    const file = join(folder, "a.ts");
    writeFileSync(file, text);
    const program = ts.createProgram([file], { noEmit: true, types: [], ...options });
    const config: Linter.Config = {
      files: ["**/*.ts"],
      languageOptions: { parser: parser as Linter.Parser, parserOptions: { programs: [program] } },
      plugins: { project: { rules: { types } } },
      rules: { "project/types": "error" },
    };
    return new Linter({ cwd: folder }).verify(text, config, file).map(({ line, message }) => `${line}: ${message}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

it("errors of the compiler are told with their line and number", () => {
  assert.deepEqual(lint('export const a = 1;\nexport const b: number = "x";\n', {}), [
    "2: TS2322: Type 'string' is not assignable to type 'number'.",
  ]);
  assert.deepEqual(lint("export const a = 1;\n", {}), []);
});

it("errors of the project itself are told", () => {
  assert.match(lint("export const a = 1;\n", { types: ["nobody-has-this"] }).join(), /^1: TS2688: /);
});
