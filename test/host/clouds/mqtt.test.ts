/** How strictly the emulated Aliyun speaks MQTT: packet by packet, in virtual time. */
import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import fc from "fast-check";
import { generate } from "mqtt-packet";
import type { Packet } from "mqtt-packet";
import { closeAll, codeOf, device, DN, loginFields, ME, NAMES, PK, rawClient, startCloud } from "./support.ts";
import type { RawClient, TestCloud } from "./support.ts";

afterEach(closeAll);

const GET = `/${ME}/user/get`;

function say(cloud: TestCloud, topic: string, text: string, qos: 0 | 1 = 1): void {
  cloud.api.publish({ topic, payload: Buffer.from(text), qos });
}

function connectBytes(change: (bytes: Buffer) => void): Buffer {
  const bytes = generate({ cmd: "connect", protocolId: "MQTT", protocolVersion: 4, ...loginFields() } as Packet);
  change(bytes);
  return bytes;
}

describe("before CONNECT", () => {
  for (const transport of ["tls", "tcp"] as const) {
    it(`a connection over ${transport} is closed after 10 s, and not after it has connected`, async () => {
      const cloud = await startCloud();
      const [silent, connected] = [await rawClient(cloud, transport), await rawClient(cloud, transport)];
      await connected.connect();
      await cloud.clock.advance(9999);
      assert.ok(!silent.socket.destroyed);
      await cloud.clock.advance(1);
      await silent.closed;
      await cloud.clock.advance(60_000);
      assert.ok(!connected.socket.destroyed);
    });
  }

  it("patience is a switch", async () => {
    const cloud = await startCloud({ connectTimeoutMs: 50 });
    const silent = await rawClient(cloud, "tcp");
    await cloud.clock.advance(50);
    await silent.closed;
  });

  it("any other packet closes the connection", async () => {
    const cloud = await startCloud();
    for (const packet of [{ cmd: "pingreq" }, { cmd: "publish", topic: GET, payload: "x", qos: 0, dup: false, retain: false }] as const) {
      const client = await rawClient(cloud);
      client.send(packet);
      await client.closed;
      assert.deepEqual(client.got, []);
    }
    assert.match((await cloud.event("error")).message, /its first packet is pingreq, not CONNECT/);
  });

  it("bytes that are no MQTT close the connection", async () => {
    const cloud = await startCloud();
    const client = await rawClient(cloud);
    client.socket.write("GET / HTTP/1.1\r\n\r\n");
    await client.closed;
  });
});

describe("CONNECT", () => {
  it("with its reserved flag set closes the connection (MQTT 3.1.1, 3.1.2.3)", async () => {
    const client = await rawClient(await startCloud());
    client.socket.write(connectBytes((bytes) => (bytes[10] = (bytes[10] as number) | 1)));
    await client.closed;
    assert.deepEqual(client.got, []);
  });

  it("of a protocol level that is not spoken: 1", async () => {
    const cloud = await startCloud();
    for (const level of [5, 6, 127]) {
      const client = await rawClient(cloud);
      client.socket.write(
        level == 5
          ? generate({ cmd: "connect", protocolId: "MQTT", protocolVersion: 5, ...loginFields() } as Packet)
          : connectBytes((bytes) => (bytes[9] = level)),
      );
      assert.equal((await client.next("connack")).returnCode, 1, String(level));
      await client.closed;
    }
  });

  it("of MQTT 3.1 is accepted", async () => {
    const client = await rawClient(await startCloud());
    assert.equal(await client.connect({ protocolId: "MQIsdp", protocolVersion: 3 }), 0);
  });

  it("for the second time closes the connection", async () => {
    const cloud = await startCloud();
    const client = await device(cloud);
    client.send({ cmd: "connect", protocolId: "MQTT", protocolVersion: 4, ...loginFields() } as Packet);
    await client.closed;
  });

  it("that is refused is answered before the connection is closed", async () => {
    const cloud = await startCloud();
    const client = await rawClient(cloud);
    assert.equal(await client.connect(loginFields({ password: "0".repeat(64) })), 4);
    await client.closed;
    assert.equal((await cloud.event("refused")).code, 4);
  });

  it("may have a will, which is ignored", async () => {
    const cloud = await startCloud();
    const client = await rawClient(cloud);
    await client.connect({ will: { topic: `/${ME}/user/gone`, payload: Buffer.from("bye"), qos: 1, retain: false } });
    assert.equal((await cloud.event("warning")).message, "its will is ignored");
    client.socket.destroy();
    await cloud.event("disconnect");
    assert.ok(!cloud.events.some((event) => event.ev == "publish"));
  });
});

