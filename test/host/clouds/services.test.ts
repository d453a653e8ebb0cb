/** What the emulated Aliyun answers to a device's messages. */
import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { setConfig } from "../../../host/clouds/aliyun/configuration.ts";
import { answersTo } from "../../../host/clouds/aliyun/services/index.ts";
import type { World } from "../../../host/clouds/aliyun/world.ts";
import type { CloudEvent } from "../../../host/clouds/shared/events.ts";
import { download } from "./aliyun-data.ts";
import { closeAll, ME, NAMES, PK, START_MS, testWorld } from "./support.ts";

afterEach(closeAll);

type TestWorld = Awaited<ReturnType<typeof testWorld>>;

interface Answer {
  topic: string;
  value: Record<string, unknown> & { code?: number; data?: Record<string, unknown>; id?: string };
}

/** Answers have QoS 0, and there is at most one. */
function ask(world: World, topic: string, payload: unknown): Answer | null {
  const text = typeof payload == "string" ? payload : JSON.stringify(payload);
  const answers = answersTo({ topic, payload: Buffer.from(text), qos: 1 }, NAMES, world);
  assert.ok(answers.length <= 1 && answers.every(({ qos }) => qos == 0));
  const [answer] = answers;
  return answer ? { topic: answer.topic, value: JSON.parse(answer.payload.toString()) as Answer["value"] } : null;
}

/** On `/sys/{me}/{path}` with an id of its own. */
function call(world: World, path: string, params: unknown): Answer["value"] {
  const answer = ask(world, `/sys/${ME}/${path}`, { id: "7", version: "1.0", params }) ?? assert.fail("no answer");
  assert.equal(answer.topic, `/sys/${ME}/${path}_reply`);
  assert.deepEqual([answer.value.id, answer.value["method"], answer.value["version"]], ["7", path.replaceAll("/", "."), "1.0"]);
  return answer.value;
}

function told<E extends CloudEvent["ev"]>({ events }: TestWorld, ev: E): Extract<CloudEvent, { ev: E }>[] {
  return events.filter((event): event is Extract<CloudEvent, { ev: E }> => event.ev == ev);
}

describe("the time", () => {
  it("is told as texts in milliseconds", async () => {
    const world = await testWorld();
    world.clock.advanceSync(110);
    for (const sent of ['"1571724098000"', "1571724098000"]) {
      assert.deepEqual(ask(world, `/ext/ntp/${ME}/request`, `{"deviceSendTime":${sent}}`), {
        topic: `/ext/ntp/${ME}/response`,
        value: { deviceSendTime: "1571724098000", serverRecvTime: String(START_MS + 110), serverSendTime: String(START_MS + 110) },
      });
    }
    assert.equal(ask(world, `/ext/ntp/${ME}/request`, "what time is it"), null);
    assert.equal(ask(world, `/ext/ntp/${PK}/other/request`, '{"deviceSendTime":"1"}'), null);
  });
});

