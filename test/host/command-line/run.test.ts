/** Exit code and last line of every command line. */
import assert from "node:assert/strict";
import { afterEach, describe, it, mock } from "node:test";
import { Command } from "commander";
import { runCommandLine, UsageError } from "../../../host/command-line/run.ts";

const before = [process.argv, process.exitCode] as const;
afterEach(() => {
  [process.argv, process.exitCode] = before;
  mock.restoreAll();
});

async function run(args: string[], action: () => void): Promise<{ code: unknown; errors: string[] }> {
  const errors: string[] = [];
  mock.method(console, "error", (text: string) => errors.push(text));
  process.argv = ["node", "tool", ...args];
  const output = { writeErr: (text: string): void => void errors.push(text.trimEnd()), writeOut: (): void => {} };
  await runCommandLine("tool", new Command("tool").configureOutput(output).exitOverride().action(action));
  return { code: process.exitCode, errors };
}

describe("a command line", () => {
  it("leaves the exit code to what was done, and to the help", async () => {
    assert.deepEqual(await run([], () => {}), { code: before[1], errors: [] });
    assert.equal((await run([], () => (process.exitCode = 1))).code, 1);
    assert.equal((await run(["--help"], () => assert.fail())).code, 0);
  });

  it("tells a failure with the reason as the last line", async () => {
    const fail = (): never => {
      throw new Error("a: wrong\nb: wrong too");
    };
    assert.deepEqual(await run([], fail), { code: 1, errors: ["a: wrong", "tool failed: b: wrong too"] });
  });

  it("tells wrong usage, whoever saw it", async () => {
    assert.deepEqual(await run(["--nonsense"], () => {}), { code: 2, errors: ["error: unknown option '--nonsense'"] });
    assert.equal((await run(["more"], () => {})).code, 2);
    const wrong = (): never => {
      throw new UsageError("--a needs --b");
    };
    assert.deepEqual(await run([], wrong), { code: 2, errors: ["error: --a needs --b"] });
  });
});
