/** `npm run bench`: what it prints, what it says about what it cannot measure, and how it is used. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { LOADER } from "../../../host/loader/loader.ts";
import { callgrindMissing } from "../../../host/bench/callgrind.ts";
import type { Figure } from "../../../host/bench/figure.ts";
import { ROOT } from "../../../host/project/root.ts";
import { temporaryFolder } from "../../support/interpreter.ts";

function bench(args: string[], env: Record<string, string> = {}): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("ESPRUINO")));
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      ["--import", LOADER, "host/bench/cli.ts", ...args],
      { cwd: ROOT, env: { ...clean, ...env } },
      (_error, stdout, stderr) => resolve({ code: child.exitCode, stdout, stderr }),
    );
  });
}

const UNMEASURED = ["yardstick", "memory", "hash", "slices", "queue"].flatMap((name) => ["--only", name]);

describe("npm run bench", () => {
  it("measures sizes, and shows them with their targets", async () => {
    const { code, stdout } = await bench(["--only", "bytes"]);
    assert.equal(code, 0);
    assert.match(stdout, /^figure +target +now +recorded +recorded at/);
    assert.match(
      stdout,
      /^bytes of the tier connected, minified +22,528 +[\d,]+ +[\d,-]+ +(-|[0-9a-f]+( \(.*\))?) +(met|MISSED) +the build$/m,
    );
    assert.match(stdout, /^core +resident +[\d,]+ /m);
    assert.doesNotMatch(stdout, /not measured/);
  });

  it("says what it could not measure and why, and does not fail for it", async () => {
    const { code, stdout } = await bench([...UNMEASURED, "--json"]);
    assert.equal(code, 0);
    const figures = JSON.parse(stdout) as Figure[];
    assert.ok(figures.length >= 10);
    for (const figure of figures) {
      assert.equal(figure.now, null);
      assert.match(figure.on, /^ESPRUINO(64)? is not set/, figure.name);
    }
    const { stdout: text } = await bench(["--only", "yardstick"]);
    assert.match(text, /^not measured:\n {2}instructions, one AT\+CSQ exchange and one message delivered: ESPRUINO64 is not set/m);
  });

  it("fails where a part fails, and goes on with the others", { skip: callgrindMissing("one") || false }, async () => {
    const { code, stdout, stderr } = await bench(["--only", "hash", "--only", "bytes"], { ESPRUINO64: "/nowhere/espruino" });
    assert.equal(code, 1);
    assert.match(stdout, /longest slice of a signature: failed: /);
    assert.match(stdout, /^bytes of the tier loader.* met /m);
    assert.match(stderr.trim().split("\n").at(-1) ?? "", /^failed: hash: .*valgrind/);
  });

  it("shows what is recorded, where and whether that is stale, without measuring", async () => {
    const { code, stdout } = await bench(["--recorded"]);
    assert.equal(code, 0);
    assert.match(stdout, /^figure +target +recorded +recorded at$/m);
    assert.match(stdout, /^instructions, longest slice in any phase +8,000,000 +[\d,]+ +[0-9a-f]{7,}( \((stale|unknown here)\))?$/m);
    const { stdout: json } = await bench(["--recorded", "--only", "hash", "--json"]);
    for (const figure of JSON.parse(json) as Figure[]) assert.match(figure.recordedAt ?? "", /^[0-9a-f]{7,}$/);
  });

  it("says that an interpreter counts its assertions, and records none of that", async () => {
    const folder = temporaryFolder();
    const binary = join(folder.path, "espruino");
    writeFileSync(binary, "\0channel >= EV_EXTI0 && channel <= EV_EXTI_MAX\0");
    const { stderr } = await bench(["--only", "hash"], { ESPRUINO64: binary });
    assert.match(stderr, /ESPRUINO64 is built with assertions, .* build it with RELEASE=1$/m);
    const { code, stderr: refused } = await bench(["--only", "hash", "--record"], { ESPRUINO64: binary });
    assert.equal(code, 1);
    assert.match(refused, /--record: ESPRUINO64 is built with assertions/);
    folder.remove();
  });

  it("tells wrong usage from failure, and helps", async () => {
    for (const args of [["--only", "speed"], ["--peer"], ["extra"]]) assert.equal((await bench(args)).code, 2, args.join(" "));
    assert.match(
      (await bench(["--only", "speed"])).stderr,
      /--only <name>' argument 'speed' is invalid\. Allowed choices are yardstick, bytes, /,
    );
    assert.match((await bench(["--help"])).stdout, /--peer-at <file>/);
  });
});
