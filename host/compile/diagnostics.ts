/** What the compiler has to say, as mistakes in the sources. */
import { relative } from "node:path";
import type * as TS from "typescript";
import type { Problem } from "./problem.ts";
import { typescript } from "./typescript.ts";

const ts = typescript();

/** `root`: what files are named relative to. */
export function problemOf({ file, start, messageText }: TS.Diagnostic, root: string): Problem {
  const place = file && start !== undefined ? ts.getLineAndCharacterOfPosition(file, start) : { line: 0, character: 0 };
  return {
    rule: "typescript",
    message: ts.flattenDiagnosticMessageText(messageText, "\n"),
    file: file ? relative(root, file.fileName) : "tsconfig.json",
    line: place.line + 1,
    column: place.character + 1,
  };
}
