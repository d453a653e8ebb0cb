import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkModule } from "../../../host/compile/check.ts";
import type { ModuleSpec } from "../../../host/compile/modules.ts";
import { plugin } from "../../../host/compile/rules/index.ts";
import { evaluate, evaluateInNode, SKIP } from "../../support/interpreter.ts";
import { RULE_FIXTURES, WITHOUT_PROOF } from "./rules.fixtures.ts";

const MODULE: ModuleSpec = { name: "core", entry: "src/main.ts", life: "resident", shortenProperties: false };
const NO_MAP = { version: 3 as const, sources: [], names: [], mappings: "" };
const NO_NAMES = { all: new Set<string>(), methods: new Set<string>() };

function check(code: string): ReturnType<typeof checkModule> {
  return checkModule(MODULE, code, NO_MAP, NO_NAMES);
}

const ALL = [...RULE_FIXTURES, ...WITHOUT_PROOF];

describe("the interpreter's rules", () => {
  for (const { rule, bad, good } of ALL) {
    it(`${rule} refuses ${bad}`, () => {
      const problems = check(`exports.a = 1;\n  exports.b = ${bad};`);
      assert.deepEqual([...new Set(problems.map((problem) => problem.rule))], [rule]);
      assert.equal(problems[0]?.line, 2);
      assert.match(problems[0]?.message ?? "", /; instead: ./);
    });

    it(`${rule} accepts ${good}`, () => {
      assert.deepEqual(check(`exports.b = ${good};`), []);
    });
  }

  it("have an example each", () => {
    assert.deepEqual(
      Object.keys(plugin.rules ?? {}).filter((rule) => !ALL.some((fixture) => fixture.rule == rule)),
      [],
    );
  });

  it("refuse what cannot be read at all", () => {
    const problems = check("exports.a = ;");
    assert.equal(problems[0]?.rule, "syntax");
    assert.equal(problems[0].column, 13);
  });

  it("point at the very column that the source map names", () => {
    // Each character comes from the same column of line 1 of a source.
    const map = { version: 3 as const, sources: ["src/a.ts"], names: [], mappings: ["AAAA", ...Array<string>(20).fill("CAAC")].join() };
    const [problem] = checkModule(MODULE, "exports.a=2**3;", map, NO_NAMES);
    assert.deepEqual([problem?.file, problem?.line, problem?.column], ["src/a.ts", 1, 11]);
  });

  it("cannot be switched off by a comment", () => {
    assert.equal(check("/* eslint-disable */ exports.a = 2 ** 3;").length, 1);
  });

  it("are true on the interpreter: what they refuse has another value there", { skip: SKIP }, async () => {
    const values = await evaluate(RULE_FIXTURES.map((fixture) => fixture.bad));
    const wrong = RULE_FIXTURES.filter((fixture, i) => values[i] == evaluateInNode(fixture.bad));
    assert.deepEqual(wrong, []);
  });

  it("are enough on the interpreter: what they ask for instead has the same value there", { skip: SKIP }, async () => {
    const values = await evaluate(RULE_FIXTURES.map((fixture) => fixture.good));
    const wrong = RULE_FIXTURES.filter((fixture, i) => values[i] != evaluateInNode(fixture.good)).map((fixture) => fixture.good);
    assert.deepEqual(wrong, []);
  });
});
