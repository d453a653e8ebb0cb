/** The server of updates over a real broker, with a device that is written from the cloud reference alone. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, it } from "node:test";
import { connectAsync } from "mqtt";
import { startBroker } from "../../../host/broker/broker.ts";
import type { Broker } from "../../../host/broker/broker.ts";
import { timeOf } from "../../../host/time/wall.ts";
import { VirtualClock } from "../../../host/time/clock.ts";
import { readPackage } from "../../../host/update/format.ts";
import { pushOverBroker } from "../../../host/clouds/broker/push.ts";
import type { FaultyPush } from "../../../host/clouds/broker/push.ts";
import { UpdateServer } from "../../../host/clouds/broker/updates/server.ts";
import type { LineEvent, Outcome, UpdateEvent } from "../../../host/clouds/types.ts";
import { packageOf } from "../../update/package.ts";
import { coming } from "./support.ts";
import { FakeDevice } from "../update/device.ts";
import type { DeviceOptions } from "../update/device.ts";

const BASE = "devices/m1";
/** All byte values, and four blocks of 256 bytes and a rest. */
const DATA = packageOf({ files: { app: String.fromCharCode(...Array.from({ length: 900 }, (_, i) => i & 0xff)) } });
const { manifest, data } = readPackage(DATA, "package");
const SOFTWARE = { version: manifest.version, data };

let broker: Broker;
let clock: VirtualClock;
const closing: (() => Promise<void>)[] = [];

beforeEach(async () => {
  broker = await startBroker();
  clock = new VirtualClock();
});
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  await broker.close();
});

async function device(options: Partial<DeviceOptions> = {}): Promise<FakeDevice> {
  const one = await FakeDevice.start({ port: broker.port, base: BASE, ...options });
  closing.push(() => one.close());
  return one;
}

interface Pushed {
  outcome: Promise<Outcome>;
  events: (UpdateEvent | LineEvent)[];
}

/** `onEvent`: what happens at an event. */
function pushed(options: Partial<FaultyPush> = {}): Pushed {
  const events: Pushed["events"] = [];
  const run = pushOverBroker({
    ...{
      url: `mqtt://127.0.0.1:${broker.port}`,
      base: BASE,
      software: SOFTWARE,
      timeoutMs: 600_000,
      stop: new AbortController().signal,
      time: timeOf(clock, 0),
    },
    ...options,
    onEvent: (event) => {
      events.push(event);
      options.onEvent?.(event);
    },
  });
  return { outcome: coming("the end", run, () => events), events };
}

/** Real turns of the event loop: what is waited for comes over sockets. */
function until(isThere: () => boolean): Promise<void> {
  let isOver = false;
  const look = async (): Promise<void> => {
    while (!isOver && !isThere()) await new Promise(setImmediate);
  };
  return coming(String(isThere), look(), () => broker.clients()).finally(() => (isOver = true));
}

function of<E extends UpdateEvent["ev"]>(events: Pushed["events"], ev: E): Extract<UpdateEvent, { ev: E }>[] {
  return events.filter((event) => event.ev == ev) as Extract<UpdateEvent, { ev: E }>[];
}

