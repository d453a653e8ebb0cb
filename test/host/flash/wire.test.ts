/** Flashing by the tools of others, which a stand-in plays; the console of the device is played too. */
import assert from "node:assert/strict";
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { boardNames, loadBoard } from "../../../host/config/board.ts";
import type { FlashMethod } from "../../../host/config/board-file.ts";
import { UsageError } from "../../../host/command-line/run.ts";
import { planFlash } from "../../../host/flash/flash.ts";
import { checkFirmware, checkTokens, chooseMethod } from "../../../host/flash/job.ts";
import type { FlashJob } from "../../../host/flash/job.ts";
import { showSteps } from "../../../host/flash/steps.ts";
import { wireOf } from "../../../host/flash/wire.ts";
import type { Wire } from "../../../host/flash/wire.ts";
import { buildImage, readImage } from "../../../host/image/storage.ts";
import { PlayedDevice } from "./device.ts";
import { FIRMWARE, jobOf, run, textFiles } from "./support.ts";
import type { Ran } from "./support.ts";

const TOOLS = ["esptool", "st-flash", "dfu-util"];
const PATH = process.env["PATH"] as string;
let folder: string;
let tools: string;
let flashFile: string;
let log: string;
let device: PlayedDevice;
let port: string;

before(() => {
  folder = mkdtempSync(join(tmpdir(), "flash-wire-"));
  tools = join(folder, "bin");
  flashFile = join(folder, "flash.bin");
  log = join(folder, "log");
  mkdirSync(tools);
  for (const name of TOOLS) {
    copyFileSync(join(import.meta.dirname, "fixtures/stand-in.cjs"), join(tools, name));
    chmodSync(join(tools, name), 0o755);
  }
  Object.assign(process.env, { PATH: `${tools}:${PATH}`, STAND_IN_LOG: log, STAND_IN_FLASH: flashFile });
});
after(() => rmSync(folder, { recursive: true, force: true }));

beforeEach(async () => {
  for (const path of [flashFile, log]) rmSync(path, { force: true });
  process.env["STAND_IN_MODE"] = "";
  device = new PlayedDevice();
  port = await device.listen();
  // It is asked for its version when it has started.
  device.hook = () => setImmediate(() => (device.storage.write(".bootcde", Buffer.from("x")), device.start()));
});
afterEach(() => device.close());

/** By the tool, although the console is a network port. */
function flash(board: string, by: string, more: Partial<FlashJob> = {}, toolMs?: number): Promise<Ran> {
  device.board = loadBoard(board).interpreter.boards[0] as string;
  const job = jobOf(board, port, more);
  return run(job, { by: "wire", wire: wireFor(board, by) }, toolMs);
}

function wireFor(board: string, by: string): Wire {
  const method = loadBoard(board).flashing.methods.find((one) => one.by == by) as FlashMethod;
  return wireOf(method, join(tools, by), port) as Wire;
}

function calls(): string[] {
  return existsSync(log) ? readFileSync(log, "utf8").trimEnd().split("\n") : [];
}

function inFlash(board: string): Record<string, string> {
  const { pageSize } = loadBoard(board).storage;
  const files = readImage(readFileSync(flashFile), pageSize).filter((file) => !file.deleted);
  return Object.fromEntries(files.map(({ name, data }) => [name, data.toString("latin1")]));
}

