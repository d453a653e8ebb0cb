import assert from "node:assert/strict";
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, describe, it } from "node:test";
import { NATIVE_NAMES } from "../../../host/compile/interpreter.ts";
import { bundle } from "../../../host/compile/bundles.ts";
import { DEFAULT_CHOICE, MODULES } from "../../../host/compile/modules.ts";
import type { ModuleSpec } from "../../../host/compile/modules.ts";
import { sharedNames } from "../../../host/compile/names.ts";
import { ROOT } from "../../../host/project/root.ts";
import { completed, missingNames, readShortNames, TABLE } from "../../../host/compile/short-names.ts";

const names = sharedNames(ROOT, MODULES);

describe("the project's table of short names", () => {
  const table = readShortNames(ROOT, names);

  it("has every name that modules share (npm run short-names adds them)", () => {
    assert.deepEqual(missingNames(names, table), []);
  });

  it("gives no two names one form, and none that means something already", () => {
    const forms = [...table.values()];
    assert.equal(new Set(forms).size, forms.length);
    for (const form of forms) assert.ok(/^[a-zA-Z_$]{1,2}$/.test(form) && !names.all.has(form) && !NATIVE_NAMES.has(form), form);
  });

  it("only grows", () => {
    const more = { ...names, internal: new Set([...names.internal, "anewName", "another"]) };
    const grown = completed(more, table);
    assert.deepEqual([...grown].slice(0, table.size), [...table]);
    assert.deepEqual([...grown.keys()].slice(table.size), ["anewName", "another"]);
    assert.equal(new Set(grown.values()).size, grown.size);
  });
});

describe("a name that modules share", () => {
  const folders: string[] = [];
  after(() => folders.forEach((folder) => rmSync(folder, { recursive: true })));

  const MAKER: ModuleSpec = { name: "maker", entry: "src/maker.ts", life: "cold", shortenProperties: true };
  const USER: ModuleSpec = { name: "user", entry: "src/user.ts", life: "cold", shortenProperties: true };

  /** Two modules that meet in one type. */
  function project(table: object, files: Record<string, string> = {}): string {
    const root = mkdtempSync(join(tmpdir(), "short-names-"));
    folders.push(root);
    const all = {
      "tsconfig.json": JSON.stringify({
        extends: join(ROOT, "tsconfig.json"),
        include: ["src", join(ROOT, "host/compile/lib/interpreter.d.ts")],
      }),
      "src/api/types.ts": "export interface Thing { wholeNumber: number; late: number }\nexport type Kind = 'late';\n",
      "src/api/config.ts": "export interface Product { hostName: string }\n",
      "src/hal/board.ts": "export {};\n",
      "src/maker.ts":
        "import type { Thing } from './api/types';\nimport type { Product } from './api/config';\ninterface Own { kept: number }\n" +
        "export function make(product: Product): Thing {\n  const own: Own = { kept: product.hostName.length };\n" +
        "  return { wholeNumber: own.kept, late: 1 };\n}\n",
      "src/user.ts":
        "import type { Thing } from './api/types';\nexport function use(thing: Thing): number {\n  return thing.wholeNumber + thing.late;\n}\n",
      [TABLE]: JSON.stringify(table),
      ...files,
    };
    for (const [name, text] of Object.entries(all)) {
      mkdirSync(dirname(join(root, name)), { recursive: true });
      writeFileSync(join(root, name), text);
    }
    return root;
  }

  async function codeOf(root: string, module: ModuleSpec): Promise<string> {
    // Each alone, as if built at different times.
    return (await bundle(DEFAULT_CHOICE, root, [module]))[0]?.code as string;
  }

  it("has the same form in modules that are built apart, and no other name gets it", async () => {
    const root = project({ wholeNumber: "a", make: "b", use: "c" });
    const maker = await codeOf(root, MAKER);
    assert.match(maker, /exports\.b=/);
    assert.match(maker, /a:/);
    assert.doesNotMatch(maker, /kept|wholeNumber/);
    assert.equal((maker.match(/\ba:/g) ?? []).length, 1, "the private name has another form");
    assert.match(await codeOf(root, USER), /exports\.c=.*\.a\+.*\.late/);
  });

  it("stays as it is where it is data as well, or a text that may be a key", async () => {
    const shared = sharedNames(project({}), [MAKER, USER]);
    assert.deepEqual([...shared.internal].sort(), ["make", "use", "wholeNumber"]);
    await assert.rejects(codeOf(project({ hostName: "a" }), MAKER), /short-names\.json: "hostName" is also a name outside of the program/);
    await assert.rejects(codeOf(project({ wholeNumber: "hostName" }), MAKER), /"hostName" for "wholeNumber" is a name already/);
  });
});
