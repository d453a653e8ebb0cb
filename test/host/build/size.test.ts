import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ModuleSpec } from "../../../host/build/modules.ts";
import { measure, sizeTable } from "../../../host/build/size.ts";

const CORE: ModuleSpec = { name: "core", entry: "", life: "resident", shortenProperties: true };
const UP: ModuleSpec = { name: "up", entry: "", life: "cold", shortenProperties: true };

describe("the size of a module", () => {
  it("is its bytes, its functions, and those that exist once it is loaded", () => {
    const code = "function a(){return ()=>function(){}}const b={c(){},d:()=>1};class E{f(){}}exports.a=a;";
    assert.deepEqual(measure(CORE, code), { name: "core", life: "resident", bytes: code.length, functions: 6, functionsAtLoad: 4 });
  });

  it("is shown with what grew and shrank since the last build, and the totals that count", () => {
    const now = [measure(CORE, "const a=()=>1,b=()=>2;"), measure(UP, "function c(){}")];
    const before = [measure(CORE, "const a=()=>1;"), measure(UP, "function longer(){}")];
    const lines = sizeTable(now, before).split("\n");
    assert.match(lines[1] ?? "", /^core +resident +22 +\+8 +2 +\+1 +2 +\+1$/);
    assert.match(lines[2] ?? "", /^up +cold +14 +-5 +1 +1$/);
    assert.equal(lines[3], "resident: 22 bytes, 2 functions at load +1 (about 14 variables)");
    assert.equal(lines[4], "all but the loader: 36 bytes +3");
    assert.doesNotMatch(sizeTable(now, []), /[+-]\d/);
  });
});
