/** Mutual TLS: a broker that lets in whom its authority knows, and devices that show their certificate, another, or none. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, it } from "node:test";
import { LOADER } from "../../../host/loader/loader.ts";
import { makeAuthority } from "../../../host/broker/certificates.ts";
import { ROOT } from "../../../host/project/root.ts";
import { MODELS } from "../../../host/modules/find.ts";
import { createRig, type Rig, type RigOptions } from "../../../host/rig/rig.ts";
import { INTERPRETER } from "../../support/interpreter.ts";

let rig: Rig;

afterEach(() => rig.close());

async function boot(options: RigOptions): Promise<void> {
  rig = await createRig(options);
  rig.board.boot();
}

function keyLines(): string[] {
  return rig.lines.concat(rig.events.map((event) => JSON.stringify(event))).filter((line) => line.includes("PRIVATE KEY"));
}

for (const model of MODELS) {
  describe(`${model}: mutual TLS`, () => {
    it("lets a device in whose certificate is of the broker's authority", async () => {
      await boot({ client: "trusted", modem: { model } });
      await rig.waitFor(/-> online/, 120_000);
      await rig.waitForMessage(({ topic }) => topic.endsWith("/up"), 60_000);
      assert.deepEqual(keyLines(), [], "the key is told to nobody");
    });

    for (const [what, client] of [
      ["of another authority", "stranger"],
      ["none", "none"],
    ] as const) {
      it(`refuses a device whose certificate is ${what}, and it says what to check`, async () => {
        await boot({ client, modem: { model } });
        const line = await rig.waitFor(/^error: /, 120_000);
        assert.match(line, /^error: connect-failed: broker\.test:.*; check: .*CA file.*clientCert/);
        assert.ok(!rig.lines.some((one) => /-> online/.test(one)));
        assert.deepEqual(keyLines(), []);
      });
    }

    it("keeps the files in the module: another start uploads none", async () => {
      await boot({ client: "trusted", modem: { model } });
      await rig.waitFor(/-> online/, 120_000);
      const uploads = (): number => rig.events.filter(({ ev }) => ev == "upload").length;
      assert.equal(uploads(), 3, "CA, certificate, key");
      rig.board.kill();
      rig.board.boot();
      await rig.waitFor(/-> online/, 120_000);
      assert.equal(uploads(), 3);
    });

    it("does not connect without a key that is whole", async () => {
      await boot({ client: "trusted", modem: { model } });
      rig.wire.toModule = (bytes) => (bytes.includes("PRIVATE KEY") ? bytes.subarray(3) : bytes);
      const line = await rig.waitFor(/^error: /, 600_000);
      assert.match(
        line,
        model == "ec20"
          ? /^error: tls-failed: client\.key did not reach the module whole/
          : /^error: (tls-failed: client\.key|module-silent)/,
      );
      assert.ok(!rig.lines.some((one) => /-> online/.test(one)));
    });
  });
}

/** What `npm start` prints with a product and an identity of the user's own. */
async function start(model: string, interpreter: string | undefined): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), "mutual-tls-"));
  try {
    const { cert, key } = await (await makeAuthority({ name: "The user's own" })).issueClient("device");
    const files = {
      "product.json": JSON.stringify({
        ...{ name: "mine", version: "1.0.0", board: "linux", modem: { model } },
        cloud: { type: "broker", host: "mqtt.example.com", tls: { ca: "own-ca.pem" } },
      }),
      "identity.json": JSON.stringify({ username: "me", password: "secret", clientCert: "device.pem", clientKey: "device.key" }),
      "device.pem": cert,
      "device.key": key,
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    const args = ["--import", LOADER, "host/start/cli.ts", "--once", "--trace", "--cloud", "broker"];
    args.push("--product", join(folder, "product.json"), "--identity", join(folder, "identity.json"));
    const env = { ...process.env };
    delete env["ESPRUINO"];
    if (interpreter !== undefined) env["ESPRUINO"] = interpreter;
    return await new Promise((resolve) => {
      execFile(process.execPath, args, { cwd: ROOT, env, timeout: 150_000, killSignal: "SIGKILL" }, (_, stdout) =>
        resolve(stdout.trim().split("\n")),
      );
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe("npm start with a client certificate in the identity", () => {
  afterEach(() => {});
  for (const model of ["ec20", "air780ep"]) {
    for (const [where, interpreter] of [
      ["in Node", undefined],
      ["on the interpreter", INTERPRETER],
    ] as const) {
      const skip = where == "in Node" || INTERPRETER ? false : "ESPRUINO is not set";
      it(`${model} publishes and receives once ${where}`, { skip }, async () => {
        const lines = await start(model, interpreter);
        assert.match(lines.at(-1) ?? "", /^online in \d+ ms, published 1, received 1$/, lines.join("\n"));
        assert.ok(lines.some((line) => /"clientkey",/.test(line)));
        assert.ok(!lines.some((line) => /PRIVATE KEY/.test(line)));
      });
    }
  }
});
