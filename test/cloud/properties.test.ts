/** Properties by the same two functions on every cloud. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { AliyunApi } from "../../host/clouds/aliyun/api.ts";
import { DEMO as ALIYUN } from "../../host/clouds/aliyun/seeded.ts";
import type { OnenetApi } from "../../host/clouds/onenet/api.ts";
import { DEMO as ONENET } from "../../host/clouds/onenet/start.ts";
import type { TuyaApi } from "../../host/clouds/tuya/api.ts";
import { DEMO as TUYA } from "../../host/clouds/tuya/start.ts";
import { createRig, type Rig, type RigOptions } from "../../host/rig/rig.ts";
import type { Device, Done } from "../../src/api/device.ts";
import type { OnReply } from "../../src/cloud/replies.ts";
import { boot, bundleApp, QUEUE_FULL, type FakeDevice } from "./aliyun-services-support.ts";

interface Things {
  postProperties(device: Device, properties: Record<string, unknown>, onReply?: OnReply): void;
  onProperties(device: Device, handler: (properties: Record<string, unknown>) => void): void;
}

/** A cloud's words for it. */
interface Words {
  cloud: "aliyun" | "onenet" | "tuya";
  post: string;
  reply: string;
  set: string;
  answer: string;
  /** Members of what is posted besides its id. */
  posted(value: Record<string, unknown>): unknown;
  /** A reply of the cloud, and a call of it. */
  told(id: unknown, code: number): object;
  call(id: string, properties: object): object;
  id: "id" | "msgId";
  done: number;
  failed: number;
}

const NOW = 1_700_000_000;
const CLOUDS: Words[] = [
  {
    ...{ cloud: "tuya", id: "msgId", done: 0, failed: 1 },
    post: "tylink/~/thing/property/report",
    reply: "tylink/~/thing/property/report_response",
    set: "tylink/~/thing/property/set",
    answer: "tylink/~/thing/property/set_response",
    posted: ({ data, time }) => [data, time],
    told: (msgId, code) => ({ msgId, time: 1, code, data: { x: 1 } }),
    call: (msgId, data) => ({ msgId, time: 1, data }),
  },
  {
    ...{ cloud: "onenet", id: "id", done: 200, failed: 400 },
    post: "$sys/~/thing/property/post",
    reply: "$sys/~/thing/property/post/reply",
    set: "$sys/~/thing/property/set",
    answer: "$sys/~/thing/property/set_reply",
    posted: ({ params, version }) => [params, version],
    told: (id, code) => ({ id, code, msg: "as it is", data: { x: 1 } }),
    call: (id, params) => ({ id, version: "1.0", params }),
  },
];

const LIBRARY = `export * from "#things";\nexport function app(): object {\n  return {};\n}\n`;

for (const words of CLOUDS)
  describe(`properties on ${words.cloud}`, () => {
    let code: string;
    let device: FakeDevice;
    let things: Things;
    let replies: [string | null, unknown][];

    before(async () => {
      code = await bundleApp(LIBRARY, words.cloud);
    });

    function start(): void {
      const booted = boot<Things>(code);
      device = booted.device;
      things = booted.alink;
      replies = [];
    }

    function post(properties: Record<string, unknown> = { a: 1 }): { id: unknown; value: Record<string, unknown>; done: Done | undefined } {
      things.postProperties(device, properties, (error, data) => void replies.push([error, data]));
      const { done } = device.published.at(-1) as { done: Done | undefined };
      const { topic, qos, value } = device.take();
      assert.deepEqual([topic, qos], [words.post, 1]);
      return { id: value[words.id], value, done };
    }

    it("are posted as the cloud wants them", () => {
      start();
      device.time = NOW;
      const { value } = post({ temp: 25.5, label: "caf\xc3\xa9" });
      const item = (one: unknown): unknown => (words.cloud == "tuya" ? { value: one, time: NOW } : { value: one });
      assert.deepEqual(words.posted(value), [{ temp: item(25.5), label: item("caf\xc3\xa9") }, words.cloud == "tuya" ? NOW : "1.0"]);
      assert.deepEqual(device.subscribed, [`${words.reply} 1`]);
    });

    it("are replied to, each by its id, in any order", () => {
      start();
      const [first, second] = [post(), post()];
      assert.notEqual(first.id, second.id);
      device.receive(words.reply, words.told(second.id, words.done));
      device.receive(words.reply, words.told("another's", words.done));
      assert.deepEqual(replies[0], [null, { x: 1 }]);
      assert.equal(replies.length, 1);
      device.receive(words.reply, words.told(first.id, words.failed));
      assert.match(String(replies[1]?.[0]), new RegExp(`^code ${words.failed}`));
      device.receive(words.reply, words.told(first.id, words.done));
      assert.equal(replies.length, 2, "once");
      assert.equal(device.subscribed.length, 1);
      assert.equal(device.clock.pending, 0);
    });

    it("without a reply are a timeout, after ten seconds", () => {
      start();
      const { id } = post();
      device.clock.advanceSync(9900);
      assert.equal(replies.length, 0);
      device.clock.advanceSync(200);
      assert.deepEqual(
        replies.map(([error]) => error),
        ["timeout"],
      );
      device.receive(words.reply, words.told(id, words.done));
      assert.equal(replies.length, 1);
    });

    it("that cannot be sent say why", () => {
      start();
      post().done?.(QUEUE_FULL);
      assert.deepEqual(
        replies.map(([error]) => error),
        ["queue-full: 8 messages wait"],
      );
      assert.equal(device.clock.pending, 0);
    });

    it("that nobody asks after want no reply", () => {
      start();
      things.postProperties(device, { a: 1 });
      const { topic, qos, value } = device.take();
      assert.deepEqual([topic, qos, device.subscribed, device.clock.pending], [words.post, 1, [], 0]);
      if (words.cloud == "tuya") assert.deepEqual(value["sys"], { ack: 0 });
    });

    it("are not settled by what is no reply", () => {
      start();
      post();
      for (const nonsense of ["", "null", "[]", "7", "{", '{"code":200}', '{"code":0}']) device.receive(words.reply, nonsense);
      assert.deepEqual(replies, []);
    });

    it("that are set are handed over and answered", () => {
      start();
      const heard: unknown[] = [];
      things.onProperties(device, (properties) => heard.push(properties));
      assert.deepEqual(device.subscribed, [`${words.set} 1`]);
      device.receive(words.set, words.call("45", { power: 0, label: "x" }));
      assert.deepEqual(heard, [{ power: 0, label: "x" }]);
      const { topic, qos, value } = device.take();
      assert.deepEqual([topic, qos, value[words.id], value["code"]], [words.answer, 1, "45", words.done]);
    });

    it("that a handler refuses are answered with a code", () => {
      start();
      things.onProperties(device, () => {
        throw new Error("unlucky");
      });
      device.receive(words.set, words.call("46", { power: 13 }));
      const { value } = device.take();
      assert.deepEqual([value[words.id], value["code"]], ["46", words.failed]);
      assert.match(device.logged.join(), /property\/set: .*unlucky/);
    });

    it("that are no properties are handed to nobody, and not answered", () => {
      start();
      things.onProperties(device, () => assert.fail("called"));
      for (const nonsense of ["", "null", "7", "{", "[]", "{}", '{"data":{"a":1},"params":{"a":1}}']) device.receive(words.set, nonsense);
      assert.deepEqual(device.published, []);
    });
  });

