/** The minifier, set for an interpreter that walks source text: every token costs time, every name space, and some tricks are wrong. */
import type { Plugin } from "rollup";
import { minify } from "terser";
import type { MinifyOptions } from "terser";

/** `shorten`: property names that may be shortened. */
function options(shorten: readonly string[]): MinifyOptions {
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
      properties: shorten.length ? { builtins: true, keep_quoted: true, regex: new RegExp(`^(${shorten.join("|")})$`) } : false,
    },
    format: {
      // Bytes above 0x7F as \xNN: the board's file is ASCII, so that no editor, terminal or loader can change it.
      ascii_only: true,
      comments: false,
      semicolons: true,
    },
  };
}

export function minifier(shorten: readonly string[]): Plugin {
  return {
    name: "minify",
    async renderChunk(code) {
      const result = await minify(code, options(shorten));
      return { code: result.code ?? "", map: result.map as string };
    },
  };
}