describe("the server of updates", () => {
  it("pushes in the words of the reference, serves every byte, and believes the report of the new version alone", async () => {
    const one = await device();
    const { outcome, events } = pushed();
    assert.deepEqual(await outcome, { version: "1.0.1", ms: 0 });
    const sha256 = createHash("sha256").update(DATA).digest("hex");
    const [first] = one.pushes;
    const { streamId } = (first as { data: { streamId: number } }).data;
    assert.deepEqual(first, {
      code: "1000",
      data: { size: DATA.length, streamId, sign: sha256, dProtocol: "mqtt", version: "1.0.1", signMethod: "SHA256", streamFileId: 1 },
      id: 1,
      message: "success",
    });
    assert.ok(Number.isInteger(streamId) && streamId > 0);
    assert.deepEqual(one.content, DATA);
    assert.deepEqual(one.oddities, []);
    assert.equal(of(events, "block").length, Math.ceil(DATA.length / 256));
    assert.deepEqual(events.slice(-3).map((event) => event.ev), ["progress", "inform", "succeeded"]); // prettier-ignore
    assert.equal(of(events, "rejected").length, 0);
  });

  it("tells a device again that starts in the middle, with the same stream", async () => {
    const one = await device({ end: "crash" });
    const { outcome } = pushed();
    assert.ok("version" in (await outcome));
    assert.equal(one.pushes.length, 2);
    const streams = one.pushes.map((message) => (message["data"] as { streamId: number }).streamId);
    assert.equal(streams[0], streams[1]);
    assert.deepEqual(one.content, DATA);
  });

  it("tells a device that says nothing again after a minute, and none that has begun", async () => {
    const first = pushed();
    await until(() => of(first.events, "pushed").length > 0);
    await clock.advance(60_000);
    assert.equal(of(first.events, "pushed").length, 2);
    const one = await device();
    one.inform();
    assert.ok("version" in (await first.outcome));
    const count = of(first.events, "pushed").length;
    await clock.advance(120_000);
    assert.equal(of(first.events, "pushed").length, count);
  });

  it("answers a device that asks", async () => {
    const one = await device({ end: "silent" });
    const { outcome, events } = pushed({ onEvent: (event) => event.ev == "progress" && one.query() });
    await until(() => one.answers.length > 0);
    const data = one.pushes[0]?.["data"];
    assert.deepEqual(one.answers, [{ id: one.answers[0]?.["id"], code: 200, data }]);
    one.inform("1.0.1");
    assert.ok("version" in (await outcome));
    assert.equal(of(events, "inform").length, 1);
  });

  for (const [what, faults, oddities] of [
    ["lost", { lostReplies: 2 }, []],
    ["corrupt", { corruptBlocks: 2 }, ["crc", "crc"]],
    ["late", { lateReplies: 1 }, ["offset"]],
    ["sent twice", { duplicateReplies: 1 }, ["offset"]],
  ] as const)
    it(`can have its blocks ${what}`, async () => {
      const one = await device();
      const { outcome } = pushed({ faults });
      assert.ok("version" in (await outcome));
      assert.deepEqual(one.oddities, oddities);
      assert.deepEqual(one.content, DATA);
    });

  it("can announce a wrong size: the block behind the end is refused", async () => {
    await device();
    const { outcome, events } = pushed({ faults: { wrongSize: true } });
    assert.deepEqual(await outcome, { reason: "download-failed: code 460" });
    assert.match(of(events, "rejected")[0]?.reason ?? "", /begins inside the file/);
  });

  it("can announce another file's digest", async () => {
    await device();
    assert.deepEqual(await pushed({ faults: { wrongSign: true } }).outcome, { reason: "verification-failed: wrong digest" });
  });

  it("can be silent for a while", () => {
    const sent: string[] = [];
    const server = new UpdateServer({ software: SOFTWARE, send: (topic) => sent.push(topic), onEvent: () => {}, faults: { silent: true } });
    server.offer(BASE);
    server.message(`${BASE}/ota/get`, Buffer.from('{"id":"1","params":{}}'));
    assert.deepEqual(sent, []);
    server.faults.silent = false;
    server.message(`${BASE}/ota/get`, Buffer.from('{"id":"1","params":{}}'));
    assert.deepEqual(sent, [`${BASE}/ota/get_reply`]);
  });

  for (const [what, options, reason] of [
    ["refuses", { refuses: "wrong board" }, "refused: wrong board"],
    ["goes back, with a reason", { end: "rolled-back" }, "rolled-back: the device runs 1.0.0 again: it was never online"],
  ] as const)
    it(`says so when the device ${what}`, async () => {
      await device(options);
      assert.deepEqual(await pushed().outcome, { reason });
    });

  for (const [what, options, reason] of [
    ["goes back without a word", { end: "back-without-a-word" }, "rolled-back: the device runs 1.0.0 again"],
    ["never runs the new version", { end: "silent" }, "timeout: it has the update, but does not report that it runs, after 600 s"],
    ["does not answer", null, "timeout: the device does not answer, after 600 s"],
  ] as const)
    it(`gives up in time when the device ${what}`, async () => {
      if (options) await device(options);
      const last = what == "goes back without a word" ? "inform" : options ? "progress" : "pushed";
      const { outcome, events } = pushed();
      await until(() => of(events, last).length > 0);
      await clock.advance(600_000);
      assert.deepEqual(await outcome, { reason });
    });

  it("stops when it is told to", async () => {
    const stop = new AbortController();
    const { outcome } = pushed({ stop: stop.signal, onEvent: (event) => event.ev == "pushed" && stop.abort(new Error("enough")) });
    await assert.rejects(outcome, /^Error: enough$/);
    await until(() => broker.clients().length == 0);
  });

  for (const [leaf, payload, reason] of [
    ["inform", "not JSON", /request error/],
    ["inform", '{"params":{"version":"1.0.1"}}', /id: decimal text/],
    ["inform", '{"id":"1","params":{"version":101}}', /params: version/],
    ["inform", '{"id":"1","params":{"version":"1.0.1","module":"MCU"}}', /module: there is none but "default"/],
    ["progress", '{"id":"1","params":{"step":50}}', /step as text/],
    ["progress", '{"id":"1","params":{"step":"0"}}', /step as text/],
    ["progress", '{"id":"1","params":{"step":"101"}}', /step as text/],
    ["progress", '{"id":"1","params":{"step":"-5"}}', /step as text/],
    ["get", '{"id":"1","params":{"module":"MCU"}}', /module: there is none but "default"/],
    ["download", '{"id":"1","params":{"fileInfo":{"streamId":1,"fileId":1}}}', /fileInfo and fileBlock/],
    ["download", '{"id":"1","params":{"fileInfo":{"streamId":1,"fileId":1},"fileBlock":{"size":"9","offset":0}}}', /whole numbers/],
    ["download", '{"id":"1","params":{"fileInfo":{"streamId":1,"fileId":1},"fileBlock":{"size":9,"offset":0}}}', /no such stream/],
  ] as const)
    it(`takes no ${leaf} like ${payload}`, () => {
      const events: UpdateEvent[] = [];
      const sent: { topic: string; payload: Buffer }[] = [];
      const server = new UpdateServer({
        software: SOFTWARE,
        send: (topic, data) => sent.push({ topic, payload: data }),
        onEvent: (event) => events.push(event),
      });
      const state = server.offer(BASE);
      server.message(`${BASE}/ota/${leaf}`, Buffer.from(payload));
      const [told] = of(events, "rejected");
      assert.match(told?.reason ?? "", reason);
      assert.equal(told?.topic, `${BASE}/ota/${leaf}`);
      assert.equal(state.status, "pushed");
      // A refusal of a block has a code and neither data nor bytes; the others are not answered.
      const answers = sent.slice(1);
      assert.equal(answers.length, leaf == "download" ? 1 : 0);
      for (const { payload: frame } of answers) {
        assert.equal(frame.readUInt16BE(0), frame.length - 2);
        assert.deepEqual(Object.keys(JSON.parse(frame.toString("utf8", 2)) as object), ["id", "code", "msg"]);
      }
    });

  it("serves nobody that it was not told of, and leaves other topics alone", () => {
    const events: UpdateEvent[] = [];
    const sent: string[] = [];
    const server = new UpdateServer({
      software: SOFTWARE,
      send: (topic, payload) => sent.push(`${topic} ${payload.toString()}`),
      onEvent: (event) => events.push(event),
    });
    server.message("devices/other/ota/get", Buffer.from('{"id":"7","params":{}}'));
    assert.deepEqual(sent, ['devices/other/ota/get_reply {"id":"7","code":200,"data":{}}']);
    for (const topic of [`${BASE}/up`, `${BASE}/ota/upgrade`, `${BASE}/ota/get_reply`, "ota/get", `${BASE}/ota/inform/x`])
      server.message(topic, Buffer.from("{}"));
    server.message("devices/other/ota/inform", Buffer.from('{"id":"7","params":{"version":"1.0.1"}}'));
    assert.deepEqual(events, [{ ev: "inform", base: "devices/other", version: "1.0.1" }]);
    assert.equal(sent.length, 1);
  });
});

