/** The emulated Aliyun with real sockets, seen by an independent MQTT client. */
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import type { EventEmitter } from "node:events";
import { once } from "node:events";
import { connect as connectTcp } from "node:net";
import { afterEach, describe, it } from "node:test";
import { checkServerIdentity, connect as connectTls } from "node:tls";
import { connect, connectAsync } from "mqtt";
import type { IClientOptions, MqttClient } from "mqtt";
import type { CloudEvent } from "../../../host/clouds/shared/events.ts";
import { startOperator } from "../../../host/broker/operator.ts";
import { REAL_TIME } from "../../../host/time/wall.ts";
import type { Time } from "../../../host/time/wall.ts";
import type { Switches } from "../../../host/clouds/aliyun/switches.ts";
import { startAliyun } from "../../../host/clouds/aliyun/emulated.ts";
import type { CloudOptions, RunningCloud } from "../../../host/clouds/types.ts";
import { frames, triple } from "./aliyun-data.ts";

const PK = "a1B2c3D4e5F";
const HOST = `${PK}.iot-as-mqtt.cn-shanghai.aliyuncs.com`;
const DN = "dev_861551056136351";
const ME = `/${PK}/${DN}`;
const SECRET = "ga7XA6KdlEeiPXQPpRbAjOZXwG8y0123";

const closing: (() => Promise<unknown>)[] = [];
let events: CloudEvent[] = [];
let watchers: (() => void)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function cloud(options: Partial<CloudOptions> = {}, switches: Partial<Switches> = {}, time?: Time): Promise<RunningCloud> {
  const mine: CloudEvent[] = [];
  events = mine;
  watchers = [];
  const running = await startAliyun(
    {
      tls: true,
      onEvent: (event) => {
        mine.push(event);
        for (const look of [...watchers]) look();
      },
      ...options,
      ...(time && { time }),
    },
    switches,
  );
  closing.push(() => running.broker.close());
  return running;
}

/** Resolves to the first event that fits, past or to come; the test runner's limit ends what never comes. */
function event<E extends CloudEvent["ev"]>(
  ev: E,
  fits: (event: CloudEvent & { ev: E }) => boolean = () => true,
): Promise<CloudEvent & { ev: E }> {
  return new Promise((resolve) => {
    const look = (): void => {
      const found = events.find((one): one is CloudEvent & { ev: E } => one.ev == ev && fits(one as CloudEvent & { ev: E }));
      if (found) resolve(found);
    };
    watchers.push(look);
    look();
  });
}

/** CONNECT fields of the cloud's own device; `mode` is its securemode. */
function fields(mode: 2 | 3, clientId = DN): IClientOptions {
  const content = `clientId${clientId}deviceName${DN}productKey${PK}`;
  return {
    clientId: `${clientId}|securemode=${mode},signmethod=hmacsha256|`,
    username: `${DN}&${PK}`,
    password: createHmac("sha256", SECRET).update(content).digest("hex"),
  };
}

/** Through the name service of the cloud, as a device would. */
async function device(running: RunningCloud, port = 8883, options: IClientOptions = fields(port == 8883 ? 2 : 3)): Promise<MqttClient> {
  const place = running.resolve(HOST, port);
  if (place == "dns-failed") throw new Error("no such name");
  const secure = options.ca !== undefined || port == 8883;
  const client = await connectAsync(
    `${secure ? "mqtts" : "mqtt"}://${place.host}:${place.port}`,
    { ...(port == 8883 && { ca: running.ca?.pem ?? "" }), servername: HOST, reconnectPeriod: 0, keepalive: 60, ...options },
    false,
  );
  client.on("error", () => {});
  closing.push(() => client.endAsync(true));
  return client;
}

function message(client: MqttClient): Promise<[topic: string, payload: Buffer, packet: { qos: number; retain: boolean }]> {
  return once(client as unknown as EventEmitter, "message") as Promise<[string, Buffer, { qos: number; retain: boolean }]>;
}