describe("a client that is silent", () => {
  const send: Readonly<Record<string, (client: RawClient) => Promise<unknown>>> = {
    PUBLISH: (client) => client.publish(`/${ME}/user/update`, "x"),
    SUBSCRIBE: (client) => client.subscribe([GET]),
    PINGREQ: (client) => {
      client.send({ cmd: "pingreq" });
      return client.next("pingresp");
    },
  };
  for (const [name, act] of Object.entries(send)) {
    it(`for one and a half keepalives is cut off; ${name} shows that it is not`, async () => {
      const cloud = await startCloud();
      const client = await device(cloud, { keepalive: 60 });
      await cloud.clock.advance(89_999);
      await act(client);
      await cloud.clock.advance(89_999);
      assert.ok(!client.socket.destroyed);
      await cloud.clock.advance(1);
      await client.closed;
      assert.match((await cloud.event("error")).message, /keep alive timeout: silent for 90 s/);
    });
  }

  it("is not silent while it acknowledges", async () => {
    const cloud = await startCloud({ resendMs: 1_000_000 });
    const client = await device(cloud, { keepalive: 60 });
    await client.subscribe([GET]);
    say(cloud, GET, "x");
    const { packet } = await client.message();
    await cloud.clock.advance(89_999);
    client.send({ cmd: "puback", messageId: packet.messageId as number });
    await cloud.event("ack");
    await cloud.clock.advance(1);
    assert.ok(!client.socket.destroyed);
  });
});

describe("SUBSCRIBE", () => {
  it("with nine filters is refused whole, with a code for each", async () => {
    const client = await device(await startCloud());
    const filters = (count: number): string[] => Array.from({ length: count }, (_, i) => `/${ME}/user/${i}`);
    assert.deepEqual(await client.subscribe(filters(9)), Array(9).fill(0x80));
    assert.deepEqual(await client.subscribe(filters(8)), Array(8).fill(1));
  });

  it("is granted with the QoS that was asked for, filter by filter, twice the same included", async () => {
    const client = await device(await startCloud());
    client.send({
      cmd: "subscribe",
      messageId: 3,
      subscriptions: [
        { topic: GET, qos: 0 },
        { topic: `/${PK}/other/x`, qos: 1 },
        { topic: GET, qos: 1 },
      ],
    });
    assert.deepEqual((await client.next("suback")).granted, [0, 0x80, 1]);
  });

  it("to more than 100 topics is refused, over a reconnect too", async () => {
    const cloud = await startCloud();
    const client = await device(cloud, { clean: false });
    for (let i = 0; i < 96; i += 8) await client.subscribe(Array.from({ length: 8 }, (_, n) => `/${ME}/user/${i + n}`));
    client.socket.destroy();
    await cloud.event("disconnect");
    const again = await device(cloud, { clean: false });
    const codes = await again.subscribe(["0", "a", "b", "c", "d", "e"].map((name) => `/${ME}/user/${name}`));
    assert.deepEqual(codes, [1, 1, 1, 1, 1, 0x80]);
    again.send({ cmd: "unsubscribe", messageId: 5, unsubscriptions: [`/${ME}/user/0`] });
    await again.next("unsuback");
    assert.deepEqual(await again.subscribe([`/${ME}/user/f`]), [1]);
  });

  it("is in force before what follows it in the same breath: aliyun-iot-device-sdk waits for no SUBACK", async () => {
    const cloud = await startCloud();
    const client = await device(cloud, { clean: false });
    const publish = (id: string): Packet => {
      const payload = `{"id":"${id}","params":{}}`;
      return { cmd: "publish", topic: `/sys/${ME}/thing/event/property/post`, payload, qos: 0, dup: false, retain: false };
    };
    const subscribe = (topic: string): Packet => ({ cmd: "subscribe", messageId: 3, subscriptions: [{ topic, qos: 1 }] });
    const packets = [subscribe(`/sys/${ME}/thing/event/property/post_reply`), publish("1"), subscribe(GET), publish("2")];
    client.socket.write(Buffer.concat(packets.map((packet) => generate(packet))));
    assert.deepEqual([(await client.json())["id"], (await client.json())["id"]], ["1", "2"]);
  });

  it("with a filter that is none closes the connection", async () => {
    const client = await device(await startCloud());
    client.send({ cmd: "subscribe", messageId: 3, subscriptions: [{ topic: `/${ME}/us#er`, qos: 0 }] });
    await client.closed;
  });

  it("may take a while until it delivers", async () => {
    const cloud = await startCloud({ subscriptionDelayMs: 10_000 });
    const client = await device(cloud);
    await client.subscribe([GET]);
    await cloud.clock.advance(9999);
    say(cloud, GET, "too early");
    assert.equal((await cloud.event("denied")).reason, "the subscription is not active yet");
    await cloud.clock.advance(1);
    say(cloud, GET, "in time");
    assert.equal((await client.message()).text, "in time");
  });

  it("with QoS 2 closes the connection, or is refused where that is chosen", async () => {
    const strict = await device(await startCloud());
    strict.send({ cmd: "subscribe", messageId: 3, subscriptions: [{ topic: GET, qos: 2 }] });
    await strict.closed;
    const mild = await device(await startCloud({ qos2: "refuse" }));
    assert.deepEqual(await mild.subscribe([GET], 2), [0x80]);
  });
});