describe("a push", () => {
  it("goes on when its own connection is lost", async () => {
    const one = await device();
    let isCut = false;
    const { outcome, events } = pushed({
      onEvent: (event) => {
        if (event.ev != "block" || isCut) return;
        isCut = true;
        for (const client of broker.clients()) if (client != "device") broker.kick(client);
      },
    });
    assert.ok("version" in (await outcome));
    assert.ok(events.some((event) => event.ev == "connection-lost"));
    assert.deepEqual(one.content, DATA);
  });

  it("names why there is no connection", async () => {
    const reason = async (options: Partial<FaultyPush>): Promise<string> => ((await pushed(options).outcome) as { reason: string }).reason;
    assert.match(await reason({ url: "mqtt://127.0.0.1:1" }), /^connect-failed: mqtt:\/\/127\.0\.0\.1:1: /);
    broker.refuse("credentials");
    assert.equal(await reason({ username: "u", password: "p" }), "credentials-refused: wrong user name or password");
  });

  it("leaves no message on the broker", async () => {
    await device();
    await pushed().outcome;
    const later = await connectAsync(`mqtt://127.0.0.1:${broker.port}`);
    closing.push(() => later.endAsync(true));
    const kept: string[] = [];
    later.on("message", (topic) => kept.push(topic));
    await later.subscribeAsync("#");
    await later.publishAsync("last", "x", { qos: 1 });
    await until(() => kept.includes("last"));
    assert.deepEqual(kept, ["last"]);
  });
});
