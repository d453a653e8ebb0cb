/** Aliyun's other ways in, on the built firmware: HTTPS first, and the product's secret. */
import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import type { AliyunApi } from "../../host/clouds/aliyun/api.ts";
import { DEMO } from "../../host/clouds/aliyun/seeded.ts";
import { createRig, type Rig, type RigOptions } from "../../host/rig/rig.ts";
import { WITH_HTTP } from "../support/modules.ts";

const ONLINE_MS = 240_000;
const HOUR_MS = 3_600_000;
const SECRET_FILE = "secret";

let rig: Rig | undefined;

afterEach(async () => {
  await rig?.close();
  rig = undefined;
});

async function boot(auth: string, options: RigOptions = {}): Promise<Rig> {
  rig = await createRig({ ...options, cloud: "aliyun", auth });
  rig.board.boot();
  return rig;
}

async function works(device: Rig): Promise<void> {
  const from = device.received.length;
  await device.waitFor(/-> online/, ONLINE_MS);
  await device.waitForMessage((message) => message.topic.endsWith("/user/up"), 60_000, from);
  await device.operator.publish(device.topic("down"), '{"set":1}');
  await device.waitForMessage((message) => message.payload.toString().includes('"reply":{"set":1}'), 60_000, from);
}

/** The board starts anew, its flash as it is. */
async function restart(device: Rig): Promise<void> {
  device.board.kill();
  device.board.boot();
  await works(device);
}

function kept(device: Rig): string | undefined {
  return device.board.storage.read(SECRET_FILE)?.toString("latin1");
}

function registrations(device: Rig): number {
  return device.brokerEvents.filter((event) => event.ev == "registered").length;
}

function requests(device: Rig): number {
  return device.brokerEvents.filter((event) => event.ev == "http").length;
}

/** Nothing printed or told by the module holds a secret; module events hold commands as they were, and are not printed. */
function assertClean(device: Rig): void {
  const secrets = [DEMO.deviceSecret, DEMO.productSecret, ...(JSON.parse(kept(device) ?? "[]") as string[]).slice(2)];
  for (const line of device.lines) for (const secret of secrets) assert.ok(!line.includes(secret), line);
}

for (const model of WITH_HTTP) {
  describe(`aliyun: ${model}`, () => {
    it("authenticates over HTTPS, and uses what it was given again after a lost connection", async () => {
      const device = await boot("https", { modem: { model } });
      await works(device);
      assert.equal(requests(device), 1);
      await device.broker.kick();
      await works(device);
      assert.equal(requests(device), 1, "the token is good for seven days");
      assertClean(device);
    });

    for (const [auth, how] of [
      ["register-https", "https"],
      ["register-mqtt", "register"],
      ["register-nwl", "regnwl"],
    ] as const)
      it(`registers once (${auth}): what it is given is in flash, over restarts, and is not asked for again`, async () => {
        const device = await boot(auth, { modem: { model } });
        await works(device);
        assert.deepEqual(
          device.brokerEvents.filter((event) => event.ev == "registered").map((event) => event.ev == "registered" && event.how),
          [how],
        );
        const before = kept(device);
        assert.match(before ?? "", new RegExp(`^\\["${DEMO.productKey}","${DEMO.deviceName}",".+"\\]$`));
        assertClean(device);
        await restart(device);
        await device.broker.kick();
        await works(device);
        assert.equal(registrations(device), 1);
        assert.equal(kept(device), before);
      });

    it("is called by its IMEI where the identity names it not", async () => {
      const device = await boot("register-mqtt", { modem: { model }, identity: { deviceName: undefined as never } });
      await device.waitFor(/-> online|-> waiting/, ONLINE_MS);
      assert.match(device.lines.join("\n"), /connecting -> waiting \(credentials-refused\)/, "the demo product knows no such device");
      assert.ok(device.events.some((event) => JSON.stringify(event).includes(`${device.imei}|securemode`)));
    });
  });
}

