/** The MQTT codec, packet by packet against `mqtt-packet`, both ways. */
import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import fc from "fast-check";
import type * as mqtt from "mqtt-packet";
import * as packets from "../../src/wifi/packets.ts";
import { bytes, connects, generated, ids, latin1, parsed, payloads, PLAN, qos, topics, willOf } from "./support.ts";

describe("what we send is to mqtt-packet", () => {
  it("CONNECT with the same fields", () => {
    fc.assert(
      fc.property(connects, (one) => {
        const [will, willTopic] = willOf(one.will);
        const plan = { ...PLAN, clientId: bytes(one.clientId), username: bytes(one.username), password: bytes(one.password), willTopic };
        const read = parsed(packets.connect(plan, one.keepaliveS, one.cleanSession, will)) as mqtt.IConnectPacket;
        assert.deepEqual([read.cmd, read.protocolId, read.protocolVersion], ["connect", "MQTT", 4]);
        assert.deepEqual([read.clientId, read.keepalive, read.clean], [one.clientId, one.keepaliveS, one.cleanSession]);
        // A password without a user is not allowed (3.1.2.9), and what is empty is left out.
        assert.equal(read.username, one.username || undefined);
        assert.equal(read.password?.toString(), (one.username && one.password) || undefined);
        const { topic, payload, qos, retain } = read.will ?? {};
        assert.deepEqual(one.will && { topic, payload: payload?.toString(), qos, retain }, one.will);
        assert.equal(read.will === undefined, one.will === null);
      }),
      { numRuns: 500 },
    );
  });

  it("PUBLISH with the same fields, and bytes of every kind", () => {
    fc.assert(
      fc.property(topics, payloads, ids, qos, fc.boolean(), (topic, payload, id, level, retain) => {
        const read = parsed(packets.publish(id, bytes(topic), latin1(payload), level, retain)) as mqtt.IPublishPacket;
        assert.deepEqual([read.cmd, read.topic, read.qos, read.retain, read.dup], ["publish", topic, level, retain, false]);
        assert.equal(read.messageId, level ? id : undefined);
        assert.deepEqual(read.payload, payload);
      }),
      { numRuns: 500 },
    );
  });

  it("PUBLISH at each change of the length's size", () => {
    for (const size of [0, 1, 120, 121, 122, 123, 124, 125, 126, 127, 128, 4100, 16377, 16378, 16379, 16380]) {
      const payload = "x".repeat(size);
      assert.equal(String((parsed(packets.publish(1, "t", payload, 1, false)) as mqtt.IPublishPacket).payload), payload);
    }
  });

  it("SUBSCRIBE and UNSUBSCRIBE with the same fields", () => {
    fc.assert(
      fc.property(topics, ids, qos, (topic, id, level) => {
        const subscribe = parsed(packets.subscribe(id, bytes(topic), level)) as mqtt.ISubscribePacket;
        assert.deepEqual([subscribe.cmd, subscribe.messageId], ["subscribe", id]);
        assert.deepEqual(subscribe.subscriptions, [{ topic, qos: level }]);
        const unsubscribe = parsed(packets.unsubscribe(id, bytes(topic))) as mqtt.IUnsubscribePacket;
        assert.deepEqual([unsubscribe.cmd, unsubscribe.messageId, unsubscribe.unsubscriptions], ["unsubscribe", id, [topic]]);
      }),
      { numRuns: 300 },
    );
  });

  it("PUBACK, PUBREC, PUBCOMP, PINGREQ, DISCONNECT", () => {
    fc.assert(
      fc.property(ids, (id) => {
        const cmds = [packets.receipt(2, id), packets.receipt(4, id), packets.pubcomp(id)].map(parsed) as mqtt.IPubackPacket[];
        assert.deepEqual(
          cmds.map((one) => [one.cmd, one.messageId]),
          [
            ["puback", id],
            ["pubrec", id],
            ["pubcomp", id],
          ],
        );
      }),
    );
    assert.equal(packets.receipt(1, 7), "", "a retained message of QoS 0");
    assert.equal(parsed(packets.PINGREQ).cmd, "pingreq");
    assert.equal(parsed(packets.DISCONNECT).cmd, "disconnect");
  });
});

type Told = [type: number, flags: number, body: string] | ["overflow", string] | ["malformed"];

let told: Told[] = [];

beforeEach(() => {
  told = [];
  packets.flush();
  packets.init({
    packet: (type, flags, body) => told.push([type, flags, body]),
    overflow: (receipt) => told.push(["overflow", receipt]),
    malformed: () => told.push(["malformed"]),
  });
});

/** What these bytes are when they come in these pieces. */
function fed(pieces: readonly string[]): Told[] {
  told = [];
  packets.flush();
  for (const piece of pieces) packets.feed(piece);
  return told;
}

/** Fixed header and body apart: first byte, and what follows the length. */
function expected(packet: string): Told {
  const first = packet.charCodeAt(0);
  let at = 1;
  while (packet.charCodeAt(at) > 127) at++;
  return [first >> 4, first & 15, packet.slice(at + 1)];
}

