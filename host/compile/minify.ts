/** The minifier, set for an interpreter that walks source text: every token costs time, every name space, and some tricks are wrong. */
import { parse } from "acorn";
import { full } from "acorn-walk";
import type { Plugin } from "rollup";
import { minify } from "terser";
import type { MinifyOptions } from "terser";
import type { ShortNames } from "./short-names.ts";

/** Property names that are shortened in a module. */
export interface Shorten {
  /** As the minifier likes. */
  private: readonly string[];
  /** As everywhere. */
  shared: ShortNames;
}

function options(shorten: Shorten): MinifyOptions {
  const names = [...shorten.private, ...shorten.shared.keys()];
  return {
    ecma: 2015,
    toplevel: true,
    sourceMap: true,
    compress: {
      passes: 3,
      // A lookup costs by position in the scope: many small constants are dearer than their values.
      toplevel: true,
      // Functions are not hoisted by the interpreter: their order is the author's.
      hoist_funs: false,
      hoist_vars: false,
      // Would make `(function(){…})()` of calls to functions with one caller: about 100 variables fewer in `core`, but a new function
      // for each call, in the path of every received line.
      reduce_funcs: false,
      inline: 1,
      // `arguments` is not to be used at all.
      arguments: false,
      keep_infinity: true,
      // Neither parameters with defaults nor any other unsafe shortening.
      unsafe: false,
      drop_debugger: false,
      // `"ram"` is no directive that the minifier knows.
      directives: false,
    },
    mangle: {
      toplevel: true,
      // `of` as a variable is a syntax error, `undefined` as a parameter too.
      reserved: ["of", "undefined"],
      // Quoted keys are data (answers of a module, JSON). `builtins`: the names of a browser mean nothing here.
      properties: names.length ? { builtins: true, keep_quoted: "strict", regex: new RegExp(`^(${names.join("|")})$`) } : false,
    },
    // The minifier's own memory of what it did: it takes these, and gives none of them to another name.
    nameCache: { props: { props: Object.fromEntries([...shorten.shared].map(([name, short]) => [`$${name}`, short])) } },
    format: {
      // Bytes above 0x7F as \xNN: the board's file is ASCII, so that no editor, terminal or loader can change it.
      ascii_only: true,
      comments: false,
      semicolons: true,
    },
  };
}

/** `const` becomes `let`: shorter, and neighbours of either kind become one declaration. The same length, so that places stay true. */
function lets(code: string): string {
  const at: number[] = [];
  full(parse(code, { ecmaVersion: "latest", sourceType: "module" }), (node) => {
    if (node.type == "VariableDeclaration" && code.startsWith("const", node.start)) at.push(node.start);
  });
  return at.reduce((text, start) => `${text.slice(0, start)}let  ${text.slice(start + 5)}`, code);
}

export function minifier(shorten: Shorten): Plugin {
  return {
    name: "minify",
    async renderChunk(code) {
      const result = await minify(lets(code), options(shorten));
      return { code: result.code ?? "", map: result.map as string };
    },
  };
}
