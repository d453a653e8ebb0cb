/** An update by each module and each way: in blocks over MQTT, in ranges over HTTPS beside the session, while messages of the application come and go. */
import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import type { AliyunApi } from "../../host/clouds/aliyun/api.ts";
import { DEMO } from "../../host/clouds/aliyun/seeded.ts";
import { MODELS } from "../../host/modules/modem.ts";
import { createBench, type Bench } from "../../host/rig/rig.ts";
import { appSaying, OTA_KEY, packageOf } from "./package.ts";

const SIZE = 6000;
let bench: Bench | undefined;

afterEach(async () => {
  await bench?.close();
  bench = undefined;
});

async function online(model: (typeof MODELS)[number]): Promise<Bench> {
  bench = await createBench({
    cloud: "aliyun",
    modem: { model },
    ...(model == "ec20" && { product: { cloud: { otaTls: {} } } }),
    identity: { otaKey: OTA_KEY },
  });
  bench.board.boot();
  await bench.waitFor(/-> online/, 180_000);
  await bench.waitForMessage((message) => message.payload.includes("firmware.get"), 60_000);
  return bench;
}

for (const model of MODELS)
  describe(`an update: ${model}`, () => {
    // Luat modules take addresses of at most 500 bytes (HTTPPARA), which Aliyun's are longer than.
    for (const transport of model == "ec20" ? (["mqtt", "https"] as const) : (["mqtt"] as const))
      it(`over ${transport}, with the application at work`, async () => {
        const device = await online(model);
        const content = packageOf({ files: { app: appSaying("new") + " ".repeat(SIZE) }, manifest: { model } });
        const job = (device.api as AliyunApi).update(DEMO, { version: "1.0.1", content, transport });
        await device.waitFor(/^update: \d+ %/, 300_000);
        const from = device.received.length;
        await device.operator.publish(device.topic("down"), '{"set":1}');
        await device.waitForMessage((message) => message.payload.toString().includes('"reply":{"set":1}'), 120_000, from);
        await device.waitFor(/app: new/, 900_000);
        await device.waitForMessage((message) => message.payload.includes('"1.0.1"'), 300_000);
        assert.equal((device.api as AliyunApi).job(job.id).status, "succeeded");
      });

    it("goes on after a lost connection and a restart of the module", async () => {
      const device = await online(model);
      const content = packageOf({ files: { app: appSaying("new") + " ".repeat(SIZE) }, manifest: { model } });
      const job = (device.api as AliyunApi).update(DEMO, { version: "1.0.1", content, transport: "mqtt" });
      await device.waitFor(/^update: \d+ %/, 300_000);
      await device.broker.kick();
      await device.waitFor(/-> online/, 300_000);
      device.modem.control({ fault: "reboot" });
      await device.waitFor(/app: new/, 900_000);
      await device.waitForMessage((message) => message.payload.includes('"1.0.1"'), 300_000);
      assert.equal((device.api as AliyunApi).job(job.id).status, "succeeded");
      const blocks = device.received
        .filter((message) => message.topic.endsWith("/file/download"))
        .map((message) => message.payload.toString());
      const firsts = blocks.filter((text) => text.includes('"offset":0}'));
      assert.ok(firsts.length <= 2, "not from its start again");
    });
  });

for (const link of ["wifi", ["wifi", "cellular"]] as const)
  it(`an update over ${String(link)}`, async () => {
    bench = await createBench({
      cloud: "aliyun",
      link: typeof link == "string" ? link : [...link],
      identity: { otaKey: OTA_KEY, deviceName: DEMO.deviceName },
    });
    bench.board.boot();
    await bench.waitFor(/-> online/, 180_000);
    await bench.waitForMessage((message) => message.payload.includes("firmware.get"), 60_000);
    const content = packageOf({ files: { app: appSaying("new") + " ".repeat(SIZE) }, manifest: { link: [link].flat().join("-") } });
    const job = (bench.api as AliyunApi).update(DEMO, { version: "1.0.1", content, transport: "mqtt" });
    await bench.waitFor(/app: new/, 900_000);
    await bench.waitForMessage((message) => message.payload.includes('"1.0.1"'), 300_000);
    assert.equal((bench.api as AliyunApi).job(job.id).status, "succeeded");
  });
