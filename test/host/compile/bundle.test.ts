import assert from "node:assert/strict";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import vm from "node:vm";
import { rollup } from "rollup";
import { bundle } from "../../../host/compile/bundles.ts";
import { CheckError, formatProblem } from "../../../host/compile/problem.ts";
import type { ModuleBuild } from "../../../host/compile/bundle.ts";
import { checkedBuilds } from "../../../host/compile/checked.ts";
import { ROOT } from "../../../host/project/root.ts";
import { DEFAULT_CHOICE, MODULES } from "../../../host/compile/modules.ts";
import type { Choice, ModuleSpec } from "../../../host/compile/modules.ts";
import { privateNames, sharedNames } from "../../../host/compile/names.ts";
import { runScript, SKIP } from "../../support/interpreter.ts";

const PROJECT = join(import.meta.dirname, "fixtures/project");

function spec(entry: string, change: Partial<ModuleSpec> = {}): ModuleSpec {
  return { name: "core", entry, life: "resident", shortenProperties: true, ...change };
}

async function problemsOf(entry: string, change: Partial<ModuleSpec> = {}): Promise<string[]> {
  try {
    await bundle(DEFAULT_CHOICE, PROJECT, [spec(entry, change)]);
    return [];
  } catch (error) {
    assert.ok(error instanceof CheckError, String(error));
    return error.problems.map(formatProblem);
  }
}

describe("a bundled module", () => {
  let code: string;

  before(async () => {
    const bundles = await bundle(DEFAULT_CHOICE, PROJECT, [spec("src/good.ts")]);
    code = bundles[0]?.code as string;
  });

  it("is plain CommonJS on one line of ASCII", () => {
    assert.match(code, /^[\x20-\x7e]+$/);
    assert.match(code, /exports\.run=/);
    assert.doesNotMatch(code, /use strict|__esModule|freeze|sourceMappingURL|import |export /);
  });

  it("holds only what it uses, and constants in place of enumerations", () => {
    assert.doesNotMatch(code, /never in a bundle|Step|First/);
    assert.match(code, /:8\b/);
  });

  it("shortens names that only it knows, and no others", () => {
    assert.doesNotMatch(code, /counterOfThings/);
    for (const kept of ["READY", "POWERED DOWN", "quoted name", ".log("]) assert.ok(code.includes(kept), kept);
  });

  it("requires another module whose entry it imports, and holds no copy of it", async () => {
    const modules = [spec("src/good.ts", { name: "good" }), spec("src/neighbour.ts", { name: "neighbour" })];
    const [good, neighbour] = (await bundle(DEFAULT_CHOICE, PROJECT, modules)).map((one) => one.code);
    assert.doesNotMatch(neighbour as string, /quoted name/);
    const load = (text: string): Record<string, (world: object) => string> => {
      const context = vm.createContext({ exports: {}, print: () => {}, require: (name: string) => name == "good" && load(good as string) });
      vm.runInContext(text, context);
      return (context as unknown as { exports: ReturnType<typeof load> }).exports;
    };
    assert.equal(load(neighbour as string)["ready"]?.({ log: () => {}, size: 1 }), "ready");
  });

  it("has text as UTF-8 bytes, and escaped bytes as they are", () => {
    const lines: string[] = [];
    const context = vm.createContext({ exports: {}, print: () => {} });
    vm.runInContext(code, context);
    const exported = (context as { exports: { run(line: string, world: object): string } }).exports;
    assert.equal(exported.run("READY", { log: (text: string) => lines.push(text) }), "ready");
    const expected = Buffer.concat([Buffer.from("温度 25℃ "), Buffer.from([0xff]), Buffer.from(" é \n9 ä2")]);
    assert.deepEqual(Buffer.from(lines[0] as string, "latin1"), expected);
  });

  it("runs on the interpreter", { skip: SKIP }, async () => {
    const script = `var b="";require("Storage").write("core",${JSON.stringify(code)});out(require("core").run("READY",{log:function(t){b=t}}));out(b.length+" "+b.charCodeAt(0)+" "+b.charCodeAt(15))`;
    assert.deepEqual(await runScript(script), ["ready", "24 230 195"]);
  });
});

describe("a module that the interpreter would get wrong", () => {
  it("is refused with the place in the sources of each mistake", async () => {
    const problems = await problemsOf("src/bad.ts");
    const expected = [
      [/^src\/bad\.ts:7:15 declare-before-use: `late` is declared below/, "called above its declaration"],
      [/^src\/bad\.ts:13:26 no-loop-closures: `i` is/, "captured in a loop"],
      [/^src\/bad\.ts:15:15 known-members: `madeNowhere` is read here, but made nowhere/, "a shortened name from outside"],
      [/^src\/modem\/helper\.ts:11:15 known-globals: `Buffer` is not in the interpreter; instead: /, "a global"],
      [/^src\/modem\/helper\.ts:11:\d+ known-statics: Math\.trunc is not in the interpreter; instead: /, "a member of Math"],
      [/^src\/modem\/helper\.ts:12:10 regex-subset: /, "a regular expression"],
      [/^src\/modem\/helper\.ts:12:\d+ known-members: the method `missingMethod` is not in the interpreter/, "a method"],
    ] as const;
    for (const [pattern, what] of expected)
      assert.ok(
        problems.some((problem) => pattern.test(problem)),
        `${what} in\n${problems.join("\n")}`,
      );
    assert.equal(problems.length, expected.length, problems.join("\n"));
  });

  it("may read fields made elsewhere where names are not shortened", async () => {
    const problems = await problemsOf("src/bad.ts", { shortenProperties: false });
    assert.ok(!problems.some((problem) => problem.includes("madeNowhere")));
  });
});

describe("the project's firmware", () => {
  async function textOf(settings: ModuleBuild): Promise<string> {
    const build = await rollup({ ...settings, onLog: (_level, log) => assert.fail(log.message) });
    const text = (await build.generate(settings.output)).output[0].code.trimEnd();
    await build.close();
    return text;
  }

  it("has the same text whether the compiler knows one file or all, as in rollup.config.mjs", async () => {
    const config = (await import(join(ROOT, "rollup.config.mjs"))) as { default: ModuleBuild[] };
    const bundles = await bundle(DEFAULT_CHOICE);
    assert.equal(config.default.length, bundles.length);
    for (const [i, { module, code }] of bundles.entries()) assert.equal(await textOf(config.default[i] as ModuleBuild), code, module.name);
  });

  it("has it with each link, and with what only some products have", async () => {
    const choice: Choice = {
      ...DEFAULT_CHOICE,
      links: ["wifi", "cellular"],
      cloud: "aliyun",
      connection: "register-https",
      hash: "md5",
      http: true,
      ranges: true,
    };
    const builds = checkedBuilds({ choice }, "dist");
    for (const [i, { module, code }] of (await bundle(choice)).entries())
      assert.equal(await textOf(builds[i] as ModuleBuild), code, module.name);
  });

  it("shortens no name of configuration, of the application's API or of the interpreter", () => {
    const shared = sharedNames(ROOT, MODULES);
    const shortened = [...privateNames(ROOT, shared), ...shared.internal];
    for (const name of ["keepaliveS", "caChecksum", "simPin", "publish", "powerKey", "getErrorFlags", "start", "app", "rssiDbm"]) {
      assert.ok(!shortened.includes(name), name);
    }
    assert.ok(shared.methods.has("publish") && shared.methods.has("judge") && !shared.methods.has("host"));
  });
});
