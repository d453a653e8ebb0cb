/** Figures with their targets, what is recorded of them, and how tables are set. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { figuresOf } from "../../../host/bench/figure.ts";
import type { Part } from "../../../host/bench/figure.ts";
import { readRecorded, record } from "../../../host/bench/record.ts";
import { number, table } from "../../../host/bench/table.ts";
import { temporaryFolder } from "../../support/interpreter.ts";

const PART: Part = {
  name: "part",
  title: "A part",
  figures: [
    { name: "small", title: "small", target: 10, unit: "" },
    { name: "large", title: "large", target: 10, unit: "" },
    { name: "shown", title: "shown", target: null, unit: "s" },
    { name: "asked", title: "asked", target: null, unit: "", option: "--ask" },
  ],
  on: "paper",
  missing: () => "",
  run: () => Promise.reject(new Error("not run here")),
};

describe("figures", () => {
  it("meet their target or miss it; without a target they are only shown", () => {
    const values = { small: 10, large: 11, shown: 1 };
    const figures = figuresOf(PART, { values, details: "" }, "", { small: 12 });
    assert.deepEqual(
      figures.map(({ name, now, recorded, met, on }) => [name, now, recorded, met, on]),
      [
        ["small", 10, 12, true, "paper"],
        ["large", 11, null, false, "paper"],
        ["shown", 1, null, null, "paper"],
        ["asked", null, null, null, "not asked for: --ask"],
      ],
    );
  });

  it("say why they were not measured", () => {
    for (const figure of figuresOf(PART, null, "no scales", {}))
      assert.deepEqual([figure.now, figure.met, figure.on], [null, null, "no scales"]);
  });

  it("are recorded by name; what was not measured keeps its value", () => {
    const folder = temporaryFolder();
    const file = join(folder.path, "figures.json");
    assert.deepEqual(readRecorded(file), {});
    record(figuresOf(PART, { values: { small: 1, shown: 2.5 }, details: "" }, "", {}), file);
    record(figuresOf(PART, { values: { large: 3, shown: 2 }, details: "" }, "", {}), file);
    assert.equal(readFileSync(file, "utf8"), '{\n  "large": 3,\n  "shown": 2,\n  "small": 1\n}\n');
    writeFileSync(file, '{"small":"one"}');
    assert.throws(() => readRecorded(file), /figures\.json: not a list of figures/);
    folder.remove();
  });
});

describe("a table", () => {
  it("sets numbers to the right, with their thousands apart", () => {
    const rows = [
      ["a", 1234567, "x"],
      ["long", 12, "yy"],
    ];
    assert.equal(table(["what", "n", ""], rows), "what          n\na     1,234,567  x\nlong         12  yy");
    assert.deepEqual([number(999), number(1000), number(1.019), number(-1234)], ["999", "1,000", "1.02", "-1,234"]);
  });
});
