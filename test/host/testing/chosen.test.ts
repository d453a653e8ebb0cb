/** Which tests run: all, those that somebody asks for, or those that a change touches. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { ROOT } from "../../../host/project/root.ts";
import { changedFiles } from "../../../host/testing/changed.ts";
import { longestFirst, testFiles, wanted } from "../../../host/testing/files.ts";
import { distances, readGraph } from "../../../host/testing/graph.ts";
import { fitting } from "../../../host/testing/quick.ts";

const SEEN = {
  "test/at/body.test.ts": { ms: 10, names: ["a body", "is counted"] },
  "test/at/fuzz.test.ts": { ms: 300, names: ["any input"] },
  "test/e2e/ec20.test.ts": { ms: 2000, names: ["a body", "gets online"] },
};
const ALL = [...Object.keys(SEEN), "test/new.test.ts"];

describe("what is asked for", () => {
  it("is everything without arguments", () => assert.deepEqual(wanted([], ALL, SEEN, ROOT), { files: ALL }));

  it("is a part of paths, seen from the project or from the caller's folder", () => {
    const at = ["test/at/body.test.ts", "test/at/fuzz.test.ts"];
    assert.deepEqual(wanted(["test/at"], ALL, SEEN, ROOT), { files: at });
    assert.deepEqual(wanted(["body"], ALL, SEEN, ROOT), { files: at.slice(0, 1) });
    assert.deepEqual(wanted(["../at", "new.test.ts"], ALL, SEEN, join(ROOT, "test/e2e")), { files: [...at, "test/new.test.ts"] });
  });

  it("is otherwise a name, in the files that have it, or that were never seen", () => {
    assert.deepEqual(wanted(["a b.dy"], ALL, SEEN, ROOT), { files: [ALL[0], ALL[2], ALL[3]], name: "a b.dy" });
    assert.deepEqual(wanted(["test/at", "a body"], ALL, SEEN, ROOT), { files: [ALL[0]], name: "a body" });
    assert.throws(() => wanted(["test/gone"], ALL, SEEN, ROOT), /no test file has test\/gone in its path/);
  });
});

it("files begin in the order of what they took, those that were never seen before all", () =>
  assert.deepEqual(longestFirst(ALL, SEEN), [ALL[3], ALL[2], ALL[1], ALL[0]]));

it("of the files that a change touches the nearest run that fit", () => {
  const touched = new Map([
    ["test/e2e/ec20.test.ts", 3],
    ["test/at/fuzz.test.ts", 1],
    ["test/at/body.test.ts", 3],
    ["test/new.test.ts", 3],
  ]);
  assert.deepEqual(fitting(touched, SEEN, 2400), ["test/at/fuzz.test.ts", "test/at/body.test.ts", "test/e2e/ec20.test.ts"].slice(0, 3));
  assert.deepEqual(fitting(touched, SEEN, 350), ["test/at/fuzz.test.ts", "test/at/body.test.ts"]);
});

describe("the graph of what files name", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "graph-"));
    const files = {
      "tsconfig.json": '{ "compilerOptions": { "paths": { "#choice": ["./src/one.ts"] } } }',
      "src/one.ts": 'import type { Two } from "./two";',
      "src/two.ts": "",
      "src/user.ts": 'import { one } from "#choice";',
      "host/compile.ts": 'const made = ["src"]; const { x } = await import("./lazy.ts");',
      "host/lazy.ts": "",
      "host/tool/cli.ts": "",
      "boards/a.json": "{}",
      "tool.sh": 'exec node "$root/host/tool/cli.ts"',
      "test/one.test.ts": 'import { one } from "../src/one.ts";',
      "test/user.test.ts": 'import { user } from "../src/user.ts";',
      "test/compile.test.ts": 'import { made } from "../host/compile.ts";',
      "test/tool.test.ts": 'spawn(join(ROOT, "tool.sh")); read(join(import.meta.dirname, "fixtures/data.txt"));',
      "test/fixtures/data.txt": "",
      "test/boards.test.ts": 'list(join(ROOT, "boards"));',
    };
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
  });
  after(() => rmSync(folder, { recursive: true }));

  function touchedBy(...changed: string[]): Record<string, number> {
    return Object.fromEntries(distances(readGraph(folder), changed, testFiles(folder)));
  }

  it("follows imports of any kind, types and aliases included, and counts the steps", () => {
    assert.deepEqual(touchedBy("src/two.ts"), { "test/one.test.ts": 2, "test/user.test.ts": 3, "test/compile.test.ts": 2 });
    assert.deepEqual(touchedBy("host/lazy.ts"), { "test/compile.test.ts": 2 });
    assert.deepEqual(touchedBy("test/one.test.ts", "src/user.ts"), {
      "test/one.test.ts": 0,
      "test/user.test.ts": 1,
      "test/compile.test.ts": 2,
    });
  });

  it("follows the paths of files and folders that stand in texts", () => {
    assert.deepEqual(touchedBy("host/tool/cli.ts"), { "test/tool.test.ts": 2 });
    assert.deepEqual(touchedBy("test/fixtures/data.txt"), { "test/tool.test.ts": 1 });
    assert.deepEqual(touchedBy("boards/a.json"), { "test/boards.test.ts": 1 });
    assert.deepEqual(touchedBy("README.md"), {});
  });

  it("leads in this project from a clock to what runs in its time, and from the channel to its tests", () => {
    const graph = readGraph(ROOT);
    const files = testFiles(ROOT);
    assert.equal(distances(graph, ["src/cellular/at/channel.ts"], files).get("test/cellular/at/channel.test.ts"), 1);
    assert.ok(distances(graph, ["host/time/clock.ts"], files).size > 50);
    assert.ok(distances(graph, ["host/flash/cli.ts"], files).has("test/host/flash/cli.test.ts"), "by way of flash.sh");
  });
});

describe("what was changed", () => {
  let folder: string;
  const git = (...args: string[]): string =>
    execFileSync("git", ["-c", "user.name=n", "-c", "user.email=e", ...args], { cwd: folder, encoding: "utf8", stdio: "pipe" });
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "changed-"));
    git("init", "--quiet", "--initial-branch=main");
    for (const name of ["one", "two", "three"]) write(name, name);
    git("add", ".");
    git("commit", "--quiet", "--message=first");
    git("checkout", "--quiet", "-b", "work");
    write("one", "changed");
    git("commit", "--quiet", "--all", "--message=second");
  });
  after(() => rmSync(folder, { recursive: true }));

  it("is what differs from main, where everything is committed", () => assert.deepEqual(changedFiles(folder), ["one"]));

  it("is otherwise what was changed or added since the last commit", () => {
    write("two", "changed");
    write("new", "");
    rmSync(join(folder, "three"));
    assert.deepEqual(changedFiles(folder), ["two", "new"]);
  });

  it("is what differs from a commit that is named", () => assert.deepEqual(changedFiles(folder, "main"), ["one", "two", "new"]));
});