describe("what registration meets", () => {
  it("is activated already: told, and asked again no sooner than in the better part of an hour", async () => {
    const device = await boot("register-https");
    await works(device);
    device.board.storage.erase(SECRET_FILE);
    device.board.kill();
    device.board.boot();
    await device.waitFor(/-> waiting/, ONLINE_MS);
    assert.match(device.lines.join("\n"), /error: already-registered: .*\(6289\)$/m);
    const before = requests(device);
    await device.advance(0.7 * HOUR_MS);
    assert.equal(requests(device), before, "no blind retry");
    await device.advance(0.6 * HOUR_MS);
    assert.equal(requests(device), before + 1);
    assert.equal(device.board.restarts, 0);
  });

  for (const [auth, error] of [
    ["register-https", /error: signature-refused: .*productSecret.*\(6600\)/],
    ["register-mqtt", /error: credentials-refused: /],
    ["https", /error: signature-refused: .*\(401\)/],
  ] as const)
    it(`a wrong secret (${auth})`, async () => {
      const device = await boot(auth, {
        change: (files) => {
          const identity = JSON.parse((files.get("identity") as Buffer).toString()) as Record<string, string>;
          for (const name of ["productSecret", "deviceSecret"]) if (identity[name]) identity[name] = "wrongwrongwrong!";
          files.set("identity", Buffer.from(JSON.stringify(identity)));
        },
      });
      await device.waitFor(/-> waiting/, ONLINE_MS);
      assert.match(device.lines.join("\n"), error);
      assert.doesNotMatch(device.lines.join("\n"), /wrongwrong/);
      const attempts = device.lines.filter((line) => line.startsWith("link: next attempt")).length;
      await device.advance(0.7 * HOUR_MS);
      assert.equal(device.lines.filter((line) => line.startsWith("link: next attempt")).length, attempts, "no blind retry");
    });

  it("a power cut while the secret is written: half of one is none, and it registers again", async () => {
    const device = await boot("register-https", {
      change: (files) => files.set(SECRET_FILE, Buffer.from('["a1B2c3D4e5F","dev_861551\xff\xff', "latin1")),
    });
    await works(device);
    assert.equal(registrations(device), 1);
    assert.match(kept(device) ?? "", /"\]$/);
  });

  for (const [what, faults, error] of [
    ["HTTP 302", { wrongAnswers: 1, httpStatus: 302 }, /error: http-status: 302 from iot-auth\./],
    ["HTTP 500", { wrongAnswers: 1, httpStatus: 500 }, /error: http-status: 500 from iot-auth\./],
    [
      "an answer without its data",
      { wrongAnswers: 1, httpStatus: 200, httpBody: '{"code":200,"message":"success"}' },
      /error: reply-malformed: no deviceSecret/,
    ],
    ["an answer that is no JSON", { wrongAnswers: 1, httpStatus: 200, httpBody: "<html></html>" }, /error: reply-malformed: /],
    ["a busy cloud", { wrongAnswers: 1, httpStatus: 200, httpBody: '{"code":500,"message":"x"}' }, /error: broker-unavailable: code 500/],
    ["an answer that is cut", { cutAnswers: 1, cutAfterBytes: 60 }, /error: (reply-malformed|connection-lost|connect-failed|timeout): /],
  ] as const)
    for (const model of ["ec20", "air780ep"] as const)
      it(`${what} (${model}): named, nothing kept, and right the next time`, async () => {
        const device = await boot("register-https", { modem: { model } });
        (device.cloud.api as AliyunApi).fail(faults);
        await device.waitFor(/-> waiting/, ONLINE_MS);
        assert.match(device.lines.join("\n"), error);
        assert.equal(kept(device), undefined);
        await works(device);
        assert.equal(device.board.restarts, 0);
        assertClean(device);
      });

  it("an unset clock where dates must be checked: the server is not trusted, and nothing is asked of it", async () => {
    const tls = { checkDate: "always" };
    const device = await boot("register-https", { product: { cloud: { authTls: tls } }, modem: { network: { nitz: false } } });
    await device.waitFor(/-> waiting/, ONLINE_MS);
    assert.match(device.lines.join("\n"), /error: (tls-failed|connect-failed): iot-auth\..*check: /);
    assert.equal(requests(device), 0);
  });

  it("a token that MQTT refuses is asked for anew", async () => {
    const device = await boot("https");
    await works(device);
    device.broker.refuse("not-authorized");
    await device.broker.kick();
    await device.waitFor(/error: (credentials-refused|client-id-refused|connect-failed): QMTCONN/, ONLINE_MS);
    device.broker.refuse(null);
    await works(device);
    assert.equal(requests(device), 2);
  });

  it("a token of seven days ago is not used", async () => {
    const device = await boot("https", { product: { app: { telemetryS: 86_400 }, cloud: { keepaliveS: 1200 } } });
    await works(device);
    await device.advance(7 * 24 * HOUR_MS);
    await device.broker.kick();
    await works(device);
    assert.equal(requests(device), 2);
  });

  it("flash that does not hold what was written: not used, and told", async () => {
    const device = await boot("register-https");
    const { storage } = device.board;
    const write = storage.write.bind(storage);
    storage.write = (name, bytes, ...rest) =>
      write(name, name == SECRET_FILE ? Buffer.from(bytes.toString("latin1").replace(/.("\])$/, "?$1"), "latin1") : bytes, ...rest);
    await device.waitFor(/-> waiting/, ONLINE_MS);
    assert.match(device.lines.join("\n"), /error: storage-failed: /);
    assert.equal(device.brokerEvents.filter((event) => event.ev == "activated").length, 0, "it was not used");
    storage.write = write;
    await works(device);
    assertClean(device);
  });

  it("a cloud that accepts and then sends nothing: told, and asked again after a while", async () => {
    const device = await boot("register-mqtt");
    device.wire.toBoard = (bytes) => (bytes.includes("/ext/register") ? Buffer.alloc(0) : bytes);
    await device.waitFor(/-> waiting/, ONLINE_MS);
    assert.match(device.lines.join("\n"), /error: (timeout: the cloud sent nothing|connection-lost: )/);
    assert.equal(kept(device), undefined);
    device.wire.toBoard = (bytes) => bytes;
    await works(device);
  });

  for (const auth of ["register-https", "register-mqtt"])
    it(`the board restarts at any command of it (${auth}): it gets online, with the newest secret`, async () => {
      for (let stop = 0; stop < 24; stop += 2) {
        const device = await boot(auth);
        await device.waitFor(/attaching -> authorizing/, ONLINE_MS);
        const from = device.events.filter((event) => event.ev == "command").length;
        const reached = (): boolean => device.events.filter((event) => event.ev == "command").length > from + stop;
        await device.clock.run(reached, 60_000);
        device.board.kill();
        device.board.boot();
        await device.waitFor(/ -> powering \(start\)/, 60_000);
        await works(device);
        assert.equal(device.brokerEvents.filter((event) => event.ev == "activated").length, 1, `command ${stop}`);
        assert.ok(registrations(device) <= 2, `command ${stop}`);
        await device.close();
      }
    });
});
