/**
 * `./flash.sh` against the genuine interpreter, over TCP: cut off in the middle, run again, online through an emulated module at a real broker, sealed.
 * Runs when `ESPRUINO` names the interpreter.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { ROOT } from "../../../host/project/root.ts";
import { openPort } from "../../../host/console/port.ts";
import { LockedError, Repl } from "../../../host/console/repl.ts";
import type { FlashJob } from "../../../host/flash/job.ts";
import type { Report } from "../../../host/flash/report.ts";
import { readImage } from "../../../host/image/storage.ts";
import { createModem, type Modem } from "../../../host/modules/modem.ts";
import { openPty } from "../../../host/modules/pty.ts";
import type { Pty } from "../../../host/modules/pty.ts";
import { RealClock } from "../../../host/time/clock.ts";
import { cloudNamed } from "../../../host/clouds/find.ts";
import type { RunningCloud } from "../../../host/clouds/types.ts";
import { SKIP, temporaryFolder } from "../../support/interpreter.ts";
import { startLive } from "./live.ts";
import type { Live } from "./live.ts";
import { jobOf, run } from "./support.ts";
import type { Ran } from "./support.ts";

const SECRET = "a password that nobody may see";

describe("flash.sh on the interpreter", { skip: SKIP }, () => {
  const folder = temporaryFolder();
  const path = (name: string): string => join(folder.path, name);
  let cloud: RunningCloud;
  let modem: Modem;
  let pty: Pty;
  let live: Live;

  before(async () => {
    cloud = await cloudNamed("broker").start({ tls: false, onEvent: () => {} });
    pty = openPty();
    modem = await createModem({ model: "ec20", clock: new RealClock(), resolve: (name, port) => cloud.resolve(name, port) });
    modem.on("data", (bytes) => pty.write(bytes));
    pty.onData((bytes) => modem.receive(bytes));
    modem.start();
    live = await startLive(folder.path);
    writeFileSync(path("product.json"), JSON.stringify({ name: "bench", version: "1.0.0", board: "linux", cloud: cloud.product }));
    writeFileSync(path("identity.json"), JSON.stringify({ ...cloud.identity, deviceName: "unit-7" }));
  });
  after(async () => {
    await live.close();
    await modem.close();
    pty.close();
    await cloud.broker.close();
    folder.remove();
  });

  /** `killAt`: what it prints when it is killed. */
  function flash(args: string[], killAt?: RegExp): Promise<{ code: number | null; out: string }> {
    const all = ["--board", "linux", "--port", live.port, "--uart", pty.path, "--product", "product.json", "--out", "out", ...args];
    // Not from the project's folder.
    const child = spawn(join(ROOT, "flash.sh"), all, { cwd: folder.path, stdio: ["ignore", "pipe", "pipe"] });
    let out = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => {
        out += text;
        if (killAt?.test(out)) child.kill("SIGKILL");
      });
    return new Promise((resolve) => child.once("close", (code) => resolve({ code, out })));
  }

  function stored(): string[] {
    return readImage(readFileSync(path("espruino.flash")), 1024)
      .filter((file) => !file.deleted)
      .map((file) => file.name);
  }

  it("is killed in the middle, and leaves an interpreter that starts bare", async () => {
    const { code } = await flash(["--identity", "identity.json"], /core: \d+ bytes/);
    assert.equal(code, null);
    assert.ok(stored().includes("core") && !stored().includes(".bootcde"), stored().join());
    await live.powerCycle();
    const port = await openPort(live.port, 115_200);
    const repl = new Repl(port, () => {}, { hold: true });
    await repl.attention();
    assert.equal(await repl.evaluate("Modules.getCached().length"), 0);
    await port.close();
  });

  it("is run again, and reports a device that is online", async () => {
    const { code, out } = await flash(["--identity", "identity.json", "--report", "report.json"]);
    assert.equal(code, 0, out);
    assert.match(out, /\d were there already/);
    assert.doesNotMatch(out, /Uncaught|\$q/);
    assert.match(out, /LINUX32 2v(25|29\.\d+)\b[^]*online: \d+\/5450 variables[^]*flash done\n$/);
    const report = JSON.parse(readFileSync(path("report.json"), "utf8")) as Report;
    assert.equal(report.result, "done");
    assert.equal(report.deviceName, "unit-7");
    assert.equal(stored().at(-1), ".bootcde");
    const password = cloud.identity.password ?? SECRET;
    assert.ok(!out.includes(password) && !readFileSync(path("report.json"), "utf8").includes(password));
  });

  /** The same without building again. */
  function again(more: Partial<FlashJob>): Promise<Ran> {
    const files = new Map(readdirSync(path("out/files")).map((name) => [name, readFileSync(path(`out/files/${name}`))]));
    return run(jobOf("linux", live.port, { files, onlineMs: 60_000, ...more }), { by: "console" });
  }

  it("seals with a password, which holds over a restart and opens the console for the next flash", async () => {
    const sealed = await again({ seal: "password", password: "letmein" });
    assert.equal(sealed.error, undefined);
    assert.ok(stored().includes("identity"), "the identity it had");
    await live.powerCycle();
    const port = await openPort(live.port, 115_200);
    await assert.rejects(new Repl(port, () => {}, { hold: true }).attention(), LockedError);
    await port.close();
    assert.match((await again({})).error?.message ?? "", /^the console is locked with a password; give it with --password-file$/);
    assert.match((await again({ password: "wrong" })).error?.message ?? "", /^the console does not take the password$/);
    assert.equal((await again({ password: "letmein" })).error, undefined);
    assert.ok(!stored().includes(".boot3"));
  });

  it("still shows what a device with a password prints", async () => {
    const from = live.printed().length;
    assert.equal((await again({ seal: "password", password: "letmein", onlineMs: 0 })).error, undefined);
    await live.powerCycle();
    await live.until(/online: \d+\/5450 variables/, from);
  });

  it("seals by taking the console away, which holds over a restart", async () => {
    assert.equal((await again({ seal: "none", password: "letmein" })).error, undefined);
    await live.powerCycle();
    const port = await openPort(live.port, 115_200);
    await assert.rejects(new Repl(port, () => {}, { hold: true }).evaluate("1", { attempts: 2 }), /does not answer/);
    await port.close();
  });
});