describe("PUBLISH", () => {
  it("to a topic that is not the device's is acknowledged and dropped, or cut off where that is chosen", async () => {
    const cloud = await startCloud();
    const client = await device(cloud);
    await client.publish(`/${PK}/other/user/update`, "x");
    assert.match((await cloud.event("denied")).reason, /No authorization/);
    assert.ok(!cloud.events.some((event) => event.ev == "publish"));
    cloud.api.set("illegalTopic", "close");
    client.send({ cmd: "publish", topic: "/elsewhere", payload: "x", qos: 0, dup: false, retain: false });
    await client.closed;
  });

  it("of more than 256 KB is dropped", async () => {
    const cloud = await startCloud();
    const client = await device(cloud);
    await client.publish(`/${ME}/user/update`, Buffer.alloc(262_145));
    assert.match((await cloud.event("denied")).reason, /at most 262144/);
    await client.publish(`/${ME}/user/update`, Buffer.alloc(262_144));
    assert.equal((await cloud.event("publish")).payload.length, 262_144);
  });

  it("with QoS 2 closes the connection, or is dropped where that is chosen", async () => {
    const strict = await device(await startCloud());
    await strict.publish(`/${ME}/user/update`, "x", 2);
    await strict.closed;
    const cloud = await startCloud({ qos2: "refuse" });
    const mild = await device(cloud);
    await mild.publish(`/${ME}/user/update`, "x", 2);
    await mild.publish(`/${ME}/user/update`, "y", 1);
    assert.equal((await cloud.event("publish")).payload.toString(), "y");
  });

  it("over the rate is dropped without a word, where rates count", async () => {
    const cloud = await startCloud({ limits: true });
    const client = await device(cloud);
    for (let i = 0; i < 11; i++) await client.publish(`/${ME}/user/update`, String(i));
    assert.match((await cloud.event("denied")).reason, /uplinkQos1/);
    assert.equal(cloud.events.filter((event) => event.ev == "publish").length, 10);
  });

  it("comes back on a topic with both rights, as article 003 shows, but not on the platform's", async () => {
    const cloud = await startCloud();
    const client = await device(cloud);
    await client.subscribe([`/${ME}/test`, `/sys/${ME}/thing/event/property/post`, `/sys/${ME}/thing/event/property/post_reply`]);
    await client.publish(`/sys/${ME}/thing/event/property/post?_rid=42`, '{"id":"1","params":{}}');
    assert.equal((await client.message()).topic, `/sys/${ME}/thing/event/property/post_reply`);
    await client.publish(`/${ME}/test`, "helloworld");
    const { topic, text } = await client.message();
    assert.deepEqual([topic, text], [`/${ME}/test`, "helloworld"]);
  });

  it("may have the retain flag, which is ignored", async () => {
    const cloud = await startCloud();
    const client = await device(cloud);
    client.send({ cmd: "publish", topic: GET, payload: "kept", qos: 0, dup: false, retain: true });
    assert.match((await cloud.event("warning")).message, /retain flag/);
    await client.subscribe([GET]);
    say(cloud, GET, "now");
    assert.equal((await client.message()).text, "now");
  });
});

