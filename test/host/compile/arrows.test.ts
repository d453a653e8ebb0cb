import assert from "node:assert/strict";
import { describe, it } from "node:test";
import ts from "typescript";
import { arrows } from "../../../host/compile/arrows.ts";

function compiled(source: string): string {
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: { target: ts.ScriptTarget.ES2015, module: ts.ModuleKind.ESNext },
    transformers: { after: [arrows] },
  });
  return outputText.replace(/\s+/g, " ").trim();
}

describe("a function declaration", () => {
  it("becomes an arrow function in a constant, exported as it was", () => {
    assert.equal(compiled("export function f(a: number): number { return a; }"), "export const f = (a) => { return a; };");
    assert.equal(compiled("function f() { function g() {} g(); }"), "const f = () => { const g = () => { }; g(); };");
  });

  it("stays where an arrow function would be another thing", () => {
    for (const source of ["function f() { return this.x; }", 'function f() { "ram"; return 1; }', "function* f() { yield 1; }"]) {
      assert.match(compiled(source), /^function/, source);
    }
    assert.match(compiled("function f() { return class { x() { return this; } }; }"), /^const f/, "the class has a this of its own");
  });
});
