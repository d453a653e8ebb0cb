import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { describe, it } from "node:test";
import { ROOT } from "../../../host/build/root.ts";

function bench(args: string[], env: Record<string, string>): Promise<{ code: number; stdout: string; stderr: string }> {
  const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => name != "ESPRUINO64"));
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ["--import", "tsx", "host/bench/cli.ts", ...args],
      { cwd: ROOT, env: { ...clean, ...env } },
      (error, stdout, stderr) => resolve({ code: error ? 1 : 0, stdout, stderr }),
    );
  });
}

describe("npm run bench", () => {
  it("measures what it can, and says what it cannot", async () => {
    const { code, stdout } = await bench(["--json"], {});
    assert.equal(code, 0);
    const figures = JSON.parse(stdout) as { name: string; now: number | null; note: string }[];
    const [bytes, resident, instructions] = figures;
    const parts = [...(bytes?.note ?? "").matchAll(/ (\d+)/g)].map((part) => Number(part[1]));
    assert.ok(parts.length >= 6);
    assert.equal(
      bytes?.now,
      parts.reduce((sum, part) => sum + part, 0),
    );
    assert.ok((resident?.now ?? 0) > 20);
    assert.equal(instructions?.now, null);
    assert.match(instructions?.note ?? "", /ESPRUINO64 is not set/);
  });

  it("names an interpreter that cannot be counted", async () => {
    const { code, stderr } = await bench([], { ESPRUINO64: "/nowhere/espruino" });
    assert.equal(code, 1);
    assert.match(stderr, /^failed: .*valgrind/);
  });
});
