/** `npm start` as a user types it. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { CLOUD_NAMES } from "../../../host/clouds/find.ts";
import { LOADER } from "../../../host/loader/loader.ts";

interface Ended {
  code: number | null;
  out: string;
  err: string;
}

/** `typed`: what the user types as soon as the firmware runs, or the output has `when`. */
function start(
  args: string[],
  env: Record<string, string> = {},
  typed?: string | NodeJS.Signals | { when: RegExp; text: string },
): Promise<Ended> {
  const when = typeof typed == "object" ? typed.when : /-> powering/;
  let text = typeof typed == "object" ? typed.text : typed;
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ["--import", LOADER, "host/start/cli.ts", ...args], {
      env: { ...process.env, ESPRUINO: "", ...env },
      stdio: "pipe",
    });
    let out = "";
    let err = "";
    child.stdout.on("data", (data: Buffer) => {
      out += data.toString();
      if (text === undefined || !when.test(out)) return;
      if (text.startsWith("SIG")) child.kill(text as NodeJS.Signals);
      else child.stdin.write(text);
      text = undefined;
    });
    child.stderr.on("data", (data: Buffer) => (err += data.toString()));
    child.on("close", (code) => resolve({ code, out, err }));
  });
}

const SUCCESS = /\nonline in \d+ ms, published \d+, received \d+\n$/;

