/** Paths are those of the caller, also where npm has gone to the project's folder; and which product is meant is said. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import { isNpmScript } from "../../../host/command-line/caller.ts";
import { chosenProduct } from "../../../host/command-line/product.ts";
import { ROOT } from "../../../host/project/root.ts";
import { temporaryFolder } from "../../support/interpreter.ts";

let folder: ReturnType<typeof temporaryFolder>;
const cwd = process.cwd();
before(() => (folder = temporaryFolder()));
beforeEach(() => process.chdir(ROOT));
after(() => {
  process.chdir(cwd);
  folder.remove();
});

describe("npm run", () => {
  it("takes relative paths from where it was typed", () => {
    writeFileSync(join(folder.path, "erased.bin"), Buffer.alloc(1024, 0xff));
    const args = ["run", "--silent", "--prefix", ROOT, "image", "--", "ls", "erased.bin"];
    const { stdout, stderr, status } = spawnSync("npm", args, { cwd: folder.path, encoding: "utf8" });
    assert.equal(status, 0, stderr);
    assert.equal(stdout, "0 files, 0 of 1024 bytes used\n");
  });

  it("is who runs a program only by its own name, from this project, and in its folder", () => {
    const env = { npm_lifecycle_event: "image", npm_package_json: join(ROOT, "package.json"), INIT_CWD: folder.path };
    assert.ok(isNpmScript("image", env));
    assert.ok(!isNpmScript("build", env), "a program that a script starts has its environment");
    assert.ok(!isNpmScript("image", { ...env, npm_package_json: join(folder.path, "package.json") }), "another package's script");
    assert.ok(!isNpmScript("image", { INIT_CWD: folder.path }), "flash.sh, npx, node");
    process.chdir(folder.path);
    assert.ok(!isNpmScript("image", env), "the script went elsewhere before");
  });
});

describe("the product of a command line", () => {
  it("is the one that is named", () => {
    assert.deepEqual(chosenProduct("other/product.json"), { path: "other/product.json", told: "product other/product.json" });
  });

  it("is else that of the folder, else the project's own, and which one is told", () => {
    assert.match(chosenProduct(undefined).told, /^product product\.json, the project's own, a demonstration$/);
    process.chdir(folder.path);
    const { path, told } = chosenProduct(undefined);
    assert.equal(path, join(ROOT, "product.json"));
    assert.equal(told, `product ${path}, a demonstration: this folder has no product.json, and --product names no other`);
    writeFileSync("product.json", "{}");
    assert.deepEqual(chosenProduct(undefined), { path: "product.json", told: "product product.json, of this folder" });
  });
});
