import assert from "node:assert/strict";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { ESLint } from "eslint";
import { ROOT } from "../../../host/project/root.ts";

let eslint: ESLint;

before(() => {
  // With CI set, typescript-eslint takes a file's text from the disk instead of the text it is given.
  eslint = new ESLint({ cwd: ROOT, overrideConfig: { languageOptions: { parserOptions: { disallowAutomaticSingleRunInference: true } } } });
});

/** Messages about a text as if it stood in `file`: `rule: message`. */
async function lint(file: string, text: string): Promise<string[]> {
  const [result] = await eslint.lintText(text, { filePath: join(ROOT, file) });
  return (result?.messages ?? []).map((message) => `${message.ruleId}: ${message.message}`);
}

describe("the layer rule", () => {
  const forbidden: [string, string, RegExp][] = [
    [
      "src/cellular/at/reader.ts",
      'import { makeWorld } from "../../hal/espruino";',
      /src\/cellular must not import src\/hal: it may import src\/api/,
    ],
    ["src/cellular/at/reader.ts", 'import * as link from "../../link/supervisor";', /src\/cellular must not import src\/link/],
    ["src/api/world.ts", 'import { x } from "../cellular/at/reader";', /src\/api must not import src\/cellular: it may import nothing/],
    [
      "src/app/index.ts",
      'import * as link from "../link/supervisor";',
      /src\/app must not import src\/link: it may import src\/api, src\/cloud/,
    ],
    ["src/cloud/aliyun/time.ts", 'import * as link from "../../link/supervisor";', /src\/cloud must not import src\/link/],
    ["src/cloud/replies.ts", 'export { unixTimeOf } from "../cellular/bringup/clock";', /src\/cloud must not import src\/cellular/],
    ["src/cellular/tls.ts", 'import { start } from "../main";', /src\/cellular must not import src\/main/],
    ["src/link/supervisor.ts", 'import * as channel from "../cellular/at/channel";', /src\/link must not import src\/cellular/],
    ["src/wifi/channel.ts", 'import { apnOf } from "../cellular/bringup/apn";', /src\/wifi must not import src\/cellular/],
    ["src/link/supervisor.ts", 'import { Map } from "immutable";', /firmware has no packages/],
    ["src/link/supervisor.ts", 'import { VirtualClock } from "../../host/time/clock";', /firmware imports from src only/],
    ["src/other.ts", 'import type { World } from "./api/world";', /belongs into a folder/],
    [
      "host/time/clock.ts",
      'import { apnOf } from "../../src/cellular/bringup/apn.ts";',
      /host must not run code of src: types and constants of src\/api only/,
    ],
    ["host/time/clock.ts", 'import { fakeWorld } from "../../test/support/world.ts";', /host must not import from test/],
    [
      "host/time/clock.ts",
      'import { createRig } from "../rig/rig.ts";',
      /host\/time must not import host\/rig: it may import host\/project$/,
    ],
    [
      "host/config/tls.ts",
      'import type { Bundle } from "../compile/bundles.ts";',
      /host\/config must not import host\/compile: it may import host\/clouds/,
    ],
    ["host/clouds/tuya/api.ts", 'const x = import("../../rig/rig.ts");', /host\/clouds must not import host\/rig/],
    ["host/modules/modem.ts", 'import { FAILED } from "../command-line/run.ts";', /host\/modules must not import host\/command-line/],
    ["host/start/run.ts", 'import "./cli.ts";', /host\/start\/cli\.ts is a command line: nothing imports it/],
    ["host/flash/flash.ts", 'export * from "../update/package-cli.ts";', /host\/update\/package-cli\.ts is a command line/],
  ];
  for (const [file, text, message] of forbidden) {
    it(`refuses in ${file}: ${text}`, async () => {
      const messages = await lint(file, `${text}\n`);
      const ours = messages.filter((one) => one.startsWith("project/layers: "));
      assert.equal(ours.length, 1, messages.join("\n"));
      assert.match(ours[0] ?? "", message);
    });
  }

  const allowed: [string, string][] = [
    ["host/image/slots.ts", 'import { SlotSize } from "../../src/api/boot.ts";'],
    ["src/main.ts", 'import { makeWorld } from "./hal/espruino";'],
    ["src/main.ts", 'import { path } from "#product";'],
    ["src/product.ts", 'import * as at from "./cellular/at/index";'],
    ["src/crypto/hash.ts", 'export { words } from "#digest";'],
    ["src/app/index.ts", 'import { keepTime } from "../cloud/aliyun/time";'],
    ["src/cellular/at/channel.ts", 'import type { Command } from "../../api/command";'],
    ["host/modules/cli.ts", 'import { FAILED } from "../command-line/run.ts";'],
    ["host/start/run.ts", 'import { createRig } from "../rig/rig.ts";'],
    ["host/time/clock.ts", 'import type { Board } from "../../src/api/config.ts";'],
    ["test/cellular/commands.test.ts", 'import { apnOf } from "../../src/cellular/bringup/apn.ts";'],
  ];
  for (const [file, text] of allowed) {
    it(`allows in ${file}: ${text}`, async () => {
      assert.deepEqual(
        (await lint(file, `${text}\n`)).filter((one) => one.startsWith("project/layers: ")),
        [],
      );
    });
  }
});

describe("the editor", () => {
  it("tells about the interpreter's rules in firmware", async () => {
    const messages = await lint("src/link/diagnosis.ts", "export function f(a = 1, ...b: number[]): number[] {\n  return [a, ...b];\n}\n");
    for (const rule of ["no-default-parameters", "no-rest", "no-spread"]) {
      assert.ok(
        messages.some((message) => message.startsWith(`espruino/${rule}: `)),
        rule,
      );
    }
  });

  it("keeps the interpreter's globals in src/hal", async () => {
    assert.match(
      (await lint("src/cellular/at/reader.ts", "export const a = setTimeout;\n")).join(),
      /espruino\/known-globals: `setTimeout` belongs to src\/hal/,
    );
    assert.match(
      (await lint("src/cellular/at/reader.ts", "declare const Serial1: object;\nexport const a = Serial1;\n")).join(),
      /in src\/hal\/ only/,
    );
    assert.deepEqual(await lint("src/hal/espruino.ts", "declare function getTime(): number;\nexport const a = getTime;\n"), []);
  });
});
