import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { ESLint } from "eslint";
import { COMMON, HOST_MAY_IMPORT, hostProblem } from "../../../host/compile/rules/host-layers.ts";
import { besides, ImportGraph, importsOf } from "../../../host/compile/rules/import-graph.ts";
import { ROOT } from "../../../host/project/root.ts";

/** Texts by file. */
type Project = Readonly<Record<string, string>>;

/** What goes round, as the rule would tell it of this import. */
function circle(project: Project, from: string, to: string): string {
  const isFile = (path: string): boolean => Object.hasOwn(project, path);
  const imports = new Map(Object.entries(project).map(([path, text]) => [path, importsOf(path, text, isFile)]));
  const way = new ImportGraph(imports).wayBack({ from, to });
  return way.map((one) => besides(one.from, one.to).from).join(" ");
}

describe("a circle", () => {
  it("is one of two files, or of more", () => {
    const two = { "host/a/x.ts": 'import "./y.ts";', "host/a/y.ts": 'import { x } from "./x.ts";' };
    assert.equal(circle(two, "host/a/x.ts", "host/a/y.ts"), "host/a/y.ts");
    const three = { ...two, "host/a/y.ts": 'export * from "./z.ts";', "host/a/z.ts": 'const x = import("./x.ts");' };
    assert.equal(circle(three, "host/a/x.ts", "host/a/y.ts"), "host/a/y.ts host/a/z.ts");
  });

  it("is one of types, too", () => {
    const project = { "host/a/x.ts": 'import type { Y } from "./y.ts";', "host/a/y.ts": 'import type { X } from "./x.ts";' };
    assert.equal(circle(project, "host/a/y.ts", "host/a/x.ts"), "host/a/x.ts");
  });

  it("is one of folders, where no file imports itself by others", () => {
    const project = {
      "host/a/x.ts": 'import { y } from "../b/deep/y.ts";',
      "host/a/lonely.ts": "",
      "host/b/deep/y.ts": "",
      "host/b/other.ts": 'import "../c/z.ts";',
      "host/c/z.ts": 'import type { Lonely } from "../a/lonely.ts";',
    };
    assert.equal(circle(project, "host/a/x.ts", "host/b/deep/y.ts"), "host/b host/c");
    assert.equal(circle(project, "host/c/z.ts", "host/a/lonely.ts"), "host/a host/b");
  });

  it("is one of a file and a folder beside it", () => {
    const project = { "src/a/x.ts": 'import "./b/y";', "src/a/b/y.ts": "", "src/a/b/z.ts": 'import "../x";' };
    assert.equal(circle(project, "src/a/x.ts", "src/a/b/y.ts"), "src/a/b");
  });

  it("is none where imports go one way, or inside of a folder only", () => {
    const project = {
      "host/a/x.ts": 'import "../b/y.ts"; import "./w.ts"; import "node:fs"; import "#product";',
      "host/a/w.ts": 'import "../b/z.ts";',
      "host/b/y.ts": 'import "./z.ts";',
      "host/b/z.ts": "",
    };
    for (const [path, text] of Object.entries(project))
      for (const to of importsOf(path, text, (one) => Object.hasOwn(project, one))) assert.equal(circle(project, path, to), "");
  });
});

describe("the rule against circles", () => {
  let eslint: ESLint;
  before(() => {
    // With CI set, typescript-eslint takes a file's text from the disk instead of the text it is given.
    eslint = new ESLint({
      cwd: ROOT,
      overrideConfig: { languageOptions: { parserOptions: { disallowAutomaticSingleRunInference: true } } },
    });
  });

  async function messages(file: string, text: string): Promise<string[]> {
    const [result] = await eslint.lintText(text, { filePath: join(ROOT, file) });
    return (result?.messages ?? []).flatMap(({ ruleId, message }) => (ruleId == "project/no-circles" ? [message] : []));
  }

  for (const [file, text, found] of [
    [
      "host/time/clock.ts",
      'import type { Time } from "./wall.ts";\n',
      /^a circle: host\/time\/clock\.ts -> host\/time\/wall\.ts -> host\/time\/clock\.ts \(/,
    ],
    [
      "host/broker/topics.ts",
      'import type { Cloud } from "../clouds/types.ts";\n',
      /^a circle: host\/broker -> host\/clouds -> host\/broker \(/,
    ],
    [
      "host/clouds/shared/json.ts",
      'export { tuya } from "../tuya/index.ts";\n',
      /^a circle: host\/clouds\/shared -> host\/clouds\/tuya -> /,
    ],
    ["src/api/device.ts", 'import { start } from "../main";\n', /^a circle: src\/api -> src\/main\.ts -> src\/api \(/],
  ] as const)
    it(`refuses in ${file}: ${text.trim()}`, async () => {
      const [first = "", ...rest] = await messages(file, text);
      assert.match(first, found);
      assert.deepEqual(rest, []);
    });

  it("lets pass what goes one way", async () => {
    assert.deepEqual(await messages("host/rig/wiring.ts", 'import type { Clock } from "../time/clock.ts";\n'), []);
    assert.deepEqual(await messages("test/support/world.ts", 'import { x } from "../../host/rig/rig.ts";\n'), []);
  });
});

describe("the table of the PC side", () => {
  const folders = readdirSync(join(ROOT, "host"));

  it("has no place for a file outside of a folder", () =>
    assert.equal(hostProblem(["host", "other.ts"], ["host", "time", "clock.ts"], true), "host/other.ts belongs into a folder"));

  it("has every folder", () => assert.deepEqual([COMMON, ...Object.keys(HOST_MAY_IMPORT)].sort(), folders.sort()));

  it("goes one way: a folder may import those above it in the table, tools import no tools but by their parts", () => {
    const order = Object.keys(HOST_MAY_IMPORT);
    for (const [folder, others] of Object.entries(HOST_MAY_IMPORT))
      for (const other of others) {
        assert.ok(order.indexOf(other) >= 0, other);
        assert.ok(order.indexOf(other) < order.indexOf(folder), `${folder} -> ${other}`);
      }
  });

  it("allows nothing that is not needed", () => {
    const needed = new Set<string>();
    for (const folder of folders)
      for (const name of readdirSync(join(ROOT, "host", folder), { recursive: true, encoding: "utf8" })) {
        if (!name.endsWith(".ts")) continue;
        const path = join("host", folder, name);
        for (const target of importsOf(
          path,
          readFileSync(join(ROOT, path), "utf8"),
          (one) => one.startsWith("host/") && one.endsWith(".ts"),
        ))
          needed.add(`${folder} -> ${target.split("/")[1] as string}`);
      }
    const allowed = Object.entries(HOST_MAY_IMPORT).flatMap(([folder, others]) => others.map((other) => `${folder} -> ${other}`));
    assert.deepEqual(
      allowed.filter((one) => !needed.has(one)),
      [],
    );
  });
});