describe("a message with QoS 1", () => {
  it("is sent again, marked as a duplicate, until it is acknowledged", async () => {
    const cloud = await startCloud();
    const client = await device(cloud, { keepalive: 1200 });
    await client.subscribe([GET]);
    say(cloud, GET, "x");
    const first = (await client.message()).packet;
    await cloud.clock.advance(9999);
    assert.ok(!cloud.events.some((event) => event.ev == "resent"));
    await cloud.clock.advance(1);
    const second = (await client.message()).packet;
    await cloud.clock.advance(10_000);
    const third = (await client.message()).packet;
    assert.deepEqual([first.dup, second.dup, third.dup], [false, true, true]);
    assert.deepEqual([second.messageId, third.messageId], [first.messageId, first.messageId]);
    client.send({ cmd: "puback", messageId: first.messageId as number });
    await cloud.event("ack");
    await cloud.clock.advance(100_000);
    assert.equal(cloud.events.filter((event) => event.ev == "resent").length, 2);
  });

  it("is the hundredth that may be unacknowledged; more are refused until one is", async () => {
    const cloud = await startCloud();
    const client = await device(cloud);
    await client.subscribe([GET]);
    for (let i = 1; i <= 101; i++) say(cloud, GET, String(i));
    const ids: number[] = [];
    for (let i = 1; i <= 100; i++) ids.push((await client.message()).packet.messageId as number);
    assert.deepEqual(await cloud.event("denied"), {
      ...{ ev: "denied", client: ME, action: "receive", topic: GET, reason: "100 messages are not acknowledged" },
    });
    await assert.rejects(cloud.api.setProperties(NAMES, { a: 1 }), /100 messages are not acknowledged/);
    client.send({ cmd: "puback", messageId: ids[0] as number });
    await cloud.event("ack");
    say(cloud, GET, "again");
    assert.equal((await client.message()).text, "again");
  });

  it("is delivered with QoS 1 whatever the subscription says, and QoS 0 with QoS 0", async () => {
    const cloud = await startCloud();
    const client = await device(cloud);
    await client.subscribe([GET], 0);
    say(cloud, GET, "one", 1);
    assert.equal((await client.message()).packet.qos, 1);
    say(cloud, GET, "zero", 0);
    assert.equal((await client.message()).packet.qos, 0);
  });
});

