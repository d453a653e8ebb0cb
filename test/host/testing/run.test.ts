/** The runner of the tests, on test files that go wrong in each way that there is. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { after, before, describe, it } from "node:test";
import { startRun } from "../../../host/testing/run.ts";
import type { Run } from "../../../host/testing/run.ts";
import type { SeenFiles } from "../../../host/testing/record.ts";

const IMPORTS =
  'import assert from "node:assert/strict"; import { spawn } from "node:child_process"; import { writeFileSync } from "node:fs"; import { before, describe, it, test } from "node:test";';

const FILES: Record<string, string> = {
  "test/counts.test.ts": `
    describe("a suite", () => {
      it("passes", () => {});
      it("is skipped", { skip: "nothing to ask" }, () => {});
      it("is to be done", { todo: true }, () => assert.fail("not yet"));
      describe("an inner one", async () => {
        await Promise.resolve();
        it("fails", () => assert.equal("this", "that"));
      });
    });
    test("a test", async (t) => { await t.test("and one inside it", () => {}); });
    process.env["LEFT_BY_A_TEST"] = "1"; process.exitCode = 3; process.argv.push("more"); globalThis["global"] = {};`,
  "test/crash.test.ts": 'console.log("before it crashes"); throw new Error("no such luck");',
  "test/empty.test.ts": "export {};",
  "test/hang.test.ts": `it("hangs", () => {
      const { pid } = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
      writeFileSync("PID", String(pid));
      for (;;);
    });`,
  "test/hook.test.ts": 'describe("hooked", () => { before(() => { throw new Error("no ground"); }); it("stands on it", () => {}); });',
  "test/exit.test.ts": 'it("ends it all", () => process.exit(7));',
  "test/late.test.ts": 'it("is too early", () => void setTimeout(() => { throw new Error("too late"); }, 5));',
  "test/open.test.ts": 'it("leaves a timer", () => void setInterval(() => {}, 1000));',
  "test/pending.test.ts": 'it("waits for nothing", () => new Promise(() => {}));',
  "test/skipped.test.ts": 'describe("all of it", { skip: "no tool" }, () => it("is not looked at", () => {}));',
  "test/zz.test.ts": `it("finds the process as it was", () => assert.deepEqual(
      [process.env["LEFT_BY_A_TEST"], process.argv.includes("more"), process.exitCode, global == globalThis], [undefined, false, undefined, true]));`,
};

describe("a run of test files", () => {
  let folder: string;
  let out = "";
  let run: Run;
  let seen: SeenFiles;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "runner-"));
    mkdirSync(join(folder, "test"));
    for (const [file, text] of Object.entries(FILES))
      writeFileSync(join(folder, file), `${IMPORTS}${text.replace("PID", join(folder, "pid"))}`);
    const write = (text: string): void => void (out += text);
    run = startRun({ root: folder, files: Object.keys(FILES), jobs: 1, silenceMs: 2000, closingMs: 1000, seen: {}, out: { write } });
    seen = await run.done;
    run.progress.summary();
  });
  after(() => rmSync(folder, { recursive: true }));

  /** What failed in a file: names, and the message's first line. */
  function failuresOf(name: string): string[] {
    const failures = run.tally.failures.filter(({ file }) => file == `test/${name}.test.ts`);
    return failures.map(({ names, message }) => [...names, message.split("\n")[0]].join(" > "));
  }

  it("counts as Node does, and what is wrong with a file or a suite as a test of it that failed", () => {
    assert.deepEqual(run.tally.counts, { tests: 18, suites: 4, pass: 6, fail: 8, cancelled: 2, skipped: 1, todo: 1 });
    assert.ok(!run.tally.passed);
    const ends = ["tests 18", "suites 4", "pass 6", "fail 8", "cancelled 2", "skipped 1", "todo 1"].map((line) => `# ${line}\n`).join("");
    assert.match(out, new RegExp(`${ends}# duration_ms \\d+\n$`));
  });

  it("shows a failure with file, names and message, when it happens and at the end", () => {
    assert.deepEqual(failuresOf("counts"), [
      "a suite > an inner one > fails > AssertionError [ERR_ASSERTION]: Expected values to be strictly equal:",
    ]);
    const shown = /FAILED test\/counts\.test\.ts > a suite > an inner one > fails\n {4}Assertion[^]*?\n {4}'this' !== 'that'\n/g;
    assert.equal([...out.matchAll(shown)].length, 2);
    assert.ok(!out.includes("passes"), "and nothing of what passed");
  });

  it("tells a file that cannot be imported, with what it printed", () => {
    assert.deepEqual(failuresOf("crash"), ["Error: no such luck"]);
    assert.match(out, /it printed:\n {4}before it crashes\n/);
  });

  it("tells a hook that fails, and what was not run for it", () => {
    assert.deepEqual(failuresOf("hook"), [
      "hooked > stands on it > test did not finish before its parent and was cancelled",
      "hooked > Error: no ground",
    ]);
  });

  it("tells a file without a test, and passes over one that is skipped", () => {
    assert.deepEqual(failuresOf("empty"), ["has no test"]);
    assert.deepEqual(failuresOf("skipped"), []);
    assert.match(out, /^skipped: no tool \(1\)$/m);
  });

  it("ends a file that hangs, with what it has started, and names the test", async () => {
    assert.deepEqual(failuresOf("hang"), ['hangs: nothing came for 2 s; the last to run was "hangs"']);
    const pid = Number(readFileSync(join(folder, "pid"), "utf8"));
    const isThere = (): boolean => existsSync(`/proc/${pid}`) && !readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ");
    for (let i = 0; isThere() && i < 100; i++) await wait(20);
    assert.ok(!isThere());
  });

  it("tells a test that waits for what nothing will bring, without waiting itself", () => {
    assert.deepEqual(failuresOf("pending").slice(0, 1), [
      "waits for nothing > Promise resolution is still pending but the event loop has already resolved",
    ]);
  });

  it("goes on when a file ends the process", () => {
    assert.deepEqual(failuresOf("exit"), ['its process ended (exit code 7): the last to run was "ends it all"']);
  });

  it("tells what comes when a test has ended, and what a file leaves open", () => {
    assert.deepEqual(failuresOf("late"), ["an error came when its test had ended: Error: too late"]);
    assert.deepEqual(failuresOf("open"), ["still open 1 s after its last test: Timeout"]);
  });

  it("gives each file the process as it was", () => {
    assert.deepEqual(failuresOf("zz"), []);
    assert.ok((seen["test/zz.test.ts"]?.ms as number) > 0);
    assert.deepEqual(seen["test/zz.test.ts"]?.names, ["finds the process as it was"]);
  });

  it("leaves out what has another name", async () => {
    const counts = async (name: string): Promise<[number, boolean]> => {
      const options = { root: folder, files: ["test/counts.test.ts"], jobs: 1, silenceMs: 9000, seen: {}, out: { write: () => {} } };
      const named = startRun({ ...options, name });
      await named.done;
      return [named.tally.counts.tests, named.tally.passed];
    };
    assert.deepEqual(await counts("^passes$"), [1, true]);
    assert.deepEqual(await counts("nowhere"), [0, false]);
  });
});

describe("a run of no test file", () => {
  it("has not passed", async () => {
    let out = "";
    const write = (text: string): void => void (out += text);
    const run = startRun({ root: "/", files: [], jobs: 2, silenceMs: 1000, seen: {}, out: { write } });
    await run.done;
    run.progress.summary();
    assert.ok(!run.tally.passed);
    assert.match(out, /^no such test\n# tests 0\n/);
  });
});
