/** Updates over the air on the built firmware, in virtual time: from the cloud's push to the version that the new image reports. */
import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { DEMO } from "../../host/clouds/aliyun/seeded.ts";
import type { AliyunApi } from "../../host/clouds/aliyun/api.ts";
import { createRig, type Rig, type RigOptions } from "../../host/rig/rig.ts";
import { appSaying, OTA_KEY, packageOf } from "./package.ts";

let rig: Rig | undefined;

afterEach(async () => {
  await rig?.close();
  rig = undefined;
});

async function online(options: RigOptions = {}): Promise<Rig> {
  rig = await createRig({ cloud: "aliyun", app: appSaying("old"), ...options, identity: { otaKey: OTA_KEY, ...options.identity } });
  rig.board.boot();
  await rig.waitFor(/-> online/, 180_000);
  return rig;
}

const names = { productKey: DEMO.productKey, deviceName: DEMO.deviceName };

function status(device: Rig, job: number): string {
  return (device.cloud.api as AliyunApi).job(job).status;
}

describe("update", () => {
  it("is pushed, downloaded in blocks, tried, confirmed and reported", async () => {
    const device = await online();
    await device.waitForMessage((message) => message.topic.startsWith("/ota/device/inform/"), 60_000);
    const content = packageOf({ files: { app: appSaying("new") + " ".repeat(3000) } });
    const job = (device.cloud.api as AliyunApi).update(names, { version: "1.0.1", content, transport: "mqtt" });
    try {
      await device.waitFor(/app: new/, 300_000);
      await device.waitFor(/update: confirmed/, 300_000);
      await device.waitForMessage((message) => message.payload.includes('"1.0.1"'), 60_000);
    } catch (e) {
      console.log(
        device.lines,
        device.received.map((m) => m.topic + " " + m.payload.toString("latin1").slice(0, 100)),
      );
      throw e;
    }
    assert.equal(status(device, job.id), "succeeded");
    assert.equal(device.board.restarts, 1);
  });
});
