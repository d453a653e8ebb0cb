/** Figures with their targets, what is recorded of them, and how tables are set. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { figuresOf } from "../../../host/bench/figure.ts";
import type { Figure, Part } from "../../../host/bench/figure.ts";
import { commitOf, isStale } from "../../../host/bench/origin.ts";
import { PARTS } from "../../../host/bench/parts.ts";
import { readRecorded, record } from "../../../host/bench/record.ts";
import { ROOT } from "../../../host/project/root.ts";
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
  sources: ["src"],
  missing: () => "",
  run: () => Promise.reject(new Error("not run here")),
};

describe("figures", () => {
  it("meet their target or miss it; without a target they are only shown", () => {
    const values = { small: 10, large: 11, shown: 1 };
    const figures = figuresOf(PART, { values, details: "" }, "", { small: { value: 12, commit: "1234567" } }, () => true);
    assert.deepEqual(
      figures.map(({ name, now, recorded, recordedAt, stale, met, on }) => [name, now, recorded, recordedAt, stale, met, on]),
      [
        ["small", 10, 12, "1234567", true, true, "paper"],
        ["large", 11, null, null, null, false, "paper"],
        ["shown", 1, null, null, null, null, "paper"],
        ["asked", null, null, null, null, null, "not asked for: --ask"],
      ],
    );
  });

  it("say why they were not measured", () => {
    for (const figure of figuresOf(PART, null, "no scales", {}, () => null))
      assert.deepEqual([figure.now, figure.met, figure.on], [null, null, "no scales"]);
  });

  it("are recorded by name, with the commit; what was not measured keeps its value", () => {
    const folder = temporaryFolder();
    const file = join(folder.path, "figures.json");
    assert.deepEqual(readRecorded(file), {});
    const measured = (values: Record<string, number>): Figure[] => figuresOf(PART, { values, details: "" }, "", {}, () => null);
    record(measured({ small: 1, shown: 2.5 }), () => "1111111", file);
    record(measured({ large: 3, shown: 2 }), (name) => (name == "large" ? "2222222" : "3333333"), file);
    assert.deepEqual(readRecorded(file), {
      large: { value: 3, commit: "2222222" },
      shown: { value: 2, commit: "3333333" },
      small: { value: 1, commit: "1111111" },
    });
    assert.match(readFileSync(file, "utf8"), /^\{\n {2}"large": [^]*\}\n$/);
    for (const text of ['{"small":1}', '{"small":{"value":1}}', '{"small":{"value":1,"commit":"HEAD"}}', '{"small":null}']) {
      writeFileSync(file, text);
      assert.throws(() => readRecorded(file), /figures\.json: not a list of figures/, text);
    }
    folder.remove();
  });
});

describe("what is recorded of the project", () => {
  it("is of figures that there are", () => {
    const known = PARTS.flatMap(({ figures }) => figures.map(({ name }) => name));
    assert.deepEqual(
      Object.keys(readRecorded()).filter((name) => !known.includes(name)),
      [],
    );
    for (const { name, sources } of PARTS) for (const path of sources) assert.ok(existsSync(join(ROOT, path)), `${name}: ${path}`);
  });
});

describe("the commit of a figure", () => {
  const folder = temporaryFolder();
  after(() => folder.remove());
  const git = (...args: string[]): string =>
    execFileSync("git", ["-c", "user.name=n", "-c", "user.email=e", ...args], { cwd: folder.path, encoding: "utf8", stdio: "pipe" }).trim();
  const write = (name: string, text: string): void => writeFileSync(join(folder.path, name), text);
  const commit = (name: string, text: string): string => {
    write(name, text);
    git("add", name);
    git("commit", "-qm", name);
    return git("rev-parse", "HEAD");
  };
  const isAt = (expected: string, paths: string[]): void => assert.ok(expected.startsWith(commitOf(paths, folder.path)));

  it("is the last one that touched what is measured", () => {
    git("init", "-q", "-b", "main");
    const measured = commit("measured", "1");
    commit("other", "1");
    isAt(measured, ["measured"]);
    assert.equal(isStale(measured, ["measured"], folder.path), false);
  });

  it("makes it stale as soon as that changes, committed or not", () => {
    const before = git("rev-parse", "HEAD");
    write("measured", "2");
    assert.equal(isStale(before, ["measured"], folder.path), true);
    assert.throws(() => commitOf(["measured"], folder.path), /^Error: measured is not committed: /);
    const now = commit("measured", "2");
    assert.equal(isStale(before, ["measured"], folder.path), true);
    assert.equal(isStale(now, ["measured"], folder.path), false);
    write("fresh", "1");
    assert.equal(isStale(now, ["measured", "fresh"], folder.path), true);
  });

  it("is the merge where two branches came together, because neither has what was measured", () => {
    git("checkout", "-qb", "branch");
    commit("measured", "3");
    git("checkout", "-q", "main");
    commit("second", "1");
    git("merge", "-q", "--no-edit", "branch");
    isAt(git("rev-parse", "HEAD"), ["measured", "second"]);
  });

  it("is not known in another clone", () => {
    assert.equal(isStale("0123456789", ["measured"], folder.path), null);
    assert.throws(() => commitOf(["nowhere"], folder.path), /^Error: no commit is known here/);
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