const received = fc.oneof(
  fc.record({ cmd: fc.constant("connack" as const), returnCode: fc.integer({ min: 0, max: 5 }), sessionPresent: fc.boolean() }),
  fc.record({
    ...{ cmd: fc.constant("publish" as const), topic: topics, payload: payloads, messageId: ids, qos },
    ...{ dup: fc.constant(false), retain: fc.boolean() },
  }),
  fc.record({
    ...{ cmd: fc.constant("publish" as const), topic: topics, payload: payloads, messageId: ids, qos: fc.constant(1 as const) },
    ...{ dup: fc.boolean(), retain: fc.boolean() },
  }),
  fc.record({ cmd: fc.constant("suback" as const), messageId: ids, granted: fc.constantFrom([0], [1], [128]) }),
  fc.record({ cmd: fc.constantFrom("puback" as const, "unsuback" as const), messageId: ids }),
  fc.record({ cmd: fc.constant("pingresp" as const) }),
) as fc.Arbitrary<mqtt.Packet>;

describe("what mqtt-packet sends is to us", () => {
  it("the same, however it is split and joined", () => {
    fc.assert(
      fc.property(
        fc.array(received, { minLength: 1, maxLength: 6 }),
        fc.array(fc.nat({ max: 30_000 }), { maxLength: 20 }),
        (list, places) => {
          const texts = list.map(generated);
          const all = texts.join("");
          const cuts = [0, ...places.filter((place) => place < all.length).sort((a, b) => a - b), all.length];
          const pieces = cuts.slice(1).map((cut, i) => all.slice(cuts[i], cut));
          assert.deepEqual(fed(pieces), texts.map(expected));
        },
      ),
      { numRuns: 300 },
    );
  });

  it("the same, split at every place", () => {
    const texts = [
      generated({ cmd: "connack", returnCode: 0, sessionPresent: true }),
      generated({ cmd: "publish", topic: "a/b", payload: "x".repeat(200), qos: 1, messageId: 300, dup: true, retain: true }),
      generated({ cmd: "suback", messageId: 2, granted: [1] }),
      generated({ cmd: "pingresp" }),
    ];
    const all = texts.join("");
    for (let at = 0; at <= all.length; at++) assert.deepEqual(fed([all.slice(0, at), all.slice(at)]), texts.map(expected), `at ${at}`);
    assert.deepEqual(fed([...all]), texts.map(expected), "byte by byte");
  });
});

const NEXT = generated({ cmd: "puback", messageId: 5 });

describe("a message too long", () => {
  const long = (size: number, level: 0 | 1 | 2): string =>
    generated({ cmd: "publish", topic: "a/b", payload: "\0".repeat(size), qos: level, messageId: 4711, dup: false, retain: false });
  /** Without topic and packet identifier. */
  const most = packets.PACKET_LIMIT - 7;

  it("is one byte more than the longest", () => {
    assert.deepEqual(fed([long(most, 1)]), [expected(long(most, 1))]);
    assert.deepEqual(fed([long(most + 1, 1)]), [["overflow", packets.receipt(2, 4711)]]);
  });

  for (const level of [0, 1, 2] as const)
    it(`of QoS ${level} is acknowledged and dropped, and the next one is right`, () => {
      const all = long(20_000, level) + NEXT + long(5000, level) + NEXT;
      const overflow: Told = ["overflow", packets.receipt(2 * level, 4711)];
      const want = [overflow, expected(NEXT), overflow, expected(NEXT)];
      for (const size of [1, 3, 7, 536, 4301, 20_008, 20_010, 20_012, 50_000])
        assert.deepEqual(fed(all.match(new RegExp(`[^]{1,${size}}`, "g")) ?? []), want, `pieces of ${size}`);
    });

  it("may have a topic that is too long as well: that is the end", () => {
    const all = generated({ cmd: "publish", topic: "t".repeat(5000), payload: "", qos: 0, dup: false, retain: false });
    assert.deepEqual(fed([all]), [["malformed"]]);
  });

  it("is malformed if it is no message", () => {
    assert.deepEqual(fed(["\x20\xff\xff\xff\x7f\0\0\0\0"]), [["malformed"]]);
  });
});

describe("what is not MQTT", () => {
  it("a length of five bytes", () => {
    assert.deepEqual(fed(["\x30\x80\x80\x80\x80\x01"]), [["malformed"]]);
    assert.deepEqual(fed([..."\x30\x80\x80\x80\x80"]), [["malformed"]], "the fourth says that there is a fifth");
  });

  it("a message of QoS 3", () => {
    assert.deepEqual(fed(["\x36\x05\0\x01t\0\x01"]), [["malformed"]]);
  });

  it("is forgotten: a new connection starts clean", () => {
    fed(["\x30\x80\x80\x80\x80", NEXT.slice(0, 2)]);
    packets.flush();
    told = [];
    packets.feed(NEXT);
    assert.deepEqual(told, [expected(NEXT)]);
  });

  it("of random bytes: nothing hangs, throws or grows", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 600 }), { maxLength: 30 }), (chunks) => {
        let handed = 0;
        for (const one of fed(chunks.map((chunk) => latin1(Buffer.from(chunk))))) if (one.length == 3) handed += one[2].length;
        assert.ok(handed <= chunks.reduce((sum, chunk) => sum + chunk.length, 0));
      }),
      { numRuns: 500 },
    );
  });

  it("and a packet that never ends takes no more than its limit", () => {
    // Only the beginning of a message is kept until its end is known: what is held shows in what is handed over next.
    const head = "\x30\xcc\x21\0\x01t";
    fed([head, "x".repeat(packets.PACKET_LIMIT - 4)]);
    packets.feed("x");
    assert.deepEqual(told, [[3, 0, `\0\x01t${"x".repeat(packets.PACKET_LIMIT - 3)}`]]);
  });
});
