/** `npm run ota` as a user types it, against a real broker with TLS and passwords, and against an emulated Aliyun. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import { connectAsync } from "mqtt";
import { LOADER } from "../../../host/loader/loader.ts";
import { startBroker } from "../../../host/broker/broker.ts";
import type { Broker } from "../../../host/broker/broker.ts";
import { issuedFor } from "../../../host/broker/issued.ts";
import { ROOT } from "../../../host/project/root.ts";
import { serveAdmin } from "../../../host/clouds/admin/server.ts";
import { aliyunCommands } from "../../../host/clouds/aliyun/commands.ts";
import { packageOf } from "../../update/package.ts";
import { temporaryFolder } from "../../support/interpreter.ts";
import { atEnd, closeAll, DN, DS, hmac, ME, PK, startCloud } from "../clouds/support.ts";
import { FakeDevice } from "./device.ts";
import type { DeviceOptions } from "./device.ts";

const PASSWORD = "hunter2-hunter2";
const DATA = packageOf({ files: { app: "x".repeat(3000) } });

let folder: ReturnType<typeof temporaryFolder>;
const path = (name: string): string => join(folder.path, name);
let broker: Broker;
let plainPort = 0;

interface Ended {
  code: number | null;
  out: string;
  last: string;
  err: string;
}

/** `at`: a signal is sent when the output has this. */
function ota(args: string[], env: Record<string, string> = {}, at?: RegExp): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ["--import", LOADER, join(ROOT, "host/update/ota-cli.ts"), ...args], {
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let [out, err, isTold] = ["", "", false];
    child.stdout.on("data", (data: Buffer) => {
      out += data.toString();
      if (isTold || !at?.test(out)) return;
      isTold = true;
      child.kill("SIGINT");
    });
    child.stderr.on("data", (data: Buffer) => (err += data.toString()));
    child.on("close", (code) => {
      assert.ok(!(out + err).includes(PASSWORD), "shows the password");
      resolve({ code, out, err, last: (code ? err : out).trimEnd().split("\n").at(-1) ?? "" });
    });
  });
}

function toOne(...args: string[]): string[] {
  return ["--to", "m1", "--package", path("p.ecu"), ...args];
}

async function device(options: Partial<DeviceOptions> = {}): Promise<FakeDevice> {
  const one = await FakeDevice.start({ port: plainPort, base: "devices/m1", username: "device", password: PASSWORD, ...options });
  atEnd(() => one.close());
  return one;
}

before(async () => {
  folder = temporaryFolder();
  const { ca, server } = await issuedFor("Broker under test", ["localhost"], "good");
  broker = await startBroker({ doors: [{ tls: server }, {}], users: { device: PASSWORD, owner: PASSWORD } });
  plainPort = broker.ports[1] as number;
  writeFileSync(path("ca.pem"), ca);
  writeFileSync(path("password"), `${PASSWORD}\n`);
  writeFileSync(path("p.ecu"), DATA);
  writeFileSync(path("broken.ecu"), DATA.subarray(0, -1));
});
after(async () => {
  await broker.close();
  folder.remove();
});
afterEach(closeAll);