function closed(client: MqttClient): Promise<unknown> {
  return once(client as unknown as EventEmitter, "close");
}

async function refusedWith(client: Promise<MqttClient>): Promise<number> {
  const error = await client.then(
    () => assert.fail("was let in"),
    (reason: Error & { code?: number }) => reason,
  );
  return error.code ?? assert.fail(error.message);
}

describe("the way in", () => {
  it("is TLS on 8883, under the root of the platform", async () => {
    const running = await cloud();
    assert.equal(running.ca?.name, "aliyun-iot-root-s1.pem");
    await device(running);
    await event("connect");
    assert.deepEqual(events, [
      { ev: "activated", device: `${PK}/${DN}` },
      { ev: "connect", client: `${PK}/${DN}` },
    ]);
    assert.deepEqual(running.broker.clients(), [`${PK}/${DN}`]);
  });

  it("is TCP or TLS on 1883 and 443, under another root", async () => {
    const running = await cloud({ port: 443 });
    const eight = await cloud();
    assert.equal(running.ca?.name, "globalsign-root-r1.pem");
    const ca = running.ca.pem;
    for (const port of [1883, 443]) {
      await device(running, port, { ...fields(2), ca });
      await device(running, port);
      await assert.rejects(device(running, port, { ...fields(2), ca: eight.ca?.pem ?? "" }), /certificate/);
    }
    await assert.rejects(device(running, 8883), /certificate/, "the root of 443 says nothing about 8883");
  });

  it("takes no plain TCP on 8883", async () => {
    const running = await cloud();
    const socket = connectTcp({ host: "127.0.0.1", port: running.broker.port });
    await once(socket, "connect");
    socket.end(Buffer.from(frames[0]?.hex ?? "", "hex"));
    socket.resume();
    await once(socket, "close");
    assert.match((await event("error")).message, /^TLS: /);
  });

  it("has the host names of the product's region and of its instance", async () => {
    const running = await cloud({
      section: { productKey: "pk", region: "eu-central-1", instanceId: "iot-060a0001" },
      host: "Own.Example.com",
    });
    const { port } = running.broker;
    const here = { host: "127.0.0.1", port };
    for (const name of [
      "pk.iot-as-mqtt.eu-central-1.aliyuncs.com",
      "PK.iot-as-mqtt.eu-central-1.aliyuncs.com",
      "iot-060a0001.mqtt.iothub.aliyuncs.com",
      "own.example.com",
    ])
      assert.deepEqual(running.resolve(name, 8883), here, name);
    for (const name of ["pk.iot-as-mqtt.cn-shanghai.aliyuncs.com", "other.mqtt.iothub.aliyuncs.com", "broker.invalid", "example.com"])
      assert.equal(running.resolve(name, 8883), "dns-failed", name);
    assert.notDeepEqual(running.resolve("own.example.com", 1883), here);
    assert.deepEqual(running.resolve("own.example.com", 9), { host: "127.0.0.1", port: 9 }, "a dead port");
    assert.deepEqual(running.resolve("192.0.2.1", 8883), { host: "192.0.2.1", port: 8883 });
    assert.deepEqual(running.resolve("127.0.0.1", 8883), here);
  });

  it("presents a certificate for those names, or one that a device must refuse", async () => {
    for (const [certificate, name, expected] of [
      ["good", HOST, undefined],
      ["good", "iot-060a0001.mqtt.iothub.aliyuncs.com", undefined],
      ["wrong-name", HOST, /altnames/],
      ["wrong-ca", HOST, /certificate/],
      ["expired", HOST, /expired/],
    ] as const) {
      const running = await cloud({ certificate });
      const socket = connectTls({
        host: "127.0.0.1",
        port: running.broker.port,
        ca: running.ca?.pem ?? "",
        servername: name,
        checkServerIdentity,
      });
      const outcome = await Promise.race([
        once(socket, "secureConnect").then(() => undefined),
        once(socket, "error").then(([error]) => error as Error),
      ]).catch((error: unknown) => error as Error);
      if (expected) assert.match(outcome?.message ?? "nothing", expected);
      else assert.equal(outcome, undefined);
      socket.destroy();
    }
  });

  it("lets the devices of articles 002 and 003 in, packet by packet", async () => {
    for (const { name, hex } of frames) {
      const known = triple(`${name}.mqtt`.replace(/\.mqtt\.mqtt$/, ".mqtt"));
      const [deviceName = "", productKey = ""] = known.username.split("&");
      const running = await cloud({
        tls: false,
        section: { productKey },
        identity: { deviceName, deviceSecret: known.deviceSecret },
      });
      const place = running.resolve(known.host, known.port);
      if (place == "dns-failed") return assert.fail();
      const socket = connectTcp(place);
      socket.write(Buffer.from(hex, "hex"));
      const [answer] = (await once(socket, "data")) as [Buffer];
      assert.equal(answer.toString("hex"), "20020000", name);
      socket.destroy();
    }
  });

  it("knows a device without a name by its IMEI", async () => {
    const running = await cloud({ tls: false, identity: { deviceSecret: SECRET } });
    const deviceName = "861551056136351";
    const password = createHmac("md5", SECRET).update(`clientIdxdeviceName${deviceName}productKey${PK}`).digest("hex");
    await device(running, 1883, { clientId: "x|securemode=3|", username: `${deviceName}&${PK}`, password });
    assert.equal(await refusedWith(device(running, 1883, { clientId: "x|securemode=3|", username: `meter&${PK}`, password })), 4);
  });
});

