/** MQTT packets as `mqtt-packet` has them, and ours: texts of one character per byte. */
import fc from "fast-check";
import * as mqtt from "mqtt-packet";
import type { WillConfig } from "../../src/api/config.ts";
import type { ConnectPlan } from "../../src/api/cloud.ts";

/** UTF-8, one character per byte: as texts are on a board. */
export function bytes(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}

export function latin1(data: Buffer | string): string {
  return Buffer.from(data as Buffer).toString("latin1");
}

/** What a server sends. */
export function generated(packet: mqtt.Packet): string {
  return latin1(mqtt.generate(packet, { protocolVersion: 4 }));
}

/** The one packet that these bytes are. @throws if they are anything else. */
export function parsed(packet: string): mqtt.Packet {
  const found: mqtt.Packet[] = [];
  const parser = mqtt.parser({ protocolVersion: 4 });
  parser.on("packet", (one) => found.push(one));
  parser.on("error", (error) => {
    throw error;
  });
  const left = parser.parse(Buffer.from(packet, "latin1"));
  if (found.length != 1 || left) throw new Error(`${found.length} packets, and ${left} bytes`);
  return found[0] as mqtt.Packet;
}

export const PLAN: ConnectPlan = {
  ...{ host: "h", port: 1, clientId: "me", username: "user", password: "secret", base: "b" },
  ...{ heartbeatTopic: "", heartbeatText: "" },
};

/** A topic of a message: characters of one to four bytes. */
export const topics = fc
  .string({ unit: "binary", minLength: 1, maxLength: 40 })
  .filter((text) => !/[+#\0]/.test(text) && Buffer.from(text).toString() == text)
  .map((text) => text.replace(/[\x00-\x1f\x7f-\x9f]/g, "x"));

export const payloads = fc
  .oneof(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ minLength: 3900, maxLength: 4100 }))
  .map((data) => Buffer.from(data));

export const ids = fc.integer({ min: 1, max: 65535 });

export const qos = fc.constantFrom(0 as const, 1 as const);

/** As a cloud makes it, and with what will. */
export const connects = fc.record({
  clientId: fc.string({ minLength: 1, maxLength: 60 }),
  username: fc.string({ maxLength: 60 }),
  password: fc.string({ maxLength: 300 }),
  keepaliveS: fc.integer({ min: 0, max: 65535 }),
  cleanSession: fc.boolean(),
  will: fc.option(
    fc.record(
      { topic: topics, payload: fc.string({ unit: "grapheme", maxLength: 200 }), qos, retain: fc.boolean() },
      { noNullPrototype: true },
    ),
  ),
});

export function willOf(will: { topic: string; payload: string; qos: 0 | 1; retain: boolean } | null): [WillConfig | null, string] {
  return will ? [{ ...will, payload: bytes(will.payload) } as WillConfig, bytes(will.topic)] : [null, ""];
}