describe("an envelope", () => {
  it("is answered with the method as the topic has it", async () => {
    const world = await testWorld();
    assert.deepEqual(call(world, "thing/event/property/post", { Temperature: 25.1 }), {
      ...{ code: 200, data: {}, id: "7", message: "success", method: "thing.event.property.post", version: "1.0" },
    });
  });

  it("is not answered where the device asks for that", async () => {
    const world = await testWorld();
    const topic = `/sys/${ME}/thing/event/property/post`;
    assert.equal(ask(world, topic, { id: "7", params: {}, sys: { ack: 0 } }), null);
    assert.equal(ask(world, topic, { id: "7", params: {}, sys: { ack: 1 } })?.value.code, 200);
    assert.equal(ask(world, topic, { id: "7", params: 5, sys: { ack: 0 } }), null);
  });

  it("that is not one has code 400, with the id if it can be read", async () => {
    const world = await testWorld();
    const topic = `/sys/${ME}/thing/event/property/post`;
    for (const [payload, id] of [
      ["not JSON", ""],
      ["[1]", ""],
      ['{"id":"12","params":{', "12"],
      ['{"id": 13,"params":{', "13"],
    ] as const)
      assert.deepEqual([ask(world, topic, payload)?.value.code, ask(world, topic, payload)?.value.id], [400, id], payload);
    assert.equal(told(world, "rejected")[0]?.code, 400);
  });

  it("has an id: a number, as the Link SDK for C sends it, or text, as alibabacloud-iot-device-sdk makes it", async () => {
    const world = await testWorld();
    const answer = (id: unknown): Answer["value"] | undefined =>
      ask(world, `/sys/${ME}/thing/event/property/post`, { id, params: {} })?.value;
    for (const good of ["0", "4294967295", 7, "1|1524448722000"])
      assert.deepEqual([answer(good)?.code, answer(good)?.id], [200, String(good)]);
    for (const bad of ["", undefined, null, {}]) assert.equal(answer(bad)?.code, 460, String(bad));
  });

  it("of an unknown method has code 6450", async () => {
    const world = await testWorld();
    for (const path of ["thing/what", "constructor", "thing/event/a/b/post"]) assert.equal(call(world, path, {}).code, 6450);
  });

  it("on other topics means nothing", async () => {
    const world = await testWorld();
    for (const topic of [`/${ME}/user/update`, `/sys/${PK}/other/thing/event/property/post`])
      assert.equal(ask(world, topic, { id: "1" }), null);
    assert.equal(ask(world, `/sys/${ME}/thing/model/up_raw`, "\0binary"), null);
  });

  it("that answers what nobody asked is told", async () => {
    const world = await testWorld();
    for (const topic of [`/sys/${ME}/thing/service/property/set_reply`, `/sys/${ME}/rrpc/response/1`, `/ext/rrpc/1/${ME}/user/x`])
      assert.equal(ask(world, topic, { id: "1" }), null);
    assert.equal(told(world, "rejected").length, 3);
  });
});

describe("reports", () => {
  it("of properties are remembered, with and without a time", async () => {
    const world = await testWorld();
    call(world, "thing/event/property/post", { Temperature: 25.1, Power: { value: 1, time: 1_524_448_722_000 } });
    call(world, "thing/event/property/post", { Temperature: 26 });
    const values = world.records.all(NAMES, "property").map(({ name, value }) => [name, value]);
    assert.deepEqual(values, [
      ["Power", 1],
      ["Temperature", 26],
    ]);
  });

  it("of many values remember the last", async () => {
    const world = await testWorld();
    const params = {
      properties: {
        T: [
          { value: 1, time: 1 },
          { value: 2, time: 2 },
        ],
      },
      events: { Error: [{ value: {}, time: 1 }] },
    };
    assert.equal(call(world, "thing/event/property/batch/post", params).code, 200);
    assert.equal(world.records.get(NAMES, "property", "T")?.value, 2);
    assert.equal(call(world, "thing/event/property/history/post", [{}]).code, 200);
    assert.equal(call(world, "thing/event/property/pack/post", { properties: {} }).code, 200);
  });

  it("of events are taken", async () => {
    assert.equal(call(await testWorld(), "thing/event/Error/post", { value: { Code: 7 }, time: 1_524_448_722_000 }).code, 200);
  });

  it("with params of the wrong type have code 460, with more than 200 properties 6106", async () => {
    const world = await testWorld();
    for (const [path, wrong] of [
      ["property/post", [1]],
      ["property/post", undefined],
      ["property/post", 5],
      ["Error/post", "x"],
      ["property/batch/post", { properties: [] }],
      ["property/batch/post", 1],
      ["property/history/post", {}],
      ["property/pack/post", []],
    ] as const)
      assert.equal(call(world, `thing/event/${path}`, wrong).code, 460, path);
    const many = (count: number): object => Object.fromEntries(Array.from({ length: count }, (_, i) => [`p${i}`, i]));
    assert.equal(call(world, "thing/event/property/post", many(200)).code, 200);
    assert.equal(call(world, "thing/event/property/post", many(201)).code, 6106);
    assert.equal(call(world, "thing/event/property/batch/post", { properties: many(201) }).code, 6106);
  });
});