describe("a refusal", () => {
  it("has its CONNACK over TCP and over TLS, and an event that says why without a secret", async () => {
    const wrong = "0".repeat(64);
    for (const port of [1883, 8883]) {
      const running = await cloud();
      const mode = port == 8883 ? 2 : 3;
      assert.equal(await refusedWith(device(running, port, { ...fields(mode), password: wrong })), 4);
      assert.equal(await refusedWith(device(running, port, { ...fields(mode), clientId: DN })), 2);
      assert.equal(await refusedWith(device(running, port, { ...fields(mode), username: "somebody" })), 3);
      assert.equal(await refusedWith(device(running, port, { ...fields(mode), keepalive: 29 })), 2);
      assert.deepEqual(
        events.map((one) => ("code" in one ? `${one.code} ${"client" in one ? one.client : ""}` : one.ev)),
        [`4 ${fields(mode).clientId ?? ""}`, `2 ${DN}`, `3 ${fields(mode).clientId ?? ""}`, `2 ${fields(mode).clientId ?? ""}`],
      );
      assert.ok(!JSON.stringify(events).includes(wrong));
    }
  });

  it("can be ordered, and spares the operator", async () => {
    const running = await cloud({ tls: false, refuse: "unavailable" });
    assert.equal(await refusedWith(device(running, 1883)), 3);
    const operator = await startOperator({ port: running.broker.port, ca: null, ...running.operator, watch: "#", onMessage: () => {} });
    closing.push(() => operator.close());
    running.broker.refuse(null);
    await device(running, 1883);
  });

  it("is given to an operator without the password", async () => {
    const running = await cloud({ tls: false });
    assert.equal(await refusedWith(device(running, 1883, { clientId: "operator", username: "operator", password: "guess" })), 4);
    assert.deepEqual(events[0], { ev: "refused", client: "operator", code: 4, reason: "wrong user name or password" });
  });

  it("of MQTT 5 says so", async () => {
    const running = await cloud({ tls: false });
    await assert.rejects(device(running, 1883, { ...fields(3), protocolVersion: 5 }));
    const refused = await event("refused");
    assert.equal(refused.code, 1);
    assert.match(refused.reason, /protocol level 5/);
  });

  it("does not meet MQTT 3.1 with a client id of more than 23 characters", async () => {
    const running = await cloud({ tls: false });
    await device(running, 1883, { ...fields(3), protocolId: "MQIsdp", protocolVersion: 3 });
    await event("connect");
  });
});

