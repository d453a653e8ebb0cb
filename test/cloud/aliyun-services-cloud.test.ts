/** An application with Aliyun's services on the built firmware, at an emulated module and the emulated platform, in virtual time. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { AliyunApi } from "../../host/clouds/aliyun/api.ts";
import { DEMO } from "../../host/clouds/aliyun/seeded.ts";
import { createRig, type Rig } from "../../host/rig/rig.ts";
import { bundleApp } from "./aliyun-services-support.ts";

const NAMES = { productKey: DEMO.productKey, deviceName: DEMO.deviceName };
const APP = `
import type { Application, Device } from "../api/device";
import { postEvent, postProperties } from "../cloud/aliyun/report";
import { request } from "../cloud/aliyun/request";
import { answerOf, onCall, onProperties, onService } from "../cloud/aliyun/serve";
import { keepTime } from "../cloud/aliyun/time";

export function app(device: Device): Application {
  let power = 1;

  function post(): void {
    postProperties(device, { power: power, label: "caf\\xc3\\xa9" }, (error) => device.log("post: " + error));
  }

  keepTime(device);
  onProperties(device, (properties) => {
    if (properties["power"] === 13) throw new Error("unlucky");
    power = properties["power"] as number;
    post();
  });
  onService(device, "Double", (params) => ({ x: 2 * (params["x"] as number), text: params["text"] }));
  onCall(device, (payload) => (payload[0] == "{" ? answerOf(device, payload, (params) => ({ sum: params["a"] })) : "echo " + payload));
  device.on("online", () => {
    post();
    postEvent(device, "Started", { reason: "boot" }, (error) => device.log("event: " + error));
    request(device, "thing.config.get", { configScope: "product", getType: "file" }, (error) => device.log("config: " + error));
    request(device, "thing.what", {}, (error) => device.log("what: " + error));
  });
  device.every(5, () => device.log("time: " + device.now()));
  return {};
}
`;

let source: string;

before(async () => {
  source = await bundleApp(APP);
});

for (const model of ["ec20", "air780ep"] as const) {
  describe(`an application on ${model}`, () => {
    let rig: Rig;
    let api: AliyunApi;

    before(async () => {
      rig = await createRig({ cloud: "aliyun", app: source, modem: { model } });
      api = rig.cloud.api as AliyunApi;
      rig.board.boot();
    });
    after(() => rig.close());

    /** Lets time pass until the device has answered. */
    async function answered<T>(call: Promise<T>): Promise<T> {
      let over = false;
      const end = (): void => void (over = true);
      call.then(end, end);
      await rig.clock.run(() => over, 60_000);
      return call;
    }

    it("posts properties and an event, and hears what becomes of its requests", async () => {
      await rig.waitFor(/-> online/, 180_000);
      await rig.waitFor(/app: post: null$/, 60_000);
      await rig.waitFor(/app: event: null$/, 60_000);
      await rig.waitFor(/app: config: 6713: /, 60_000);
      await rig.waitFor(/app: what: 6450: no such method$/, 60_000);
      assert.deepEqual(api.state(NAMES).properties, { power: 1, label: "caf\u00e9" });
    });

    it("knows the time, though the network did not tell it", async () => {
      const line = await rig.waitFor(/app: time: \d+$/, 60_000);
      const seconds = Number(/\d+$/.exec(line)?.[0]);
      assert.ok(rig.lines.some((one) => one.endsWith("app: time: null")));
      // The platform's clock is this PC's, and the device's time has gone on in virtual time since.
      assert.ok(Math.abs(seconds - Date.now() / 1000) < 300, line);
    });

    it("is set by the cloud, and refuses", async () => {
      assert.deepEqual(await answered(api.setProperties(NAMES, { power: 0 })), { code: 200, data: {} });
      await rig.waitFor(/app: post: null$/, 60_000);
      assert.equal(api.state(NAMES).properties["power"], 0);
      assert.equal((await answered(api.setProperties(NAMES, { power: 13 }))).code, 100000);
    });

    it("serves, and answers calls that wait", async () => {
      const reply = await answered(api.callService(NAMES, "Double", { x: 21, text: "\u4e2d" }));
      assert.deepEqual(reply, { code: 200, data: { x: 42, text: "\u4e2d" } });
      assert.deepEqual(await answered(api.callServiceSync(NAMES, "Add", { a: 5 })), { code: 200, data: { sum: 5 } });
      assert.equal((await answered(api.rrpc(NAMES, Buffer.from("hello")))).toString(), "echo hello");
    });
  });
}