describe("npm run ota", () => {
  const secure = (): string[] => ["--broker", `mqtts://localhost:${broker.port}`, "--ca", path("ca.pem"), "--username", "owner"];

  it("pushes over verified TLS, shows what the device reports, and ends when it runs the new version", async () => {
    const one = await device();
    one.inform();
    const { code, out, last } = await ota(toOne(...secure(), "--password-file", path("password")));
    assert.match(last, /^updated to 1\.0\.1 in \d+\.\d s$/);
    assert.equal(code, 0);
    assert.deepEqual(one.content, DATA);
    for (const text of [
      `version 1.0.1 for board linux, ${DATA.length} bytes`,
      "told m1 of version 1.0.1",
      "100 %  reported by the device",
      "m1: runs 1.0.1",
    ])
      assert.ok(out.includes(text), `${text} in ${out}`);
    // Ten per cent at a time where nobody watches, and no control characters.
    assert.ok(out.split("\n").filter((line) => line.includes(" %  ")).length <= 12, out);
    assert.doesNotMatch(out, /[\x00-\x09\x0b-\x1f]/);
  });

  it("takes the password from the environment, and topics of another base", async () => {
    await device({ base: "fleet/7/m1" });
    const args = ["--broker", `mqtt://127.0.0.1:${plainPort}`, "--username", "owner", "--topic-base", "fleet/7/{deviceName}"];
    const { code, last } = await ota(toOne(...args), { OTA_PASSWORD: PASSWORD });
    assert.match(last, /^updated to 1\.0\.1 in /);
    assert.equal(code, 0);
  });

  for (const [what, options, last] of [
    ["refused", { refuses: "older than 2.0.0" }, "ota failed: refused: older than 2.0.0"],
    ["rolled back", { end: "rolled-back" }, "ota failed: rolled-back: the device runs 1.0.0 again: it was never online"],
  ] as const)
    it(`exit 1 with the device's words when it was ${what}`, async () => {
      await device(options);
      const ended = await ota(toOne("--broker", `mqtt://127.0.0.1:${plainPort}`, "--username", "owner"), { OTA_PASSWORD: PASSWORD });
      assert.deepEqual([ended.code, ended.last], [1, last]);
    });

  it("exit 1 when the device does not answer in time", async () => {
    const args = ["--broker", `mqtt://127.0.0.1:${plainPort}`, "--username", "owner", "--timeout", "1"];
    const { code, last } = await ota(toOne(...args), { OTA_PASSWORD: PASSWORD });
    assert.deepEqual([code, last], [1, "ota failed: timeout: the device does not answer, after 1 s"]);
  });

  it("exit 130 at Ctrl-C, and says so", async () => {
    const args = ["--broker", `mqtt://127.0.0.1:${plainPort}`, "--username", "owner"];
    const { code, last } = await ota(toOne(...args), { OTA_PASSWORD: PASSWORD }, /told m1/);
    assert.match(last, /^ota failed: interrupted by SIGINT; /);
    assert.equal(code, 130);
  });

  for (const [what, args, message] of [
    ["a wrong password", () => secure(), /^ota failed: credentials-refused: wrong user name or password$/],
    [
      "an authority that the broker is not of",
      () => ["--broker", `mqtts://localhost:${broker.port}`],
      /^ota failed: tls-failed: mqtts:\/\/localhost/,
    ],
    ["nobody there", () => ["--broker", "mqtt://127.0.0.1:1"], /^ota failed: connect-failed: mqtt:\/\/127\.0\.0\.1:1: /],
    ["no such host", () => ["--broker", "mqtt://nowhere.invalid:1883"], /^ota failed: dns-failed: /],
    ["no cloud there", () => ["--cloud", "http://127.0.0.1:1"], /^ota failed: connect-failed: http:\/\/127\.0\.0\.1:1: /],
    ["no CA file", () => ["--broker", "mqtts://localhost:1", "--ca", path("none.pem")], /^ota failed: .*none\.pem: no such file$/],
  ] as const)
    it(`exit 1 with ${what}`, async () => {
      const { code, last } = await ota(toOne(...args()), { OTA_PASSWORD: "wrong" });
      assert.match(last, message);
      assert.equal(code, 1);
    });

  for (const [file, message] of [
    ["broken.ecu", /^ota failed: .*broken\.ecu: \d+ bytes, but the manifest says \d+$/],
    ["none.ecu", /^ota failed: .*none\.ecu: no such file$/],
    ["password", /^ota failed: .*password: this is no package/],
  ] as const)
    it(`exit 1 with the package ${file}`, async () => {
      const { code, last } = await ota(["--to", "m1", "--package", path(file), "--broker", "mqtt://127.0.0.1:1"]);
      assert.match(last, message);
      assert.equal(code, 1);
    });

  for (const [args, message] of [
    [["--package", "p"], /required option '--to <device>'/],
    [["--to", "m1"], /required option '--package <file>'/],
    [["--to", "a/b", "--package", "p"], /must be the name of one device/],
    [["--to", "m1", "--package", "p"], /--broker or --cloud is needed/],
    [["--to", "m1", "--package", "p", "--broker", "mqtt://h:1", "--cloud", "http://h:1"], /only one of them/],
    [["--to", "m1", "--package", "p", "--broker", "http://h:1"], /must be mqtt:\/\/host:port/],
    [["--to", "m1", "--package", "p", "--broker", "mqtt://h"], /must be mqtt:\/\/host:port/],
    [["--to", "m1", "--package", "p", "--broker", "mqtt://u:p@h:1"], /must be mqtt:\/\/host:port/],
    [["--to", "m1", "--package", "p", "--broker", "mqtt://h:1", "--ca", "x"], /--ca is for mqtts/],
    [["--to", "m1", "--package", "p", "--cloud", "http://h:1", "--username", "x"], /are for --broker/],
    [["--to", "m1", "--package", "p", "--broker", "mqtt://h:1", "--topic-base", "x/{imei}"], /no placeholder but \{deviceName\}/],
    [["--to", "m1", "--package", "p", "--broker", "mqtt://h:1", "--topic-base", "x/#"], /--topic-base x\/#: a topic/],
    [["--to", "m1", "--package", "p", "--broker", "mqtt://h:1", "--timeout", "0"], /whole number from 1 to 999999/],
    [["--to", "m1", "--package", "p", "--broker", "mqtt://h:1", "--password-file", "x"], /--password-file wants --username/],
    [["--to", "m1", "--package", "p", "--cloud", "http://h:1", "--transport", "ftp"], /Allowed choices are mqtt, https/],
    [["--to", "m1", "--package", "p", "--broker", "mqtt://h:1", "more"], /unexpected argument "more"|too many arguments/],
  ] as const)
    it(`${args.join(" ")} is wrong usage, exit 2`, async () => {
      const { code, err } = await ota([...args]);
      assert.match(err, message);
      assert.equal(code, 2);
    });

  it("--help explains itself, exit 0", async () => {
    const { code, out } = await ota(["--help"]);
    assert.equal(code, 0);
    assert.match(out, /--password-file/);
  });
});

describe("npm run ota -- --cloud", () => {
  /** The demo device, which does what `steps` say: progress, or the version that it runs now. */
  async function aliyun(steps: (string | { version: string })[]): Promise<{ url: string }> {
    const cloud = await startCloud();
    const admin = await serveAdmin(aliyunCommands(cloud.api), 0);
    atEnd(() => admin.close());
    const content = `clientId${DN}deviceName${DN}productKey${PK}`;
    const client = await connectAsync(`mqtt://127.0.0.1:${cloud.broker.ports[1] as number}`, {
      clientId: `${DN}|securemode=3,signmethod=hmacsha256|`,
      username: `${DN}&${PK}`,
      password: hmac("hmacsha256", DS, content),
      keepalive: 60,
    });
    atEnd(() => client.endAsync(true));
    client.on("message", (_, payload) => {
      const { data } = JSON.parse(payload.toString()) as { data: { dProtocol?: string } };
      assert.equal(data.dProtocol, "mqtt");
      for (const step of steps) {
        const [topic, params] =
          typeof step == "string" ? ["progress", { step, desc: step.startsWith("-") ? "out of memory" : "" }] : ["inform", step];
        client.publish(`/ota/device/${topic as string}/${ME}`, JSON.stringify({ id: "1", params }), { qos: 1 });
      }
    });
    await client.subscribeAsync(`/ota/device/upgrade/${ME}`);
    await client.publishAsync(`/ota/device/inform/${ME}`, '{"id":"1","params":{"version":"1.0.0"}}', { qos: 1 });
    return { url: `http://127.0.0.1:${admin.port}` };
  }

  it("pushes by the cloud's job, and ends when the cloud says that it succeeded", async () => {
    const { url } = await aliyun(["50", "100", { version: "1.0.1" }]);
    const { code, last } = await ota(["--to", DN, "--package", path("p.ecu"), "--cloud", url]);
    assert.match(last, /^updated to 1\.0\.1 in \d+\.\d s$/);
    assert.equal(code, 0);
  });

  it("exit 1 with the device's words", async () => {
    const { url } = await aliyun(["-4"]);
    const { code, last } = await ota(["--to", DN, "--package", path("p.ecu"), "--cloud", url]);
    assert.deepEqual([code, last], [1, "ota failed: refused: out of memory"]);
  });

  it("exit 1 with a device that the cloud does not know", async () => {
    const { url } = await aliyun([]);
    const { code, last } = await ota(["--to", "m1", "--package", path("p.ecu"), "--cloud", url]);
    assert.deepEqual([code, last], [1, 'ota failed: unknown-device: no product of this cloud has a device "m1"']);
  });
});