describe("a device", () => {
  it("has one connection: the older one is closed, whatever its client id", async () => {
    const running = await cloud({ tls: false });
    const older = await device(running, 1883, fields(3, "one"));
    await event("connect");
    const gone = closed(older);
    await device(running, 1883, fields(3, "two"));
    await gone;
    await event("connect", () => events.filter(({ ev }) => ev == "connect").length == 2);
    assert.deepEqual(
      events.map(({ ev }) => ev),
      ["activated", "connect", "replaced", "disconnect", "connect"],
    );
    assert.deepEqual(running.broker.clients(), [`${PK}/${DN}`]);
  });

  it("does not close the connection of another one with the same client id", async () => {
    const running = await cloud({ tls: false, identity: { deviceSecret: SECRET } });
    const names = ["861551056136351", "861551056136352"];
    for (const name of names) {
      const password = createHmac("md5", SECRET).update(`clientIdxdeviceName${name}productKey${PK}`).digest("hex");
      await device(running, 1883, { clientId: "x|securemode=3|", username: `${name}&${PK}`, password });
      await event("connect", ({ client }) => client == `${PK}/${name}`);
    }
    assert.deepEqual(
      running.broker.clients(),
      names.map((name) => `${PK}/${name}`),
    );
  });

  it("gets its own message back from a topic with both rights, with the QoS it was published with", async () => {
    const client = await device(await cloud({ tls: false }), 1883);
    for (const [subscribed, published] of [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ] as const) {
      const topic = `${ME}/user/q${subscribed}${published}`;
      assert.deepEqual(
        await client.subscribeAsync(topic, { qos: subscribed }),
        [{ topic, qos: subscribed }],
        "SUBACK grants what was asked for",
      );
      const received = message(client);
      await client.publishAsync(topic, Buffer.from([0, 26, 255]), { qos: published });
      const [at, payload, packet] = await received;
      assert.equal(at, topic);
      assert.deepEqual(payload, Buffer.from([0, 26, 255]));
      assert.equal(packet.qos, published);
    }
  });

  it("is answered 0x80 for a topic of another device, and stays connected", async () => {
    const client = await device(await cloud({ tls: false }), 1883);
    const topic = `/${PK}/other/user/get`;
    const granted = await client.subscribeAsync([topic, `${ME}/user/get`], { qos: 1 }).catch((error: unknown) => error);
    assert.match(String(granted), /Subscribe error|Unspecified error/);
    assert.deepEqual(await event("denied"), {
      ev: "denied",
      client: `${PK}/${DN}`,
      action: "subscribe",
      topic,
      reason: "No authorization: not a topic of this device in this direction",
    });
    assert.deepEqual(await event("subscribe"), { ev: "subscribe", client: `${PK}/${DN}`, topics: [`${ME}/user/get`] });
    assert.ok(client.connected);
  });

  it("has a publish to a foreign topic acknowledged, but nobody gets it", async () => {
    const running = await cloud({ tls: false });
    const got: string[] = [];
    const operator = await startOperator({
      port: running.broker.port,
      ca: null,
      ...running.operator,
      watch: "#",
      onMessage: (topic) => got.push(topic),
    });
    closing.push(() => operator.close());
    const client = await device(running, 1883);
    await client.publishAsync(`/${PK}/other/user/update`, "x", { qos: 1 });
    await client.publishAsync(`${ME}/user/update`, "y", { qos: 1 });
    await operator.publish(`${ME}/user/end`, "z");
    await event("publish", ({ topic }) => topic == `${ME}/user/end`);
    assert.equal((await event("denied")).topic, `/${PK}/other/user/update`);
    assert.deepEqual(
      events.flatMap((one) => (one.ev == "publish" ? [one.topic] : [])),
      [`${ME}/user/update`, `${ME}/user/end`],
    );
    assert.ok(!got.includes(`/${PK}/other/user/update`));
  });

  it("is cut off for it where that is chosen", async () => {
    const client = await device(await cloud({ tls: false }, { illegalTopic: "close" }), 1883);
    const gone = closed(client);
    client.publish("/elsewhere", "x");
    await gone;
    assert.equal((await event("denied")).topic, "/elsewhere");
    await event("disconnect");
    assert.ok(!events.some((one) => one.ev == "error"), "told once");
  });

  it("is cut off for QoS 2, or refused where that is chosen", async () => {
    const strict = await device(await cloud({ tls: false }), 1883);
    const gone = closed(strict);
    strict.publish(`${ME}/user/update`, "x", { qos: 2 });
    await gone;
    assert.equal((await event("denied")).reason, "QoS 2");
    const mild = await device(await cloud({ tls: false }, { qos2: "refuse" }), 1883);
    await assert.rejects(mild.subscribeAsync(`${ME}/user/get`, { qos: 2 }));
    assert.ok(mild.connected);
  });

  it("may have a will and retained messages, which are ignored with a warning", async () => {
    const running = await cloud({ tls: false });
    const will = { topic: `${ME}/user/gone`, payload: Buffer.from("bye"), qos: 0 as const, retain: false };
    const first = await device(running, 1883, { ...fields(3), will });
    await first.publishAsync(`${ME}/user/kept`, "x", { qos: 1, retain: true });
    first.stream.destroy();
    await event("disconnect");
    const second = await device(running, 1883);
    const received = message(second);
    await second.subscribeAsync(`${ME}/user/#`, { qos: 1 });
    await second.publishAsync(`${ME}/user/now`, "y", { qos: 1 });
    assert.equal((await received)[0], `${ME}/user/now`, "nothing was kept, nobody said good-bye");
    assert.deepEqual(
      events.flatMap((one) => (one.ev == "warning" ? [one.message] : [])),
      ["its will is ignored", `the retain flag of ${ME}/user/kept is ignored`],
    );
    assert.ok(!events.some((one) => one.ev == "publish" && one.topic == will.topic));
  });

  it("finds messages that came while it was away, if it wants a session", async () => {
    const running = await cloud({ tls: false });
    const operator = await startOperator({ port: running.broker.port, ca: null, ...running.operator, watch: "none", onMessage: () => {} });
    closing.push(() => operator.close());
    const first = await device(running, 1883, { ...fields(3, "one"), clean: false });
    await first.subscribeAsync(`${ME}/user/down`, { qos: 0 });
    await assert.rejects(first.subscribeAsync(`/${PK}/other/user/down`, { qos: 1 }));
    await first.endAsync();
    await event("disconnect");
    await operator.publish(`/${PK}/other/user/down`, "not yours");
    await operator.publish(`${ME}/user/down`, "while you were away");
    // Another client id: the session is the device's.
    const place = running.resolve(HOST, 1883);
    if (place == "dns-failed") return assert.fail();
    const second = connect(`mqtt://${place.host}:${place.port}`, { ...fields(3, "two"), clean: false, reconnectPeriod: 0, keepalive: 60 });
    closing.push(() => second.endAsync(true));
    const [topic, payload] = await message(second);
    assert.equal(topic, `${ME}/user/down`);
    assert.equal(payload.toString(), "while you were away");
  });

  it("is told the time, and that its properties arrived", async () => {
    const running = await cloud({ tls: false }, {}, { ...REAL_TIME, now: () => 1_571_724_098_110 });
    const client = await device(running, 1883);
    await client.subscribeAsync([`/ext/ntp/${PK}/${DN}/response`, `/sys/${PK}/${DN}/thing/event/property/post_reply`], { qos: 1 });
    const time = message(client);
    await client.publishAsync(`/ext/ntp/${PK}/${DN}/request`, '{"deviceSendTime":"1571724098000"}', { qos: 1 });
    assert.equal((JSON.parse((await time)[1].toString()) as { serverSendTime: string }).serverSendTime, "1571724098110");
    const reply = message(client);
    await client.publishAsync(`/sys/${PK}/${DN}/thing/event/property/post`, '{"id":"1","params":{"T":1}}', { qos: 1 });
    assert.equal((JSON.parse((await reply)[1].toString()) as { code: number }).code, 200);
    await event("answer", () => events.filter(({ ev }) => ev == "answer").length == 2);
    assert.equal(events.filter((one) => one.ev == "publish").length, 2, "answers are not the device's messages");
  });

  it("has at most 100 subscriptions", async () => {
    const client = await device(await cloud({ tls: false }), 1883);
    const topics = Array.from({ length: 100 }, (_, i) => `${ME}/user/${i}`);
    for (let i = 0; i < topics.length; i += 5) await client.subscribeAsync(topics.slice(i, i + 5), { qos: 1 });
    await client.subscribeAsync(`${ME}/user/0`, { qos: 0 });
    await assert.rejects(client.subscribeAsync(`${ME}/user/more`, { qos: 1 }));
    assert.match((await event("denied")).reason, /at most 100 subscriptions/);
    await client.unsubscribeAsync(`${ME}/user/0`);
    await client.subscribeAsync(`${ME}/user/more`, { qos: 1 });
  });

  it("talks with the operator", async () => {
    const running = await cloud();
    const got: [string, string][] = [];
    const operator = await startOperator({
      port: running.broker.port,
      ca: running.ca?.pem ?? null,
      ...running.operator,
      watch: `/${PK}/#`,
      onMessage: (topic, payload) => got.push([topic, payload.toString()]),
    });
    closing.push(() => operator.close());
    const client = await device(running);
    await client.subscribeAsync(`${ME}/user/down`, { qos: 1 });
    const command = message(client);
    await client.publishAsync(`${ME}/user/up`, "hello", { qos: 1 });
    await operator.publish(`${ME}/user/down`, "command");
    assert.equal((await command)[1].toString(), "command");
    assert.deepEqual(got[0], [`${ME}/user/up`, "hello"]);
    running.broker.kick();
    await event("disconnect");
    await operator.publish(`${ME}/user/down`, "the operator stays");
  });
});