/** The same source everywhere. */
const APP = `
import type { Application, Device } from "../api/device";
import { onProperties, postProperties } from "#things";

export function app(device: Device): Application {
  let power = 1;

  function post(): void {
    postProperties(device, { power: power, label: "caf\\xc3\\xa9" }, (error) => device.log("post: " + error));
  }

  onProperties(device, (properties) => {
    if (properties["power"] === 13) throw new Error("unlucky");
    power = properties["power"] as number;
    post();
  });
  device.on("online", post);
  return {};
}
`;

interface Owner {
  cloud: NonNullable<RigOptions["cloud"]>;
  properties(rig: Rig): unknown;
  set(rig: Rig, properties: Record<string, unknown>): Promise<{ code: number }>;
  done: number;
  failed: number;
}

const ALIYUN_NAMES = { productKey: ALIYUN.productKey, deviceName: ALIYUN.deviceName };
const ONENET_NAMES = { productId: ONENET.productId, deviceName: ONENET.deviceName };
const OWNERS: Owner[] = [
  {
    ...{ cloud: "aliyun", done: 200, failed: 100000 },
    properties: ({ cloud }) => (cloud.api as AliyunApi).state(ALIYUN_NAMES).properties,
    set: ({ cloud }, properties) => (cloud.api as AliyunApi).setProperties(ALIYUN_NAMES, properties),
  },
  {
    ...{ cloud: "tuya", done: 0, failed: 1 },
    properties: ({ cloud }) => (cloud.api as TuyaApi).properties(TUYA.deviceId),
    set: ({ cloud }, properties) => (cloud.api as TuyaApi).setProperties(TUYA.deviceId, properties),
  },
  {
    ...{ cloud: "onenet", done: 200, failed: 400 },
    properties: ({ cloud }) => (cloud.api as OnenetApi).properties(ONENET_NAMES),
    set: ({ cloud }, properties) => (cloud.api as OnenetApi).setProperties(ONENET_NAMES, properties),
  },
];

const LINKS: [string, RigOptions][] = [
  ["an EC20", { modem: { model: "ec20" } }],
  ["an Air780EP", { modem: { model: "air780ep" } }],
  ["Wi-Fi", { link: "wifi" }],
];

for (const owner of OWNERS)
  describe(`one application on ${owner.cloud}`, () => {
    let source: string;

    before(async () => {
      source = await bundleApp(APP, owner.cloud);
    });

    for (const [what, options] of LINKS)
      describe(`over ${what}`, () => {
        let rig: Rig;

        before(async () => {
          rig = await createRig({ ...options, cloud: owner.cloud, app: source });
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

        it("posts its properties", async () => {
          await rig.waitFor(/app: post: null$/, 180_000);
          assert.deepEqual(owner.properties(rig), { power: 1, label: "caf\u00e9" });
        });

        it("is set, and posts what it is then", async () => {
          assert.equal((await answered(owner.set(rig, { power: 0 }))).code, owner.done);
          await rig.waitFor(/app: post: null$/, 60_000);
          assert.deepEqual(owner.properties(rig), { power: 0, label: "caf\u00e9" });
        });

        it("refuses what it cannot be", async () => {
          assert.equal((await answered(owner.set(rig, { power: 13 }))).code, owner.failed);
          await rig.waitFor(/app: .*unlucky/, 1000);
          assert.deepEqual(owner.properties(rig), { power: 0, label: "caf\u00e9" });
        });

        it("does so again after a loss", async () => {
          await rig.broker.kick();
          await rig.waitFor(/app: post: null$/, 180_000);
          assert.equal((await answered(owner.set(rig, { power: 2 }))).code, owner.done);
          assert.equal(rig.lines.filter((line) => /Uncaught/.test(line)).length, 0);
        });
      });
  });
