/** What somebody types at `./flash.sh`, and what they see. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { ROOT } from "../../../host/project/root.ts";
import type { Report } from "../../../host/flash/report.ts";
import { temporaryFolder } from "../../support/interpreter.ts";
import { PlayedDevice } from "./device.ts";

let folder: ReturnType<typeof temporaryFolder>;
const path = (name: string): string => join(folder.path, name);

interface Ran {
  code: number | null;
  out: string;
  lastError: string;
}

/** From a folder that is not the project's. */
function flash(args: string[], env: Record<string, string> = {}, onOutput?: (out: string, child: ChildProcess) => void): Promise<Ran> {
  const child = spawn(join(ROOT, "flash.sh"), args, {
    cwd: folder.path,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let out = "";
  let errors = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
    onOutput?.(out, child);
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
  return new Promise((resolve) =>
    child.once("close", (code) => resolve({ code, out, lastError: errors.trimEnd().split("\n").at(-1) ?? "" })),
  );
}

before(() => {
  folder = temporaryFolder();
  const cloud = { host: "mqtt.example.com", port: 1883 };
  writeFileSync(path("product.json"), JSON.stringify({ name: "bench", version: "2", board: "linux", cloud }));
  writeFileSync(path("identity.json"), JSON.stringify({ deviceName: "m1", username: "u", password: "nobody-sees-this" }), { mode: 0o600 });
  writeFileSync(path("password"), "letmein\n");
});
after(() => folder.remove());

describe("./flash.sh", () => {
  const base = ["--product", "product.json", "--out", "out"];

  it("shows its options, and tells wrong usage from failure", async () => {
    const help = await flash(["--help"]);
    assert.equal(help.code, 0);
    assert.match(help.out, /--app-only[^]*--dry-run[^]*Exit codes: 0 done, 1 failed/);
    for (const args of [
      [],
      ["--board", "linux"],
      ["--board", "linux", "--port", "x", "more"],
      ["--board", "linux", "--port", "x", "--seal", "wax"],
      ["--board", "linux", "--port", "x", "--seal", "password"],
      ["--board", "linux", "--port", "x", "--app-only", "--identity", "identity.json"],
      ["--board", "linux", "--port", "x", "--online-timeout", "soon"],
      ["--board", "uno", "--port", "x"],
      ["--board", "linux", "--port", "tcp:127.0.0.1"],
      ["--board", "linux", "--port", "x", "--method", "by-hand"],
      ["--board", "esp32", "--port", "x", "--method", "dfu-util"],
      ["--board", "esp32", "--port", "tcp:127.0.0.1:23", "--method", "esptool", "--dry-run"],
    ])
      assert.equal((await flash(args)).code, 2, args.join(" "));
  });

  it("fails with a clear last line", async () => {
    const cases: [string[], RegExp][] = [
      [["--board", "linux", "--port", "x", "--product", "none.json"], /^flash failed: none\.json: no such file$/],
      [["--board", "linux", "--port", "x", "--password-file", "none"], /^flash failed: none: no such file$/],
      [
        ["--board", "linux", "--port", "x", "--report", "password/r.json"],
        /^flash failed: the report cannot be written: E(EXIST|NOTDIR)\b/,
      ],
    ];
    for (const [args, message] of cases) {
      const { code, lastError } = await flash(args);
      assert.equal(code, 1, args.join(" "));
      assert.match(lastError, message);
    }
  });

  it("prints in a dry run what it would do, and which tool is missing", async () => {
    const { code, out, lastError } = await flash(["--board", "esp32", "--port", "/dev/ttyUSB9", ...base, "--dry-run", "--seal", "none"], {
      PATH: `${path("bin")}:/usr/bin:/bin`,
    });
    assert.equal(code, 0, lastError);
    assert.match(out, /^missing: esptool is not in PATH; get it with: pip install esptool/m);
    assert.match(out, /^ {5}esptool --chip esp32 --port \/dev\/ttyUSB9 --baud 460800 write_flash 0x320000 \S+$/m);
    assert.match(out, /^ {5}console \/dev\/ttyUSB9> require\("Storage"\)\.write\("\.boot3", 'E\.setConsole\(null,\{force:true\}\);'\)$/m);
    assert.ok(!existsSync(path("out/flash.json")));
  });

  it("flashes, and writes a report without secrets", async () => {
    const device = new PlayedDevice();
    device.says = ["app: logs nobody-sees-this"];
    const args = ["--board", "linux", "--port", await device.listen(), ...base, "--identity", "identity.json"];
    const { code, out, lastError } = await flash([...args, "--seal", "password", "--password-file", "password"]);
    device.close();
    assert.equal(code, 0, lastError);
    assert.match(out, /\| app: logs \*\*\*\n[^]*unit {7}m1\n[^]*console {4}locked with a password\n[^]*flash done\n$/);
    const text = readFileSync(path("out/flash.json"), "utf8");
    for (const secret of ["nobody-sees-this", "letmein"]) assert.ok(!(out + text).includes(secret), secret);
    const report = JSON.parse(text) as Report;
    assert.deepEqual([report.result, report.deviceName, report.identity, report.sealed], ["done", "m1", "written", "password"]);
    assert.deepEqual(report.product, { name: "bench", version: "2" });
    assert.ok(report.files.some(({ name, sha256 }) => name == "core" && /^[0-9a-f]{64}$/.test(sha256)));
    assert.ok(!report.files.some(({ name }) => name == "identity"));
    assert.ok(report.steps.every(({ result }) => result == "done"));
  });

  it("reports a failure too", async () => {
    const device = new PlayedDevice();
    device.getsOnline = false;
    device.says = ["error: no-signal: check: antenna"];
    const args = ["--board", "linux", "--port", await device.listen(), ...base, "--online-timeout", "1", "--report", "bad.json"];
    const { code, lastError } = await flash(args);
    device.close();
    assert.equal(code, 1);
    assert.equal(lastError, "flash failed: the device did not get online within 1 s; it says: error: no-signal: check: antenna");
    const report = JSON.parse(readFileSync(path("bad.json"), "utf8")) as Report;
    assert.deepEqual([report.result, report.sealed, report.steps.at(-1)?.result], ["failed", null, "failed"]);
    assert.match(report.reason ?? "", /no-signal/);
  });

  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)
    it(`ends on ${signal} with no image left on this PC, and a report that says so`, async () => {
      const temporary = path(signal);
      mkdirSync(temporary);
      mkdirSync(path("tools"), { recursive: true });
      copyFileSync(join(import.meta.dirname, "fixtures/stand-in.cjs"), path("tools/esptool"));
      chmodSync(path("tools/esptool"), 0o755);
      writeFileSync(path("cut.json"), '{"result":"done"}');
      const env = {
        TMPDIR: temporary,
        PATH: `${path("tools")}:${process.env["PATH"]}`,
        STAND_IN_LOG: path("log"),
        STAND_IN_FLASH: path("flash"),
        STAND_IN_MODE: "hang-write",
      };
      const before: string[] = [];
      const args = ["--board", "esp32", "--port", "/dev/ttyUSB9", ...base, "--identity", "identity.json", "--report", "cut.json"];
      const cut = await flash(args, env, (out, child) => {
        if (before.length || !out.includes("write the Storage image")) return;
        before.push((JSON.parse(readFileSync(path("cut.json"), "utf8")) as Report).result);
        child.kill(signal);
      });
      assert.equal(cut.code, code);
      assert.equal(cut.lastError, `flash failed: interrupted by ${signal}; run it again`);
      assert.deepEqual(before, ["running"], "not what the last flash left");
      const report = JSON.parse(readFileSync(path("cut.json"), "utf8")) as Report;
      assert.deepEqual([report.result, report.reason], ["interrupted", `interrupted by ${signal}; run it again`]);
      assert.equal(report.steps.at(-1)?.result, "failed");
      assert.deepEqual(
        readdirSync(temporary).filter((name) => name.startsWith("espruino-flash-")),
        [],
      );
    });

  it("says what it needs itself", () => {
    const bin = path("bin");
    mkdirSync(bin, { recursive: true });
    for (const tool of ["sh", "dirname", "pwd"]) symlinkSync(join("/bin", tool), join(bin, tool));
    const bare = (env: string): string => spawnSync(join(ROOT, "flash.sh"), [], { encoding: "utf8", env: { PATH: env } }).stderr;
    assert.match(bare(bin), /^flash failed: Node\.js is not in PATH; get version 20\.19 or newer/);
    writeFileSync(join(bin, "node"), '#!/bin/sh\n[ "$1" = --version ] && echo v18.0.0\nexit 1\n');
    chmodSync(join(bin, "node"), 0o755);
    assert.match(bare(bin), /^flash failed: Node\.js is v18\.0\.0, 20\.19 or newer is needed/);
  });
});