describe("a session", () => {
  async function left(cloud: TestCloud): Promise<void> {
    const client = await device(cloud, { clean: false });
    assert.equal((client.got[0] as { sessionPresent: boolean }).sessionPresent, false);
    await client.subscribe([GET]);
    client.send({ cmd: "disconnect" } as Packet);
    await cloud.event("disconnect");
  }
  const present = (client: RawClient): boolean => (client.got[0] as { sessionPresent: boolean }).sessionPresent;

  it("is found again within seven days, whatever the client id", async () => {
    const cloud = await startCloud();
    await left(cloud);
    await cloud.clock.advance(7 * 86_400_000 - 1);
    say(cloud, GET, "late");
    const client = await device(cloud, { clean: false, clientId: "another" });
    assert.ok(present(client));
    assert.equal((await client.message()).text, "late");
  });

  it("is over after seven days", async () => {
    const cloud = await startCloud();
    await left(cloud);
    say(cloud, GET, "too old");
    await cloud.event("answer");
    await cloud.clock.advance(7 * 86_400_000);
    const client = await device(cloud, { clean: false });
    assert.ok(!present(client));
    say(cloud, GET, "nobody subscribed");
    await client.subscribe([`/${ME}/user/end`]);
    say(cloud, `/${ME}/user/end`, "end");
    assert.equal((await client.message()).text, "end");
  });

  it("is over when the device does not want it any more", async () => {
    const cloud = await startCloud();
    await left(cloud);
    say(cloud, GET, "kept until then");
    await cloud.event("answer");
    const clean = await device(cloud, { clean: true });
    assert.ok(!present(clean));
    clean.socket.destroy();
    await cloud.event("disconnect", () => cloud.events.filter(({ ev }) => ev == "disconnect").length == 2);
    assert.ok(!present(await device(cloud, { clean: false })));
  });

  it("has no messages that were acknowledged", async () => {
    const cloud = await startCloud();
    const first = await device(cloud, { clean: false });
    await first.subscribe([GET]);
    say(cloud, GET, "seen");
    const { packet } = await first.message();
    first.send({ cmd: "puback", messageId: packet.messageId as number });
    await cloud.event("ack");
    first.socket.destroy();
    await cloud.event("disconnect");
    const second = await device(cloud, { clean: false });
    say(cloud, GET, "next");
    assert.equal((await second.message()).text, "next");
  });

  it("keeps no message of a subscription that was refused", async () => {
    const cloud = await startCloud();
    const first = await device(cloud, { clean: false });
    assert.deepEqual(await first.subscribe([`/${PK}/other/user/get`, GET]), [0x80, 1]);
    first.socket.destroy();
    await cloud.event("disconnect");
    say(cloud, `/${PK}/other/user/get`, "not for it");
    say(cloud, GET, "for it");
    const second = await device(cloud, { clean: false });
    assert.equal((await second.message()).text, "for it");
  });
});

describe("nonsense", () => {
  it("of any kind ends a connection at most", async () => {
    const cloud = await startCloud();
    const good = [
      { cmd: "connect", protocolId: "MQTT", protocolVersion: 4, ...loginFields() },
      { cmd: "subscribe", messageId: 3, subscriptions: [{ topic: GET, qos: 1 }] },
      {
        cmd: "publish",
        topic: `/sys/${ME}/thing/event/property/post`,
        payload: '{"id":"1","params":{"a":1}}',
        qos: 1,
        messageId: 4,
        dup: false,
        retain: false,
      },
      { cmd: "puback", messageId: 9 },
    ] as Packet[];
    const bytes = Buffer.concat(good.map((packet) => generate(packet)));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        fc.nat(bytes.length),
        async (changes, end) => {
          const wrong = Buffer.from(bytes.subarray(0, end));
          for (const [at, value] of changes) if (at < end) wrong[at] = value;
          const client = await rawClient(cloud, "tcp");
          client.socket.end(wrong);
          client.socket.resume();
          await client.closed;
        },
      ),
      { numRuns: 100, seed: 1 },
    );
    assert.equal(await codeOf(cloud), 0);
  });

  it("in a message does not end the cloud", async () => {
    const cloud = await startCloud();
    const client = await device(cloud);
    const deep = `${'{"a":'.repeat(40_000)}1${"}".repeat(40_000)}`;
    await client.publish(`/shadow/update/${ME}`, `{"method":"update","state":{"reported":${deep}},"version":1}`);
    await client.publish(`/sys/${ME}/thing/event/property/post`, `{"id":"1","params":{"__proto__":${deep}}}`);
    await client.publish(`/sys/${ME}/thing/event/property/post`, Buffer.from([0xff, 0xfe, 0]));
    assert.equal(await codeOf(cloud), 0);
  });
});

it("devices with one client id and two names do not meet", async () => {
  const cloud = await startCloud();
  cloud.api.addDevice(PK, "second", "secret-of-second");
  const one = await device(cloud, { clientId: "same" });
  const content = `clientIdsamedeviceNamesecondproductKey${PK}`;
  const code = await codeOf(cloud, { clientId: "same", username: `second&${PK}`, secret: "secret-of-second", content });
  assert.equal(code, 0);
  assert.ok(!one.socket.destroyed);
  assert.equal(cloud.api.state(NAMES).deviceName, DN);
});
