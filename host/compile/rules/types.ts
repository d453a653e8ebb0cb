/**
 * The compiler's own errors, told by the program that the other rules have loaded already: loading it again takes as long as all of them.
 */
import type { Rule } from "eslint";
import ts from "typescript";

export const types: Rule.RuleModule = {
  meta: { type: "problem", schema: [], docs: { description: "what the compiler says of the file" } },
  create(context) {
    const program = (context.sourceCode.parserServices as { program?: ts.Program | null }).program;
    if (!program) throw new Error("project/types is for files that are linted with their project");
    return {
      Program() {
        const file = program.getSourceFile(context.filename);
        const found = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file), ...ofProject(program)];
        for (const { start, messageText, code } of found)
          context.report({
            loc: context.sourceCode.getLocFromIndex(start ?? 0),
            message: "{{text}}",
            data: { text: `TS${code}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}` },
          });
      },
    };
  },
};

const told = new WeakSet<ts.Program>();

/** What is wrong with the project itself, once. */
function ofProject(program: ts.Program): readonly ts.Diagnostic[] {
  if (told.has(program)) return [];
  told.add(program);
  return [...program.getConfigFileParsingDiagnostics(), ...program.getOptionsDiagnostics(), ...program.getGlobalDiagnostics()];
}