describe("flashing by wire", () => {
  const cases = [
    ["esp32", "esptool"],
    ["wio-lte", "dfu-util"],
    ["wio-lte", "st-flash"],
    ["espruino-wifi", "dfu-util"],
    ["nucleof411re", "st-flash"],
  ] as const;
  for (const [board, by] of cases)
    it(`writes, reads back and starts ${board} by ${by}`, async () => {
      const { error, records } = await flash(board, by, { own: textFiles({ identity: "{}" }) });
      assert.equal(error, undefined);
      assert.deepEqual(inFlash(board), { ...FIRMWARE, identity: "{}" });
      assert.equal(Object.keys(inFlash(board)).at(-1), ".bootcde", "the loader is the last file");
      assert.match(records.at(-1)?.detail ?? "", /^[A-Z0-9_]+ 2v29\.277, online: /);
      const { address, pageSize, pages } = loadBoard(board).storage;
      assert.ok(calls().every((call) => call.startsWith(by)));
      assert.ok(
        calls().some((call) => call.includes(address) && call.includes(`${pageSize * pages}`)),
        "the whole Storage is read",
      );
    });

  it("saves what the device must keep when writing fails, and gives it back on demand", async () => {
    const rescue = join(folder, "kept.bin");
    const { storage } = loadBoard("esp32");
    const secret = '{"deviceSecret":"once"}';
    writeFileSync(flashFile, buildImage(textFiles({ secret, identity: "{}" }), storage));
    process.env["STAND_IN_MODE"] = "fail-write";
    const failed = await flash("esp32", "esptool", { rescue });
    assert.match(failed.error?.message ?? "", /esptool failed/);
    assert.equal(statSync(rescue).mode & 0o777, 0o600);
    process.env["STAND_IN_MODE"] = "";
    writeFileSync(flashFile, Buffer.alloc(storage.pageSize * storage.pages, 0xff));
    const again = await flash("esp32", "esptool", { rescue, restore: rescue });
    assert.equal(again.error, undefined);
    assert.equal(inFlash("esp32")["secret"], secret);
    assert.ok(!existsSync(rescue), "it is on the board again");
  });

  it("does not take a damaged Storage for one with nothing to keep, unless nothing is to be kept", async () => {
    const { storage } = loadBoard("wio-lte");
    const before = buildImage(textFiles({ identity: "{}", at: "x".repeat(64) }), storage);
    // The size of its first file.
    before.writeUInt32LE(0x00ffffff, 0);
    writeFileSync(flashFile, before);
    const damaged = await flash("wio-lte", "st-flash");
    assert.match(damaged.error?.message ?? "", /^the board: damaged Storage: at byte 3 .*\. Nothing was written, .* use --fresh$/);
    const given = await flash("wio-lte", "st-flash", { own: textFiles({ identity: "{}" }) });
    assert.match(given.error?.message ?? "", /^the board: damaged Storage/, "the secret may still be in there");
    assert.ok(!calls().some((call) => call.includes(" write ")));
    assert.deepEqual(readFileSync(flashFile), before);
    assert.equal((await flash("wio-lte", "st-flash", { fresh: true })).error, undefined);
    assert.deepEqual(inFlash("wio-lte"), FIRMWARE);

    writeFileSync(flashFile, buildImage(textFiles({ identity: '{"password":' }), storage));
    const cut = await flash("wio-lte", "st-flash");
    assert.match(cut.error?.message ?? "", /^the file "identity" on the board is damaged: it is no JSON\. Nothing was written/);
    assert.equal((await flash("wio-lte", "st-flash", { own: textFiles({ identity: "{}" }) })).error, undefined);
  });

  it("says that a board without identity gets none", async () => {
    const { records } = await flash("esp32", "esptool");
    assert.ok(records.some(({ detail }) => detail == "nothing to keep: the board has no identity; give it one with --identity"));
  });

  it("gives each tool the command line that it knows", async () => {
    await flash("esp32", "esptool");
    await flash("wio-lte", "st-flash");
    await flash("wio-lte", "dfu-util");
    const shown = calls().map((call) => call.replaceAll(port, "PORT").replace(/\S+\/espruino-flash-\w+\//g, ""));
    assert.deepEqual(shown, [
      "esptool --chip esp32 --port PORT --baud 460800 read_flash 0x320000 917504 before.bin",
      "esptool --chip esp32 --port PORT --baud 460800 write_flash 0x320000 storage.bin",
      "esptool --chip esp32 --port PORT --baud 460800 read_flash 0x320000 917504 after.bin",
      "esptool --chip esp32 --port PORT --baud 460800 --after hard_reset chip_id",
      "st-flash read before.bin 0x080C0000 262144",
      "st-flash write storage.bin 0x080C0000",
      "st-flash read after.bin 0x080C0000 262144",
      "st-flash reset",
      "dfu-util -l",
      "dfu-util -d 0483:df11 -a 0 -s 0x080C0000:262144 -U before.bin",
      "dfu-util -d 0483:df11 -a 0 -s 0x080C0000 -D storage.bin",
      "dfu-util -d 0483:df11 -a 0 -s 0x080C0000:262144 -U after.bin",
      "dfu-util -d 0483:df11 -a 0 -s 0x08000000:4:leave -U scratch.bin",
    ]);
  });

  it("writes the interpreter before the image, and after the Storage was read, which it may lie over", async () => {
    const release = join(folder, "release");
    mkdirSync(release, { recursive: true });
    for (const name of ["bootloader.bin", "partitions_espruino.bin", "espruino_esp32.bin"]) writeFileSync(join(release, name), "2v29.300");
    assert.equal((await flash("esp32", "esptool", { firmware: release })).error, undefined);
    assert.ok(
      calls()[1]?.endsWith(
        `write_flash --flash_mode dio --flash_freq 40m --flash_size detect 0x1000 ${release}/bootloader.bin ` +
          `0x8000 ${release}/partitions_espruino.bin 0x10000 ${release}/espruino_esp32.bin`,
      ),
    );
    assert.equal((await flash("wio-lte", "st-flash", { firmware: join(release, "bootloader.bin") })).error, undefined);
    assert.ok(calls().includes(`st-flash write ${release}/bootloader.bin 0x08000000`));
    assert.ok(calls().some((call) => /^st-flash read \S+interpreter\.bin 0x08000000 8$/.test(call)));
    assert.match(calls()[2] ?? "", / verify_flash --flash_mode dio .* 0x1000 \S+bootloader\.bin /);
    process.env["STAND_IN_MODE"] = "spoil";
    const long = join(release, "long.bin");
    writeFileSync(long, "x".repeat(200));
    const spoilt = await flash("wio-lte", "dfu-util", { firmware: long });
    assert.equal(spoilt.error?.message, "the interpreter reads back wrong at byte 100");
  });

  it("keeps what the device wrote itself, and its identity, unless told otherwise", async () => {
    const { storage } = loadBoard("wio-lte");
    const before = buildImage(
      textFiles({ hash: "old", secret: "s", identity: '{"clientKey":"k.pem"}', "k.pem": "k", other: "x" }),
      storage,
    );
    writeFileSync(flashFile, before);
    const { records } = await flash("wio-lte", "st-flash");
    assert.equal(records[0]?.detail, "kept: secret, identity, k.pem");
    assert.deepEqual(inFlash("wio-lte"), { ...FIRMWARE, secret: "s", identity: '{"clientKey":"k.pem"}', "k.pem": "k" });
    writeFileSync(flashFile, before);
    await flash("wio-lte", "st-flash", { own: textFiles({ identity: "{}" }) });
    assert.deepEqual(inFlash("wio-lte"), { ...FIRMWARE, secret: "s", identity: "{}" });
    writeFileSync(flashFile, before);
    await flash("wio-lte", "st-flash", { fresh: true });
    assert.deepEqual(inFlash("wio-lte"), FIRMWARE);
  });

  it("replaces only the application of the firmware that is there", async () => {
    await flash("wio-lte", "st-flash", { own: textFiles({ identity: "{}" }) });
    const files = textFiles({ ...FIRMWARE, app: "another" });
    assert.equal((await flash("wio-lte", "st-flash", { appOnly: true, files })).error, undefined);
    assert.deepEqual(inFlash("wio-lte"), { ...FIRMWARE, identity: "{}", app: "another" });
    const other = await flash("wio-lte", "st-flash", { appOnly: true, files: textFiles({ ...FIRMWARE, at: "x" }) });
    assert.match(other.error?.message ?? "", /^--app-only: "at" on the board is another one/);
    assert.equal(inFlash("wio-lte")["app"], "another");
  });

  it("does not leave images, which hold secrets, on this PC", async () => {
    await flash("esp32", "esptool", { own: textFiles({ identity: "{}" }) });
    const path = calls().at(-2)?.split(" ").at(-1) as string;
    assert.match(path, /after\.bin$/);
    assert.ok(!existsSync(path));
  });
});

describe("a tool that misbehaves", () => {
  const cases: [string, string, string, RegExp][] = [
    ["fail-write", "esp32", "esptool", /^esptool failed \(exit code 2\): A fatal error occurred: Failed to connect$/],
    ["fail-read", "wio-lte", "st-flash", /^st-flash failed \(exit code 2\)/],
    ["hang-read", "esp32", "esptool", /^esptool did not end within 1\.5 s; it was stopped$/],
    ["spoil", "esp32", "esptool", /^the flash reads back wrong at byte 100 of the Storage, in file "at"$/],
    ["short", "wio-lte", "st-flash", /^the tool read 100 bytes of flash, not 262144$/],
    ["silent", "wio-lte", "st-flash", /^the tool said that it read the flash, but wrote no file$/],
    ["no-dfu", "wio-lte", "dfu-util", /^no board in DFU mode: hold the BOOT button while you press RST, and run this again$/],
  ];
  for (const [mode, board, by, message] of cases)
    it(`is named: ${by} ${mode}`, async () => {
      process.env["STAND_IN_MODE"] = mode;
      const { error, records } = await flash(board, by, {}, mode.startsWith("hang") ? 1500 : undefined);
      assert.match(error?.message ?? "", message);
      assert.equal(records.at(-1)?.result, "failed");
      assert.equal(records.filter(({ result }) => result == "failed").length, 1);
      // And the next run puts it right.
      process.env["STAND_IN_MODE"] = "";
      assert.equal((await flash(board, by)).error, undefined);
      assert.deepEqual(inFlash(board), FIRMWARE);
    });
});

describe("the choice of a method", () => {
  const choose = (job: FlashJob, wanted?: string, dryRun = false): { by: string; told: string[] } => {
    const told: string[] = [];
    const chosen = chooseMethod(job, wanted, dryRun, (text) => told.push(text));
    return { by: chosen.by == "wire" ? chosen.wire.tool : chosen.by, told };
  };
  const without = (job: FlashJob, wanted?: string): ReturnType<typeof choose> => {
    process.env["PATH"] = join(folder, "nothing");
    try {
      return choose(job, wanted);
    } finally {
      process.env["PATH"] = `${tools}:${PATH}`;
    }
  };

  it("takes the board's first whose tool is there, and the console where none is", () => {
    assert.equal(choose(jobOf("esp32", "/dev/ttyUSB0")).by, "esptool");
    assert.equal(choose(jobOf("wio-lte", "/dev/ttyACM0")).by, "dfu-util");
    assert.equal(choose(jobOf("wio-lte", "/dev/ttyACM0"), "st-flash").by, "st-flash");
    assert.equal(choose(jobOf("wio-lte", "tcp:127.0.0.1:1")).by, "console", "a network port reaches the console only");
    assert.deepEqual(without(jobOf("esp32", "/dev/ttyUSB0")), {
      by: "console",
      told: [
        "esptool is not in PATH; get it with: pip install esptool (or: apt install esptool, brew install esptool); going over the console instead",
      ],
    });
  });

  it("says how to get what an interpreter cannot be written without", () => {
    assert.throws(
      () => without(jobOf("esp32", "/dev/ttyUSB0", { firmware: "x" })),
      /^Error: esptool is not in PATH; get it with: pip install/,
    );
    assert.throws(() => without(jobOf("esp32", "/dev/ttyUSB0"), "esptool"), /^Error: esptool is not in PATH/);
    assert.equal(without(jobOf("espruino-wifi", "/dev/ttyACM0", { firmware: "x" })).by, "bootloader");
    assert.throws(
      () => choose(jobOf("linux", "/dev/pts/3", { firmware: "x" })),
      /^Error: --firmware: the console cannot write an interpreter/,
    );
    assert.throws(
      () => choose(jobOf("esp32", "/dev/ttyUSB0"), "dfu-util"),
      /^Error: --method dfu-util: board "esp32" is flashed by esptool, console$/,
    );
    assert.throws(() => choose(jobOf("esp32", "tcp:127.0.0.1:1"), "esptool", true), UsageError);
    assert.throws(() => choose(jobOf("espruino-wifi", "tcp:127.0.0.1:1", { firmware: "x" }), "bootloader"), UsageError);
    assert.throws(() => choose(jobOf("espruino-wifi", "/dev/ttyACM0"), "bootloader"), /^Error: --method bootloader writes nothing but/);
    assert.equal(choose(jobOf("wio-lte", "tcp:127.0.0.1:1"), "st-flash").by, "st-flash", "its wire is not the console's");
  });

  it("knows an interpreter's files, and one that does not work", () => {
    const old = join(folder, "old.bin");
    writeFileSync(old, "\x00Espruino 2v08\x00");
    const wire = wireFor("wio-lte", "st-flash");
    assert.throws(
      () => checkFirmware(wire, jobOf("wio-lte", "/dev/x", { firmware: old })),
      /^Error: --firmware: .*old\.bin is 2v08, wanted is a build 2v29\.96 or newer \(made by hand: the last release for this board is 2v08/,
    );
    assert.throws(
      () => checkFirmware(wireFor("esp32", "esptool"), jobOf("esp32", "/dev/x", { firmware: folder })),
      /bootloader\.bin: no such file; --firmware names the folder of a release with bootloader\.bin, partitions_espruino\.bin, espruino_esp32\.bin$/,
    );
  });
});

describe("a firmware of tokens", () => {
  const WANTED = /^Error: the firmware is made of tokens of 2v29, and the interpreter is 2v30\.1: build it for that/;

  it("is written for its own version of the interpreter only", () => {
    checkTokens("2v29", "2v29");
    checkTokens("2v29.277", "2v29");
    checkTokens("2v30.1", undefined);
    assert.throws(() => checkTokens("2v30.1", "2v29"), WANTED);
    assert.throws(() => checkTokens("2v290", "2v29"));
    const file = join(folder, "new.bin");
    writeFileSync(file, "\x00Espruino 2v30.1\x00");
    const job = jobOf("wio-lte", "/dev/x", { firmware: file, pretokenised: "2v29" });
    assert.throws(() => checkFirmware(wireFor("wio-lte", "st-flash"), job), WANTED);
  });
});

describe("a dry run", () => {
  for (const board of boardNames())
    it(`prints every command for ${board}, and runs none`, async () => {
      const job = jobOf(board, "/dev/ttyX", { seal: "password", password: "letmein", own: textFiles({ identity: "{}" }) });
      const lines: string[] = [];
      const plan = planFlash(
        job,
        chooseMethod(job, undefined, true, () => {}),
        { tell: () => {}, onLine: () => {} },
      );
      showSteps(plan.steps, (text) => lines.push(text));
      await plan.close();
      const text = lines.join("\n");
      assert.deepEqual(calls(), []);
      assert.match(text, /wait for the device to be online/);
      assert.match(text, /require\("Storage"\)\.write\("\.boot3"/);
      assert.doesNotMatch(text, /letmein/);
      const { methods } = loadBoard(board).flashing;
      if (methods[0]?.by != "console") assert.match(text, new RegExp(`bin/${methods[0]?.by} `));
      else assert.match(text, /\.write\("identity"/);
    });
});
