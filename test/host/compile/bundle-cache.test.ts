/** What is made again after a change, and what is not. */
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { cachedBundle, keysOf } from "../../../host/compile/bundle-cache.ts";
import { DEFAULT_CHOICE, modulesOf } from "../../../host/compile/modules.ts";
import type { Choice } from "../../../host/compile/modules.ts";
import { resolverFor, sourcesOf } from "../../../host/compile/sources.ts";
import { ROOT } from "../../../host/project/root.ts";

const ALIYUN: Choice = { ...DEFAULT_CHOICE, links: ["wifi", "cellular"], cloud: "aliyun", connection: "https", hash: "sha256", http: true };

describe("the key of a module", () => {
  let root: string;
  before(() => {
    root = mkdtempSync(join(tmpdir(), "keys-"));
    for (const name of ["src", "tsconfig.json"]) cpSync(join(ROOT, name), join(root, name), { recursive: true });
  });
  after(() => rmSync(root, { recursive: true }));

  function keys(choice = DEFAULT_CHOICE): Map<string, string> {
    const modules = modulesOf(choice);
    return new Map(keysOf(choice, modules, root).map((key, i) => [modules[i]?.name as string, key]));
  }

  /** Modules whose keys are others while a file reads otherwise. */
  function changedBy(file: string, change: (text: string) => string, choice = DEFAULT_CHOICE): string[] {
    const before = keys(choice);
    const path = join(root, file);
    const text = readFileSync(path, "utf8");
    assert.notEqual(change(text), text);
    writeFileSync(path, change(text));
    const now = keys(choice);
    writeFileSync(path, text);
    return [...now].filter(([name, key]) => before.get(name) != key).map(([name]) => name);
  }

  it("covers every file that the module's text comes from", async () => {
    for (const choice of [DEFAULT_CHOICE, ALIYUN]) {
      const modules = modulesOf(choice);
      const named = new Map(modules.map(({ entry, name }) => [entry, name]));
      for (const { module, map } of await cachedBundle(choice)) {
        const { files } = sourcesOf(module.entry, resolverFor(ROOT, choice, module), named);
        for (const source of (JSON.parse(map) as { sources: string[] }).sources) assert.ok(files.has(source), `${module.name}: ${source}`);
      }
    }
  });

  it("is another one after a change of a text that it is made from, and of no other", () => {
    assert.deepEqual(
      changedBy("src/app/index.ts", (text) => text.replace('"restart"', '"reboot"')),
      ["app"],
    );
    assert.deepEqual(
      changedBy("src/cellular/at/reader.ts", (text) => `${text}// more\n`),
      ["at"],
    );
    assert.deepEqual(
      changedBy("src/cloud/tuya/connection.ts", (text) => `${text}// more\n`),
      [],
    );
  });

  it("is another one where a const enum that it uses has other values", () =>
    assert.ok(changedBy("src/api/link.ts", (text) => text.replace("Rebooted = 1", "Rebooted = 7")).includes("core")));

  it("is another one where a name gets a short form, not where a name appears that it does not use", () => {
    const isShortened = modulesOf(DEFAULT_CHOICE).filter((module) => module.shortenProperties);
    assert.deepEqual(
      changedBy("src/api/short-names.json", (text) => text.replace("{", '{ "neverUsed": "$$",')),
      isShortened.map(({ name }) => name),
    );
    assert.deepEqual(
      changedBy("src/wifi/channel.ts", (text) => `${text}export interface More { nobodyHasThisName: number }\n`),
      [],
    );
  });

  it("is the same in products that make the same of the module", () => {
    const aliyun = keys({ ...DEFAULT_CHOICE, cloud: "aliyun", connection: "device-secret", hash: "sha256" });
    const broker = keys();
    const same = [...broker.keys()].filter((name) => broker.get(name) == aliyun.get(name));
    for (const name of ["at", "app", "why"]) assert.ok(same.includes(name), name);
    assert.ok(!same.includes("cloud"));
  });
});