describe("wishes", () => {
  it("are told by name, with versions, and deleted with the version that was seen", async () => {
    const world = await testWorld();
    world.records.setAll(NAMES, "desired", { power: 1, mode: "eco" });
    world.records.setAll(NAMES, "desired", { power: 0 });
    assert.deepEqual(call(world, "thing/property/desired/get", ["power", "unknown"]).data, { power: { value: 0, version: 2 } });
    assert.equal(call(world, "thing/property/desired/delete", { power: { version: 1 }, mode: {} }).code, 200);
    assert.deepEqual(call(world, "thing/property/desired/get", ["power", "mode"]).data, { power: { value: 0, version: 2 } });
    assert.equal(call(world, "thing/property/desired/get", {}).code, 460);
    assert.equal(call(world, "thing/property/desired/delete", []).code, 460);
  });
});

describe("tags", () => {
  it("are set and deleted, 100 at most", async () => {
    const world = await testWorld();
    const tags = (from: number, count: number): object[] =>
      Array.from({ length: count }, (_, i) => ({ attrKey: `k${from + i}`, attrValue: "v" }));
    assert.equal(call(world, "thing/deviceinfo/update", tags(0, 100)).code, 200);
    assert.equal(call(world, "thing/deviceinfo/update", tags(100, 1)).code, 460);
    assert.equal(call(world, "thing/deviceinfo/update", [{ attrKey: "k0", attrValue: "w" }]).code, 200);
    assert.equal(call(world, "thing/deviceinfo/delete", [{ attrKey: "k1" }]).code, 200);
    assert.deepEqual([world.records.get(NAMES, "tag", "k0")?.value, world.records.get(NAMES, "tag", "k1")], ["w", undefined]);
    for (const wrong of [{}, [{ attrKey: 1 }], [{ attrKey: "a" }]]) assert.equal(call(world, "thing/deviceinfo/update", wrong).code, 460);
    assert.equal(call(world, "thing/deviceinfo/delete", [{}]).code, 460);
  });
});

describe("remote configuration", () => {
  it("is a file whose size and digest are told", async () => {
    const world = await testWorld();
    const get = (params: object = { configScope: "product", getType: "file" }): Answer["value"] => call(world, "thing/config/get", params);
    assert.equal(get().code, 6713);
    setConfig(PK, null, world);
    assert.equal(get().code, 6710);
    setConfig(PK, { interval: 60 }, world);
    const { url, configId, ...rest } = get().data ?? {};
    assert.deepEqual(rest, {
      configSize: 15,
      sign: "a4759353bbd2718d28a565d27e6db5d40c7013e23182c42115e87da29f904560",
      signMethod: "Sha256",
      getType: "file",
    });
    assert.match(String(url), /^https:\/\/files\.test\/ota\/\d+\.bin\?/);
    assert.ok(configId);
    assert.equal(get({ configScope: "device", getType: "file" }).code, 460);
    assert.throws(() => setConfig(PK, "x".repeat(65_536), world), /at most 65536 bytes, this one 65538/);
    assert.throws(() => setConfig("other", {}, world), /no product "other"/);
  });
});

describe("logs", () => {
  const LINE = { utcTime: "2020-03-06T15:15:27.000+0800", logLevel: "INFO", module: "ota", code: "", traceContext: "123", logContent: "x" };

  it("are uploaded, and told", async () => {
    const world = await testWorld();
    assert.equal(call(world, "thing/log/post", [LINE]).code, 200);
    assert.deepEqual(told(world, "log"), [{ ev: "log", device: ME, lines: [LINE] }]);
    for (const wrong of [{}, [{ ...LINE, logLevel: "LOUD" }], [1]]) assert.equal(call(world, "thing/log/post", wrong).code, 460);
  });

  it("are switched on by the cloud", async () => {
    const world = await testWorld();
    const get = (): unknown => call(world, "thing/config/log/get", { configScope: "device", getType: "content" }).data;
    assert.deepEqual(get(), { getType: "content", content: { mode: 0 } });
    world.registry.setLogMode(NAMES, 1);
    assert.deepEqual(get(), { getType: "content", content: { mode: 1 } });
    assert.equal(call(world, "thing/config/log/get", {}).code, 460);
  });
});