describe("the product section", () => {
  it("fits the cloud's own device", async () => {
    const running = await cloud();
    assert.deepEqual(running.product, {
      type: "aliyun",
      productKey: PK,
      region: "cn-shanghai",
      instanceId: "",
      auth: "device-secret",
      signMethod: "hmacsha256",
      port: 8883,
      topicBase: `/${PK}/{deviceName}/user`,
      tls: { ca: "aliyun-iot-root-s1.pem" },
    });
    assert.equal(running.identity.deviceName, DN);
  });

  it("follows the user's", async () => {
    const running = await cloud({
      tls: false,
      host: "own.example.com",
      port: 2883,
      section: { productKey: "pk", signMethod: "hmacmd5", topicBase: "/{productKey}/{deviceName}" },
      identity: { deviceSecret: "s" },
    });
    assert.deepEqual(running.product, {
      type: "aliyun",
      productKey: "pk",
      region: "cn-shanghai",
      instanceId: "",
      auth: "device-secret",
      signMethod: "hmacmd5",
      host: "own.example.com",
      port: 2883,
      topicBase: "/pk/{deviceName}",
    });
    assert.equal(running.ca, null);
    assert.deepEqual(running.resolve("own.example.com", 2883), { host: "127.0.0.1", port: running.broker.port });
  });
});
