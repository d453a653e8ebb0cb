/** Flashing over a console that a test plays. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { makeStorage } from "../../../host/flash-model/storage.ts";
import type { FlashStorage } from "../../../host/flash-model/storage.ts";
import { LostError } from "../../../host/console/repl.ts";
import type { FlashJob } from "../../../host/flash/job.ts";
import { explainSilence } from "../../../host/flash/session.ts";
import { PlayedDevice, SMALL_REGION } from "./device.ts";
import { FIRMWARE, jobOf, run, textFiles } from "./support.ts";
import type { Ran } from "./support.ts";

let device: PlayedDevice;
let port: string;

async function begin(storage?: FlashStorage): Promise<void> {
  (device as PlayedDevice | undefined)?.close();
  device = new PlayedDevice(storage);
  port = await device.listen();
}
beforeEach(() => begin());
afterEach(() => device.close());

function flash(more: Partial<FlashJob> = {}): Promise<Ran> {
  return run(jobOf("linux", port, more), { by: "console" });
}

function content(): Record<string, string> {
  return Object.fromEntries([...device.storage.files()].map(([name, data]) => [name, data.toString("latin1")]));
}

describe("flashing over the console", () => {
  it("writes all files, the loader last, and waits until the device is online", async () => {
    const { error, records } = await flash({ own: textFiles({ identity: '{"deviceName":"m1"}' }) });
    assert.equal(error, undefined);
    assert.deepEqual(content(), { ...FIRMWARE, identity: '{"deviceName":"m1"}' });
    assert.equal(device.storage.list().at(-1), ".bootcde");
    assert.equal(device.starts, 1);
    assert.equal(records.at(-1)?.detail, "online: 1400/5450 variables");
  });

  it("writes nothing that is there already", async () => {
    await flash();
    const { records } = await flash();
    assert.equal(records[2]?.detail, "0 files written, 7 were there already");
    assert.equal(device.starts, 2);
  });

  it("keeps what the device and its application wrote, and the identity, but removes what is left of another firmware", async () => {
    await begin(makeStorage(SMALL_REGION, textFiles({ hash: "old", secret: "s", simpin: "+", identity: "{}", "app.data": "x" })));
    await flash();
    assert.deepEqual(content(), { ...FIRMWARE, secret: "s", simpin: "+", identity: "{}", "app.data": "x" });
    await flash({ fresh: true });
    assert.deepEqual(content(), { ...FIRMWARE, "app.data": "x" });
  });

  it("replaces an identity with its certificate and key", async () => {
    const identity = '{"clientCert":"old.pem","clientKey":"old.key"}';
    await begin(makeStorage(SMALL_REGION, textFiles({ identity, "old.pem": "c", "old.key": "k", secret: "s" })));
    await flash({ own: textFiles({ identity: "{}" }) });
    assert.deepEqual(content(), { ...FIRMWARE, identity: "{}", secret: "s" });
  });

  it("leaves no loader behind when it is cut off, and goes on when it is run again", async () => {
    await flash();
    const job = { files: textFiles({ ...FIRMWARE, core: "d".repeat(1300) }) };
    device.hook = (expression) => {
      if (expression.includes('"core"') && expression.includes("s.read(n,768,")) device.close();
    };
    const cut = await flash(job);
    assert.match(cut.error?.message ?? "", /the line was closed/);
    assert.equal(device.storage.read(".bootcde"), undefined);
    const { storage } = device;
    await begin(storage);
    device.start();
    assert.equal((await flash(job)).error, undefined);
    assert.equal(content()["core"], "d".repeat(1300));
    assert.equal(device.storage.list().at(-1), ".bootcde");
  });

  it("writes again what reads back wrong, and gives up the third time", async () => {
    let spoils = 1;
    device.hook = (expression) => {
      if (!expression.startsWith("btoa") || !expression.includes('"at",0') || spoils-- <= 0) return;
      device.storage.erase("at");
      device.storage.write("at", Buffer.from(`b${"a".repeat(899)}`));
    };
    const { error, told } = await flash();
    assert.equal(error, undefined);
    assert.ok(told.some((text) => text.includes("at: reads back wrong at byte 0; once more")));
    assert.equal(content()["at"], FIRMWARE["at"]);

    spoils = 9;
    const failed = await flash({ files: textFiles({ ...FIRMWARE, at: "A".repeat(900) }) });
    assert.equal(failed.error?.message, "at: reads back wrong at byte 0");
    assert.equal(device.storage.read(".bootcde"), undefined, "what is wrong does not boot");
  });

  it("makes room by compaction when there is none, and says how much is missing when that does not help", async () => {
    await begin(makeStorage({ ...SMALL_REGION, pages: 4 }));
    await flash();
    const { error, records } = await flash({ files: textFiles({ ...FIRMWARE, core: "e".repeat(1300), at: "f".repeat(900) }) });
    assert.equal(error, undefined);
    assert.match(records[2]?.detail ?? "", /3 files written, 4 were there already, Storage compacted/);
    const tooBig = await flash({ files: textFiles({ ...FIRMWARE, core: "g".repeat(3000) }) });
    assert.match(tooBig.error?.message ?? "", /^the Storage has \d+ bytes free, \d+ are needed/);
  });

  it("does not ask for what a reset or a restart made the interpreter forget", async () => {
    await flash();
    const { told } = await flash({ seal: "password", password: "x" });
    assert.ok(!told.some((line) => line.includes("Uncaught")), told.join("\n"));
  });

  it("says what to look for where a console is silent", () => {
    assert.throws(
      () => explainSilence(new LostError("/dev/ttyUSB0: the interpreter's console does not answer")),
      /^Error: \/dev\/ttyUSB0: the interpreter's console does not answer; is this the board's console, .*--firmware.*--seal none/,
    );
  });

  it("refuses another board and an interpreter that loses data before it touches anything", async () => {
    device.board = "ESP32";
    const other = await flash();
    assert.match(other.error?.message ?? "", /^the interpreter is one for ESP32, not for LINUX or LINUX32/);
    device.board = "LINUX";
    device.version = "2v29";
    const lossy = await flash();
    assert.match(
      lossy.error?.message ?? "",
      /^the interpreter is 2v29, wanted is the release 2v25, or a build 2v29\.96 or newer \(2v26 to 2v29 lose data .*; give it with --firmware$/,
    );
    assert.deepEqual(device.storage.list(), []);
  });

  it("fails when the device does not get online, with the reason that it gave", async () => {
    device.getsOnline = false;
    device.says = ["link: off -> powering (start)", "error: no-signal: check: antenna"];
    const { error } = await flash({ onlineMs: 300 });
    assert.equal(error?.message, "the device did not get online within 0.3 s; it says: error: no-signal: check: antenna");
  });

  it("does not wait where it is told not to", async () => {
    device.getsOnline = false;
    const { error, records } = await flash({ onlineMs: 0 });
    assert.equal(error, undefined);
    assert.equal(records.at(-1)?.step, "restart");
  });
});

describe("replacing the application", () => {
  it("writes it and its configuration, and nothing else", async () => {
    await flash();
    const files = textFiles({ ...FIRMWARE, app: "another", product: '{"name":"demo","app":1}' });
    const { error, records } = await flash({ appOnly: true, files });
    assert.equal(error, undefined);
    assert.match(records[3]?.detail ?? "", /^3 files written$/);
    assert.equal(content()["app"], "another");
  });

  it("is refused on another firmware, which stays as it is", async () => {
    await flash();
    const { error } = await flash({ appOnly: true, files: textFiles({ ...FIRMWARE, core: "other", app: "another" }) });
    assert.equal(error?.message, '--app-only: "core" on the board is another one; flash the whole firmware');
    assert.deepEqual(content(), FIRMWARE);
  });
});

describe("sealing", () => {
  it("closes the console for good, and a password opens it for the next flash", async () => {
    const { error } = await flash({ seal: "password", password: "letmein" });
    assert.equal(error, undefined);
    device.start();
    assert.equal(device.console, "locked");
    assert.equal((await flash()).error?.message, "the console is locked with a password; give it with --password-file");
    assert.equal((await flash({ password: "wrong" })).error?.message, "the console does not take the password");
    assert.equal((await flash({ password: "letmein" })).error, undefined);
    device.start();
    assert.equal(device.console, "open", "only --seal seals");
  });

  it("takes the console away", async () => {
    assert.equal((await flash({ seal: "none" })).error, undefined);
    device.start();
    assert.equal(device.console, "none");
  });

  it("says so when the console stays open", async () => {
    device.hook = (expression) => {
      if (expression.includes("setPassword") && expression.startsWith("setTimeout")) throw new Error("no setPassword");
    };
    assert.match((await flash({ seal: "password", password: "x" })).error?.message ?? "", /no setPassword/);
  });
});