describe("updates", () => {
  const CONTENT = Buffer.from(download.dataUtf8);
  const inform = (world: World, params: object): Answer | null => ask(world, `/ota/device/inform/${ME}`, { id: 1, params });
  const progress = (world: World, params: object): Answer | null => ask(world, `/ota/device/progress/${ME}`, { id: "1", params });

  it("are told to a device that asks, in the order seen on the wire", async () => {
    const world = await testWorld();
    const get = (params: object = {}): Answer["value"] => call(world, "thing/ota/firmware/get", params);
    assert.deepEqual(get().data, {});
    world.jobs.add(NAMES, { version: "2", content: CONTENT, transport: "mqtt", signMethod: "Md5" });
    const { data = {} } = get();
    assert.deepEqual(Object.keys(data), ["size", "streamId", "sign", "dProtocol", "version", "signMethod", "streamFileId", "md5"]);
    assert.equal(data["sign"], "17a78668cb2b06e4f47064a212087811");
    assert.deepEqual(get({ module: "MCU" }).data, {});
    world.jobs.add(NAMES, { version: "3", content: CONTENT, module: "MCU", isDiff: true, extData: { key: "v" } });
    const other = get({ module: "MCU" }).data ?? {};
    assert.deepEqual(
      [other["size"], other["version"], other["module"], other["isDiff"], other["extData"], other["signMethod"], other["sign"]],
      [28, "3", "MCU", 1, { key: "v" }, "SHA256", "50cb5df224945c25ec9e50583dcfb59f3975dea9178f277634aa0195685a6cdf"],
    );
    assert.equal(get({ module: 1 }).code, 460);
  });

  it("are told to one that asks the older way, like a push", async () => {
    const world = await testWorld();
    world.jobs.add(NAMES, { version: "2", content: CONTENT });
    const answer = ask(world, `/ota/device/request/${ME}`, { id: "5", params: {} });
    assert.equal(answer?.topic, `/ota/device/upgrade/${ME}`);
    assert.deepEqual([answer?.value["code"], answer?.value.id, answer?.value.data?.["version"]], ["1000", "5", "2"]);
    assert.equal(ask(world, `/ota/device/request/${ME}`, { id: "5", params: { module: 1 } }), null);
  });

  it("are pushed once the device has said which version it has, and again when it comes back", async () => {
    const world = await testWorld();
    world.jobs.add(NAMES, { version: "2", content: CONTENT });
    assert.deepEqual(world.jobs.pushes(NAMES), []);
    assert.equal(inform(world, { version: "1" }), null);
    assert.equal(world.records.get(NAMES, "version", "default")?.value, "1");
    const [push] = world.jobs.pushes(NAMES);
    assert.deepEqual([push?.topic, push?.qos], [`/ota/device/upgrade/${ME}`, 1]);
    assert.deepEqual(Object.keys(JSON.parse(push?.payload.toString() ?? "") as object), ["code", "data", "id", "message"]);
    assert.equal(world.jobs.pushes(NAMES).length, 1);
    inform(world, { version: "2" });
    assert.deepEqual(world.jobs.pushes(NAMES), []);
  });

  it("go from queued to upgrading to an end, each told", async () => {
    const world = await testWorld();
    const { id } = world.jobs.add(NAMES, { version: "2", content: CONTENT });
    inform(world, { version: "1" });
    progress(world, { step: "50", desc: "half" });
    progress(world, { step: "-2", desc: "" });
    progress(world, { step: "60", desc: "" });
    assert.equal(world.jobs.job(id)?.status, "failed", "it stays so");
    assert.deepEqual(
      told(world, "job").map(({ status, step }) => [status, step]),
      [
        ["pushed", ""],
        ["upgrading", "50"],
        ["failed", "-2"],
      ],
    );
  });

  it("of one module cancel an older one, and leave other modules alone", async () => {
    const world = await testWorld();
    const [first, mcu, second] = [
      world.jobs.add(NAMES, { version: "2", content: CONTENT }),
      world.jobs.add(NAMES, { version: "2", content: CONTENT, module: "MCU" }),
      world.jobs.add(NAMES, { version: "3", content: CONTENT }),
    ];
    assert.deepEqual(
      [first, mcu, second].map(({ id }) => world.jobs.job(id)?.status),
      ["cancelled", "queued", "queued"],
    );
    inform(world, { version: "2", module: "MCU" });
    assert.deepEqual(
      [first, mcu, second].map(({ id }) => world.jobs.job(id)?.status),
      ["cancelled", "succeeded", "queued"],
    );
  });

  it("are not reported with anything but text", async () => {
    const world = await testWorld();
    for (const params of [{}, { version: 1 }, { version: "" }, { version: "1", module: 5 }]) inform(world, params);
    for (const params of [{ step: 50 }, { step: "0" }, { step: "101" }, { step: "-5" }, {}, { step: "5", desc: 1 }])
      progress(world, params);
    ask(world, `/ota/device/inform/${ME}`, "no JSON");
    assert.deepEqual(
      told(world, "rejected").map(({ code }) => code),
      [...Array<number>(10).fill(460), 400],
    );
    assert.equal(world.records.get(NAMES, "version", "default"), undefined);
  });
});

