/** Aliyun with a device secret, on the built firmware: every module, every way to sign, the board's own digests and ours, both roots. */
import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { MODELS } from "../../host/modules/find.ts";
import { createRig, type Rig, type RigOptions } from "../../host/rig/rig.ts";

let rig: Rig | undefined;

afterEach(async () => {
  await rig?.close();
  rig = undefined;
});

async function boot(options: RigOptions): Promise<Rig> {
  rig = await createRig({ ...options, cloud: "aliyun" });
  rig.board.boot();
  return rig;
}

async function works(options: RigOptions): Promise<Rig> {
  const device = await boot(options);
  await device.waitFor(/-> online/, 180_000);
  await device.waitForMessage((message) => message.topic.endsWith("/user/up"), 60_000);
  await device.operator.publish(device.topic("down"), '{"set":1}');
  await device.waitForMessage((message) => message.payload.toString().includes('"reply":{"set":1}'), 60_000);
  return device;
}

for (const model of MODELS) {
  describe(`aliyun: ${model}`, () => {
    for (const signMethod of ["hmacmd5", "hmacsha1", "hmacsha256"]) {
      it(`signs with ${signMethod} by its own digest, over TLS under the platform's root`, async () => {
        const device = await works({ modem: { model }, hashes: [], product: { cloud: { signMethod } } });
        assert.ok(device.events.some((event) => event.ev == "tls" && event["authorized"] === true));
      });
    }

    it("signs with the board's digest and a time", async () => {
      await works({ modem: { model }, product: { cloud: { signMethod: "hmacsha1", timestamp: "1544257319" } } });
    });

    it("connects over plain TCP", async () => {
      const device = await works({ modem: { model }, product: { cloud: { tls: null } } });
      assert.ok(!device.events.some((event) => event.ev == "tls"));
    });

    it("is refused with a wrong secret, which is never told", async () => {
      const deviceSecret = "0123456789abcdef0123456789abcdef";
      const device = await boot({ modem: { model }, identity: { deviceName: "dev_861551056136351", deviceSecret } });
      assert.match(await device.waitFor(/^error: /, 180_000), /^error: credentials-refused: /);
      await device.waitFor(/next attempt in/, 10_000);
      assert.ok(device.brokerEvents.some((event) => event.ev == "refused" && event.code == 4));
      assert.ok(![...device.lines, ...device.events.map((event) => JSON.stringify(event))].some((line) => line.includes(deviceSecret)));
    });

    it("proves itself by the time service when the application is silent", async () => {
      const device = await works({ modem: { model }, product: { cloud: { keepaliveS: 30 }, app: { telemetryS: 3600 } } });
      await device.waitForMessage((message) => message.topic.startsWith("/ext/ntp/"), 120_000);
    });
  });
}
