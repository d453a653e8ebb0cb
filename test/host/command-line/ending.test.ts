/** However a tool is ended, what it has started ends as well, and whoever waits for it learns how it ended. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { LOADER } from "../../../host/loader/loader.ts";
import { ROOT } from "../../../host/project/root.ts";
import { temporaryFolder } from "../../support/interpreter.ts";

/** Longer than a signal may be the same one, told twice. */
const ANOTHER_MS = 700;
const LOOK_MS = 20;
const LIMIT_MS = 60_000;
const skip = existsSync("/proc/self/status") ? false : "who is alive is asked in /proc";

interface Running {
  child: ChildProcess;
  out(): string;
  /** Resolves with the pattern's groups. */
  says(pattern: RegExp): Promise<string[]>;
  /** @returns exit code, or the signal that it died of, and its last line. */
  end(): Promise<{ code: number | NodeJS.Signals | null; last: string }>;
}

const pids = new Set<number>();
let folder: ReturnType<typeof temporaryFolder>;
before(() => (folder = temporaryFolder()));
after(() => folder.remove());
afterEach(() => {
  for (const pid of pids) if (isAlive(pid)) process.kill(pid, "SIGKILL");
  pids.clear();
});

function run(program: string, args: readonly string[]): Running {
  const child = spawn(program, args, { cwd: folder.path, stdio: ["ignore", "pipe", "pipe"] });
  pids.add(child.pid as number);
  let [out, errors] = ["", ""];
  child.stdout.on("data", (data: Buffer) => (out += data.toString()));
  child.stderr.on("data", (data: Buffer) => (errors += data.toString()));
  const ended = once(child, "exit");
  return {
    child,
    out: () => out,
    says: (pattern) =>
      until(
        () => pattern.exec(out)?.slice(1),
        () => `${String(pattern)} in: ${out}${errors}`,
      ),
    end: async () => {
      const [code, signal] = (await ended) as [number | null, NodeJS.Signals | null];
      return { code: code ?? signal, last: errors.trimEnd().split("\n").at(-1) ?? "" };
    },
  };
}

/** What is alive of a zombie is its number only: nobody has asked yet how it ended. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

async function until<T>(look: () => T | undefined | false, what: () => string): Promise<T> {
  for (const end = performance.now() + LIMIT_MS; performance.now() < end; await wait(LOOK_MS)) {
    const found = look();
    if (found !== undefined && found !== false) return found;
  }
  throw new Error(`in ${LIMIT_MS / 1000} s there was no ${what()}`);
}

const gone = (ids: readonly number[]): Promise<boolean> =>
  until(
    () => !ids.some(isAlive),
    () => `end of ${ids.join(", ")}`,
  );

async function parent(...args: string[]): Promise<Running & { children: number[] }> {
  const running = run(process.execPath, ["--import", LOADER, join(import.meta.dirname, "parent.ts"), ...args]);
  const children = (await running.says(/^started (\d+) (\d+)$/m)).map(Number);
  for (const pid of children) pids.add(pid);
  return { ...running, children };
}

describe("what a tool has started", { skip }, () => {
  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
    ["SIGKILL", "SIGKILL"],
  ] as const)
    it(`ends with it: ${signal}`, async () => {
      const tool = await parent();
      tool.child.kill(signal);
      const last = signal == "SIGKILL" ? "" : `parent failed: interrupted by ${signal}`;
      assert.deepEqual(await tool.end(), { code, last });
      await gone(tool.children);
    });

  it("ends with it: by itself", async () => {
    const tool = await parent("done");
    assert.equal((await tool.end()).code, 0);
    await gone(tool.children);
  });

  it("ends with it: by a mistake in it, whose place is told, and whose name is the last line", async () => {
    const tool = await parent("throw");
    assert.deepEqual(await tool.end(), { code: 1, last: "parent failed: by mistake" });
    await gone(tool.children);
  });

  it("ends at the second signal if the first one leads to no end; one that is told twice is one", async () => {
    const tool = await parent("slow");
    tool.child.kill("SIGTERM");
    await tool.says(/^took (SIGTERM)$/m);
    tool.child.kill("SIGTERM");
    await wait(ANOTHER_MS);
    assert.ok(tool.children.every(isAlive), "npm hands on what the terminal has sent to all");
    tool.child.kill("SIGINT");
    assert.equal((await tool.end()).code, 130);
    await gone(tool.children);
  });
});

describe("a tool that npm runs", { skip }, () => {
  /** Its control port says that it is there; what it listens on says that it is not any more. */
  async function modem(): Promise<Running & { tool: number }> {
    const npm = run("npm", ["run", "--silent", "--prefix", ROOT, "modem", "--", "--model", "ec20", "--tcp", "0"]);
    await npm.says(/^(tcp .*)$/m);
    const children = readFileSync(`/proc/${npm.child.pid}/task/${npm.child.pid}/children`, "utf8");
    const tool = Number(children.trim().split(" ")[0]);
    assert.match(readFileSync(`/proc/${tool}/cmdline`, "latin1"), /^[^\0]*node\0.*modules\/cli\.ts\0/, "no shell between");
    pids.add(tool);
    return { ...npm, tool };
  }

  for (const signal of ["SIGINT", "SIGTERM"] as const)
    it(`ends in order with it: ${signal}`, async () => {
      const npm = await modem();
      npm.child.kill(signal);
      assert.deepEqual(await npm.end(), { code: 0, last: "" });
      await gone([npm.tool]);
    });

  for (const signal of ["SIGHUP", "SIGKILL"] as const)
    it(`ends after it: ${signal}`, async () => {
      const npm = await modem();
      npm.child.kill(signal);
      await gone([npm.tool]);
    });
});