describe("a file over MQTT", () => {
  const CONTENT = Buffer.from(download.dataUtf8);

  async function offered(): Promise<{ world: TestWorld; ask(block: object, more?: object): Buffer }> {
    const world = await testWorld();
    world.jobs.add(NAMES, { version: "2", content: CONTENT, transport: "mqtt" });
    const { streamId, streamFileId } = world.jobs.query(NAMES, "default") as { streamId: number; streamFileId: number };
    return {
      world,
      ask: (fileBlock, more = {}) => {
        const params = { fileToken: "default", fileInfo: { streamId, fileId: streamFileId }, fileBlock, ...more };
        const payload = Buffer.from(JSON.stringify({ id: "1", version: "1.0", params }));
        const [answer] = answersTo({ topic: `/sys/${ME}/thing/file/download`, payload, qos: 0 }, NAMES, world);
        assert.equal(answer?.topic, `/sys/${ME}/thing/file/download_reply`);
        return answer?.payload ?? Buffer.alloc(0);
      },
    };
  }

  it("comes in blocks as the reference has them, byte for byte", async () => {
    const { ask } = await offered();
    assert.equal(ask({ size: 256, offset: 0 }).toString("hex"), download.frameHex);
  });

  it("comes in parts, the last one shorter", async () => {
    const { ask } = await offered();
    const parts = [0, 10, 20].map((offset) => {
      const frame = ask({ size: 10, offset });
      const head = JSON.parse(frame.subarray(2, 2 + frame.readUInt16BE(0)).toString()) as {
        data: { bSize: number; bOffset: number; fileLength: number };
      };
      assert.deepEqual(head.data, { fileToken: "default", bSize: Math.min(10, 28 - offset), bOffset: offset, fileLength: 28 });
      return frame.subarray(2 + frame.readUInt16BE(0), -2);
    });
    assert.deepEqual(Buffer.concat(parts), CONTENT);
  });

  it("is refused beyond its end, in blocks that are too large, and to other devices, without data", async () => {
    const { world, ask } = await offered();
    const codeOf = (frame: Buffer): number => {
      assert.equal(frame.length, 2 + frame.readUInt16BE(0));
      return (JSON.parse(frame.subarray(2).toString()) as { code: number }).code;
    };
    for (const block of [
      { size: 1, offset: 28 },
      { size: 0, offset: 0 },
      { size: 131_073, offset: 0 },
      { size: "1", offset: 0 },
      { offset: 0 },
    ])
      assert.equal(codeOf(ask(block)), 460, JSON.stringify(block));
    assert.equal(codeOf(ask({ size: 1, offset: 0 }, { fileInfo: { streamId: 1, fileId: 1 } })), 460);
    assert.equal(codeOf(ask({ size: 1, offset: 0 }, { fileInfo: null })), 460);
    world.registry.addDevice({ productKey: PK, deviceName: "other" });
    const { streamId } = world.jobs.query(NAMES, "default") as { streamId: number };
    assert.equal(world.jobs.stream({ productKey: PK, deviceName: "other" }, streamId), undefined);
  });

  it("is given to the Link SDK for C, which leaves a comma too many", async () => {
    const { world } = await offered();
    const { streamId } = world.jobs.query(NAMES, "default") as { streamId: number };
    const payload = `{"id":"1","params":{"fileInfo":{"streamId":${streamId},"fileId":1,},"fileBlock":{"size":256,"offset":0}}}`;
    const [answer] = answersTo({ topic: `/sys/${ME}/thing/file/download`, payload: Buffer.from(payload), qos: 0 }, NAMES, world);
    assert.match(answer?.payload.toString("latin1") ?? "", /"code":200/);
  });
});
