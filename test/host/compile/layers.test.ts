import assert from "node:assert/strict";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { ESLint } from "eslint";
import { ROOT } from "../../../host/config/root.ts";

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
    ["src/at/reader.ts", 'import { makeWorld } from "../hal/espruino";', /src\/at must not import src\/hal: it may import src\/api/],
    ["src/at/reader.ts", 'import { dialect } from "#modem";', /src\/at must not import src\/modem/],
    ["src/api/world.ts", 'import { x } from "../at/reader";', /src\/api must not import src\/at: it may import nothing/],
    ["src/app/index.ts", 'import * as link from "../link/link";', /src\/app must not import src\/link: it may import src\/api, src\/alink/],
    [
      "src/alink/time.ts",
      'import * as link from "../link/link";',
      /src\/alink must not import src\/link: it may import src\/api, src\/cloud/,
    ],
    ["src/cloud/plan.ts", 'export { unixTimeOf } from "../modem/clock";', /src\/cloud must not import src\/modem/],
    ["src/modem/ec20.ts", 'import { start } from "../main";', /src\/modem must not import src\/main/],
    ["src/link/link.ts", 'import * as channel from "../at/channel";', /src\/link must not import src\/at/],
    ["src/wifi/channel.ts", 'import { apnOf } from "../modem/apn";', /src\/wifi must not import src\/modem/],
    ["src/link/link.ts", 'import { Map } from "immutable";', /firmware has no packages/],
    ["src/link/link.ts", 'import { VirtualClock } from "../../host/time/clock";', /firmware imports from src only/],
    ["src/other.ts", 'import type { World } from "./api/world";', /belongs into a folder/],
    ["host/time/clock.ts", 'import { apnOf } from "../../src/modem/apn.ts";', /host must not run code of src: types only/],
    ["host/time/clock.ts", 'import { fakeWorld } from "../../test/support/world.ts";', /host must not import from test/],
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
    ["src/main.ts", 'import { makeWorld } from "./hal/espruino";'],
    ["src/main.ts", 'import { dialect } from "#modem";'],
    ["src/paths/cellular.ts", 'import * as channel from "../at/channel";'],
    ["src/cloud/plan.ts", 'export { plan } from "#cloud";'],
    ["src/app/index.ts", 'import { keepTime } from "../alink/time";'],
    ["src/at/channel.ts", 'import type { Command } from "../api/at";'],
    ["host/time/clock.ts", 'import type { Board } from "../../src/api/config.ts";'],
    ["test/modem/parts.test.ts", 'import { apnOf } from "../../src/modem/apn.ts";'],
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
    const messages = await lint("src/link/why.ts", "export function f(a = 1, ...b: number[]): number[] {\n  return [a, ...b];\n}\n");
    for (const rule of ["no-default-parameters", "no-rest", "no-spread"]) {
      assert.ok(
        messages.some((message) => message.startsWith(`espruino/${rule}: `)),
        rule,
      );
    }
  });

  it("keeps the interpreter's globals in src/hal", async () => {
    assert.match(
      (await lint("src/at/reader.ts", "export const a = setTimeout;\n")).join(),
      /espruino\/known-globals: `setTimeout` belongs to src\/hal/,
    );
    assert.match(
      (await lint("src/at/reader.ts", "declare const Serial1: object;\nexport const a = Serial1;\n")).join(),
      /in src\/hal\/ only/,
    );
    assert.deepEqual(await lint("src/hal/espruino.ts", "declare function getTime(): number;\nexport const a = getTime;\n"), []);
  });
});
