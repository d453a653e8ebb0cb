/** `npm start` as a user types it. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { describe, it } from "node:test";

interface Ended {
  code: number | null;
  out: string;
  err: string;
}

function start(args: string[], env: Record<string, string> = {}): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ["--import", "tsx", "host/runtime/start.ts", ...args], {
      env: { ...process.env, ESPRUINO: "", ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let out = "";
    let err = "";
    child.stdout.on("data", (text: Buffer) => (out += text.toString()));
    child.stderr.on("data", (text: Buffer) => (err += text.toString()));
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

  it("--once on the genuine interpreter", { skip: process.env["ESPRUINO"] ? false : "ESPRUINO is not set" }, async () => {
    const { code, out } = await start(["--once"], { ESPRUINO: process.env["ESPRUINO"] as string });
    assert.match(out, SUCCESS);
    assert.match(out, /board +online: [1-9]\d*\/\d+ variables/);
    assert.equal(code, 0);
  });

  for (const [args, message] of [
    [["--modem", "air780ep"], /--modem air780ep is not available; available: ec20/],
    [["--cloud", "aliyun"], /--cloud aliyun is not available; available: broker/],
    [["--link", "wifi"], /--link wifi is not available; available: cellular/],
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

  it("names a binary that cannot be started, exit 1", async () => {
    const { code, out } = await start(["--once"], { ESPRUINO: "/nowhere/espruino" });
    assert.equal(code, 1);
    assert.match(out.trim().split("\n").at(-1) ?? "", /^interpreter-failed: /);
  });
});
