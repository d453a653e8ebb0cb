/**
 * An update by each module and each way: in blocks over MQTT, in ranges over HTTPS beside the session, while messages of
 * the application come and go.
 */
import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import type { AliyunApi } from "../../host/clouds/aliyun/api.ts";
import { DEMO } from "../../host/clouds/aliyun/seeded.ts";
import { MODELS, moduleNamed } from "../../host/modules/find.ts";
import { createRig, type Rig } from "../../host/rig/rig.ts";
import { appSaying, OTA_KEY, packageOf } from "./package.ts";

const SIZE = 6000;
/** Luat modules take addresses of at most 500 bytes (HTTPPARA), which Aliyun's (of 501, at least) are longer than. */
const BY_HTTPS = MODELS.filter((model) => moduleNamed(model).limits.addressBytes > 500);
let rig: Rig | undefined;

afterEach(async () => {
  await rig?.close();
  rig = undefined;
});

async function online(model: (typeof MODELS)[number]): Promise<Rig> {
  rig = await createRig({
    cloud: "aliyun",
    modem: { model },
    ...(BY_HTTPS.includes(model) && { product: { cloud: { otaTls: {} } } }),
    identity: { otaKey: OTA_KEY },
  });
  rig.board.boot();
  await rig.waitFor(/-> online/, 180_000);
  await rig.waitForMessage((message) => message.payload.includes("firmware.get"), 60_000);
  return rig;
}

for (const model of MODELS)
  describe(`an update: ${model}`, () => {
    for (const transport of BY_HTTPS.includes(model) ? (["mqtt", "https"] as const) : (["mqtt"] as const))
      it(`over ${transport}, with the application at work`, async () => {
        const device = await online(model);
        const content = packageOf({ files: { app: appSaying("new") + " ".repeat(SIZE) }, manifest: { model } });
        const job = (device.cloud.api as AliyunApi).update(DEMO, { version: "1.0.1", content, transport });
        await device.waitFor(/^update: \d+ %/, 300_000);
        const from = device.received.length;
        await device.operator.publish(device.topic("down"), '{"set":1}');
        await device.waitForMessage((message) => message.payload.toString().includes('"reply":{"set":1}'), 120_000, from);
        await device.waitFor(/app: new/, 900_000);
        await device.waitForMessage((message) => message.payload.includes('"1.0.1"'), 300_000);
        assert.equal((device.cloud.api as AliyunApi).job(job.id).status, "succeeded");
      });

    it("goes on after a lost connection and a restart of the module", async () => {
      const device = await online(model);
      const content = packageOf({ files: { app: appSaying("new") + " ".repeat(SIZE) }, manifest: { model } });
      const job = (device.cloud.api as AliyunApi).update(DEMO, { version: "1.0.1", content, transport: "mqtt" });
      await device.waitFor(/^update: \d+ %/, 300_000);
      await device.broker.kick();
      await device.waitFor(/-> online/, 300_000);
      device.modem.control({ fault: "reboot" });
      await device.waitFor(/app: new/, 900_000);
      await device.waitForMessage((message) => message.payload.includes('"1.0.1"'), 300_000);
      assert.equal((device.cloud.api as AliyunApi).job(job.id).status, "succeeded");
      const blocks = device.received
        .filter((message) => message.topic.endsWith("/file/download"))
        .map((message) => message.payload.toString());
      const firsts = blocks.filter((text) => text.includes('"offset":0}'));
      assert.ok(firsts.length <= 2, "not from its start again");
    });
  });

for (const link of ["wifi", ["wifi", "cellular"]] as const)
  it(`an update over ${String(link)}`, async () => {
    rig = await createRig({
      cloud: "aliyun",
      link: typeof link == "string" ? link : [...link],
      identity: { otaKey: OTA_KEY, deviceName: DEMO.deviceName },
    });
    rig.board.boot();
    await rig.waitFor(/-> online/, 180_000);
    await rig.waitForMessage((message) => message.payload.includes("firmware.get"), 60_000);
    const content = packageOf({ files: { app: appSaying("new") + " ".repeat(SIZE) }, manifest: { link: [link].flat().join("-") } });
    const job = (rig.cloud.api as AliyunApi).update(DEMO, { version: "1.0.1", content, transport: "mqtt" });
    await rig.waitFor(/app: new/, 900_000);
    await rig.waitForMessage((message) => message.payload.includes('"1.0.1"'), 300_000);
    assert.equal((rig.cloud.api as AliyunApi).job(job.id).status, "succeeded");
  });
