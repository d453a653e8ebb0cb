/**
 * Pretokenised text: reserved words and operators are one byte each, strings and small numbers are written as they are in memory. Shorter,
 * read faster, and strings of more than 12 characters stay in flash. Tokens belong to one version of the interpreter (`src/jslex.h`).
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createContext, runInContext } from "node:vm";
import * as acorn from "acorn";

interface Tools {
  Plugins: { Pretokenise: { tokenise(code: string): string } };
}

let tools: Tools | undefined;

/** `code`: one character per byte, as is the result. @throws {Error} about what the tokeniser would make something else of. */
export function pretokenise(code: string): string {
  refuseSigns(code);
  tools ??= load();
  return tools.Plugins.Pretokenise.tokenise(code);
}

/** The tokeniser leaves out what stands between two tokens: `a - -b` would become `a--b`. */
function refuseSigns(code: string): void {
  let last: acorn.Token | undefined;
  for (const token of acorn.tokenizer(code, { ecmaVersion: 2020 })) {
    const sign = code.slice(token.start, token.end);
    if (last && (sign == "+" || sign == "-") && code.slice(last.start, last.end) == sign)
      throw new Error(`"${code.slice(last.start - 10, token.end + 10)}": two signs in a row cannot be pretokenised; use parentheses`);
    last = token;
  }
}

/** The tokeniser of EspruinoTools is written for a browser's global scope: it gets one of its own, without the rest of the tools. */
function load(): Tools {
  const require = createRequire(import.meta.url);
  const Espruino = { Plugins: {}, Config: { PRETOKENISE: 2 }, Core: { Env: { getBoardData: () => null } } };
  const context = createContext({ acorn, Espruino, console });
  for (const file of ["core/utils.js", "plugins/pretokenise.js"]) {
    const path = require.resolve(`espruino/${file}`);
    runInContext(readFileSync(path, "utf8"), context, { filename: path });
  }
  return Espruino as unknown as Tools;
}
