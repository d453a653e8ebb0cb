/**
 * MQTT 3.1.1 (OASIS Standard, 29 October 2014; section numbers below are its): packets to texts of one character per byte, and back.
 * Knows no socket and no clock.
 */
import type { WillConfig } from "../api/config";
import type { ConnectPlan } from "../api/cloud";

/** Types of the packets that a server sends (2.2.1), in the upper half of their first byte. */
export const enum Type {
  ConnAck = 2,
  Publish = 3,
  PubAck = 4,
  PubRel = 6,
  SubAck = 9,
  UnsubAck = 11,
  PingResp = 13,
}

/**
 * Longest packet kept, in bytes after its fixed header: as much as the 4G modules hand over in one message. A longer message
 * is acknowledged and dropped.
 */
export const PACKET_LIMIT = 4300;
/** A remaining length has at most four bytes (2.2.3). */
const LENGTH_BYTES = 4;

export interface PacketSink {
  /** `flags`: the lower half of the first byte; `body`: what follows the fixed header. */
  packet(type: number, flags: number, body: string): void;
  /** A message that is too long. `receipt`: what acknowledges it, `""` for QoS 0. */
  overflow(receipt: string): void;
  /** These bytes are not MQTT: nothing after them can be understood. */
  malformed(): void;
}

export const PINGREQ = "\xc0\0";
export const DISCONNECT = "\xe0\0";

let sink: PacketSink;
/** What has come of a packet that is not complete. */
let buf = "";
/** Bytes of a packet that are dropped. */
let skip = 0;

export function init(to: PacketSink): void {
  sink = to;
}

/** Forgets what was received: a new connection. */
export function flush(): void {
  buf = "";
  skip = 0;
}

export function feed(chunk: string): void {
  if (skip) {
    skip -= chunk.length;
    if (skip >= 0) return;
    chunk = chunk.substr(skip);
    skip = 0;
  }
  buf += chunk;
  let more = true;
  while (more) more = takePacket();
}

/** Hands over the packet that `buf` begins with. `false`: it is not complete. */
function takePacket(): boolean {
  let size = 0;
  let at = 0;
  let byte = 128;
  while (byte > 127) {
    if (++at > LENGTH_BYTES) return lost();
    byte = buf.charCodeAt(at);
    // Not there yet.
    if (!(byte >= 0)) return false;
    size += (byte & 127) << (7 * (at - 1));
  }
  const end = ++at + size;
  const first = buf.charCodeAt(0);
  // 3.3.1.2: no message is of QoS 3; no other packet has these flags.
  if ((first & 6) == 6) return lost();
  if (size > PACKET_LIMIT) return tooLong(first, at, end);
  if (buf.length < end) return false;
  const body = buf.substring(at, end);
  buf = buf.substr(end);
  sink.packet(first >> 4, first & 15, body);
  return true;
}

/** As soon as its packet identifier is there, which follows the topic. */
function tooLong(first: number, at: number, end: number): boolean {
  const idAt = at + 2 + numberAt(buf, at);
  if (first >> 4 != Type.Publish || idAt - at > PACKET_LIMIT) return lost();
  // `idAt` is no number without the topic's length.
  if (!(buf.length > idAt + 1)) return false;
  const id = numberAt(buf, idAt);
  const rest = buf.substr(end);
  skip = rest ? 0 : end - buf.length;
  buf = rest;
  sink.overflow(receipt(first, id));
  return true;
}

function lost(): boolean {
  flush();
  sink.malformed();
  return false;
}

/** Two bytes, the higher one first; `NaN` if they are not there. */
export function numberAt(bytes: string, at: number): number {
  return 256 * bytes.charCodeAt(at) + bytes.charCodeAt(at + 1);
}

function number(value: number): string {
  return String.fromCharCode(value >> 8, value & 255);
}

function text(bytes: string): string {
  return number(bytes.length) + bytes;
}

/** `first`: type and flags. */
function packet(first: number, body: string): string {
  let head = String.fromCharCode(first);
  let size = body.length;
  while (size > 127) {
    head += String.fromCharCode((size & 127) | 128);
    size >>= 7;
  }
  return head + String.fromCharCode(size) + body;
}

/** 3.1. `keepaliveS`: seconds, 0 to 65535. */
export function connect(plan: ConnectPlan, keepaliveS: number, cleanSession: boolean, will: WillConfig | null): string {
  const password = plan.username && plan.password;
  const flags =
    (plan.username ? 128 : 0) + (password ? 64 : 0) + (will ? 4 + 8 * will.qos + (will.retain ? 32 : 0) : 0) + (cleanSession ? 2 : 0);
  return packet(
    0x10,
    "\0\x04MQTT\x04" +
      String.fromCharCode(flags) +
      number(keepaliveS) +
      text(plan.clientId) +
      (will ? text(plan.willTopic as string) + text(will.payload) : "") +
      (plan.username && text(plan.username)) +
      (password && text(password)),
  );
}

/** 3.3. `id`: of QoS 1. */
export function publish(id: number, topic: string, payload: string, qos: number, retain: boolean): string {
  return packet(0x30 + 2 * qos + (retain ? 1 : 0), text(topic) + (qos ? number(id) : "") + payload);
}

/**
 * What acknowledges a message whose first byte has these flags: PUBACK, nothing for QoS 0; PUBREC for QoS 2, which is never asked for, but
 * an earlier client's session may hold it (3.4, 3.5).
 */
export function receipt(flags: number, id: number): string {
  return flags & 6 ? (flags & 2 ? "\x40\x02" : "\x50\x02") + number(id) : "";
}

/** 3.7: ends a message of QoS 2. */
export function pubcomp(id: number): string {
  return "\x70\x02" + number(id);
}

/** 3.8 */
export function subscribe(id: number, topic: string, qos: number): string {
  return packet(0x82, number(id) + text(topic) + String.fromCharCode(qos));
}

/** 3.10 */
export function unsubscribe(id: number, topic: string): string {
  return packet(0xa2, number(id) + text(topic));
}