describe("npm start", { concurrency: true }, () => {
  it("--once: verified TLS, one acknowledged publish, one message received, exit 0", async () => {
    const { code, out } = await start(["--once", "--trace"]);
    assert.match(out, SUCCESS);
    assert.equal(code, 0);
    assert.match(out, /board +> AT\+QMTOPEN/);
    assert.ok(!out.includes("device-password"), "no secret in the trace");
  });

  for (const auth of ["https", "register-https", "register-mqtt", "register-nwl"])
    it(`--trace tells nothing of what a cloud gives (${auth})`, async () => {
      const { code, out } = await start(["--once", "--trace", "--cloud", "aliyun", "--auth", auth]);
      assert.match(out, SUCCESS);
      assert.equal(code, 0);
      assert.doesNotMatch(out, /"(deviceSecret|deviceToken|iotToken)" *: *"[^"*]/);
      if (auth != "register-nwl") assert.match(out, /"(deviceSecret|iotToken)":"\*\*\*/, "there was something to hide");
    });

  it("--once on the genuine interpreter", { skip: process.env["ESPRUINO"] ? false : "ESPRUINO is not set" }, async () => {
    const { code, out } = await start(["--once"], { ESPRUINO: process.env["ESPRUINO"] as string });
    assert.match(out, SUCCESS);
    assert.match(out, /board +online: [1-9]\d*\/\d+ variables/);
    assert.equal(code, 0);
  });

  const UPDATED = /\nupdated to 1\.0\.1 in \d+ ms, (\d+) bytes over the air\nonline in \d+ ms, published \d+, received \d+\n$/;
  const runs = ["", ...(process.env["ESPRUINO"] ? [process.env["ESPRUINO"]] : [])];
  for (const cloud of ["broker", "aliyun"])
    for (const interpreter of runs)
      it(`--once --ota: version 1 goes online, version 2 is pushed, confirmed and informed (${cloud}, ${interpreter ? "interpreter" : "Node"})`, async () => {
        const { code, out } = await start(["--once", "--ota", "--cloud", cloud], { ESPRUINO: interpreter });
        assert.match(out, UPDATED);
        assert.equal(code, 0);
        assert.match(out, /board +update: confirmed/);
        // The whole package went over the air, and with it not twice as much.
        const bytes = Number(UPDATED.exec(out)?.[1]);
        const size = Number(/pushes version 1\.0\.1, (\d+) bytes/.exec(out)?.[1]);
        assert.ok(bytes > size && bytes < 2 * size + 2000, `${bytes} of ${size}`);
      });

  it("--ota without --once pushes when the device is online, and goes on", async () => {
    const { code, out } = await start(["--ota"], {}, { when: /\nupdated to 1\.0\.1 in/, text: "quit\n" });
    assert.match(out, /\nupdated to 1\.0\.1 in \d+ ms, \d+ bytes over the air\n/);
    assert.match(out, /\nstopped\n$/);
    assert.equal(code, 0);
  });

  it("--once with a product and an identity of the user's", async () => {
    const folder = mkdtempSync(join(tmpdir(), "start-"));
    const identity = join(folder, "identity.json");
    writeFileSync(identity, JSON.stringify({ deviceName: "meter-1", username: "meter", password: "top-secret" }));
    const { code, out } = await start(["--once", "--trace", "--product", "product.json", "--identity", identity]);
    rmSync(folder, { recursive: true });
    assert.match(out, SUCCESS);
    assert.match(out, /AT\+QMTOPEN=0,"mqtt\.example\.com",8883/);
    assert.match(out, /operator +got devices\/meter-1\/up/);
    assert.ok(!out.includes("top-secret"), "no secret in the trace");
    assert.equal(code, 0);
  });

  it("runs until it is told to quit", async () => {
    const { code, out } = await start([], {}, "what\npublish x\nfault reboot\nquit\n");
    assert.match(out, /type publish TEXT, fault NAME or quit/);
    assert.match(out, /no device has published yet/);
    assert.match(out, /\nstopped\n$/);
    assert.equal(code, 0);
  });

  it("runs until Ctrl-C", async () => {
    const { code, out } = await start([], {}, "SIGINT");
    assert.match(out, /\nstopped\n$/);
    assert.equal(code, 0);
  });

  for (const [args, message] of [
    [["--modem", "sim900"], /--modem sim900 is not available; available: ec20/],
    [["--cloud", "azure"], /--cloud azure is not available; available: broker, aliyun/],
    [["--link", "lora"], /--link lora is not available; available: cellular, wifi/],
    [["--ota", "--cloud", "tuya"], /--ota: cloud tuya has no updates over the air; those of broker and aliyun have/],
    [["--ota", "--once", "--cloud", "onenet"], /--ota: cloud onenet has no updates over the air/],
    [["--auth", "magic"], /--auth magic is not available; available: password/],
    [["--what"], /unknown option '--what'/],
    [["please"], /argument/],
  ] as const) {
    it(`${args.join(" ")} is wrong usage, exit 2`, async () => {
      const { code, err } = await start([...args]);
      assert.match(err, message);
      assert.equal(code, 2);
    });
  }

  it("--help explains itself, exit 0", async () => {
    const { code, out } = await start(["--help"]);
    assert.equal(code, 0);
    assert.match(out, /--once/);
  });

  it("says what is wrong with a product, exit 1", async () => {
    const { code, out } = await start(["--once", "--product", "package.json"]);
    assert.equal(code, 1);
    assert.match(out.trim().split("\n").at(-1) ?? "", /^configuration-wrong: /);
  });

  it("names a product that does not fit the command line, or that nothing here can be, exit 1", async () => {
    const folder = mkdtempSync(join(tmpdir(), "start-"));
    const file = (name: string, content: object): string => {
      writeFileSync(join(folder, name), JSON.stringify(content));
      return join(folder, name);
    };
    const aliyun = file("aliyun.json", { cloud: { type: "aliyun", productKey: "pk" } });
    for (const [args, message] of [
      [["--cloud", "broker", "--product", aliyun], /aliyun\.json: cloud\.type: "aliyun", but --cloud says broker$/],
      [
        ["--product", file("azure.json", { cloud: { type: "azure" } })],
        new RegExp(`azure\\.json: cloud\\.type: "azure" is not emulated; there are ${CLOUD_NAMES.join(", ")}$`),
      ],
      [
        ["--product", file("sim900.json", { modem: { model: "sim900" } })],
        /sim900\.json: modem\.model: "sim900" is not emulated; there are ec20/,
      ],
      [["--product", join(folder, "none.json")], /none\.json: no such file$/],
    ] as const) {
      const { code, out } = await start([...args]);
      assert.match(out.trim(), message);
      assert.match(out, /^configuration-wrong: /);
      assert.equal(code, 1);
    }
    assert.equal((await start(["--product", aliyun, "--auth", "password"])).code, 2, "a mode of another cloud");
    rmSync(folder, { recursive: true });
  });

  it("says so with the interpreter too, and ends", async () => {
    const { code } = await start(["--once", "--product", "package.json"], { ESPRUINO: "/nowhere/espruino" });
    assert.equal(code, 1);
  });

  it("names a binary that cannot be started, exit 1", async () => {
    const { code, out } = await start(["--once"], { ESPRUINO: "/nowhere/espruino" });
    assert.equal(code, 1);
    assert.match(out.trim().split("\n").at(-1) ?? "", /^interpreter-failed: /);
  });
});
