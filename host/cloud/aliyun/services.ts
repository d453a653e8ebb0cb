/** What the platform answers to a device's messages: its time service and the acknowledgements of reports. */
import type { Message } from "../../broker/rules.ts";

export interface ServiceWorld {
  /** Unix milliseconds. */
  now(): number;
}

/** Codes of an answer (Aliyun IoT Platform, "Alink protocol", common codes). */
const SUCCESS = { code: 200, message: "success" };
const BAD_REQUEST = { code: 400, message: "request error" };
const BAD_PARAMETER = { code: 460, message: "request parameter error" };

/** @returns no message, or one: nothing is answered twice. */
export function answersTo(message: Message, me: string, world: ServiceWorld): Message[] {
  const { topic } = message;
  if (topic == `/ext/ntp/${me}/request`) return timeAnswer(message, me, world);
  const prefix = `/sys/${me}/`;
  if (topic.startsWith(prefix) && isReport(topic.slice(prefix.length))) return reportAnswer(message);
  return [];
}

/**
 * Aliyun IoT Platform, "NTP service": times are texts in milliseconds; the device computes
 * (serverRecvTime + serverSendTime + its own receive time - deviceSendTime) / 2.
 */
function timeAnswer({ payload }: Message, me: string, { now }: ServiceWorld): Message[] {
  const { deviceSendTime } = parse(payload) ?? {};
  if (typeof deviceSendTime != "string" && typeof deviceSendTime != "number") return [];
  const time = String(now());
  return [json(`/ext/ntp/${me}/response`, { deviceSendTime: String(deviceSendTime), serverRecvTime: time, serverSendTime: time })];
}

/** `thing/event/property/post`, `thing/event/{event}/post`, and many at once (Aliyun IoT Platform, "Alink protocol", properties and events). */
function isReport(path: string): boolean {
  return /^thing\/event\/([^/]+|property\/(batch|history))\/post$/.test(path);
}

/** The method of the answer is the topic's with dots. `sys.ack` 0 asks for none. */
function reportAnswer({ topic, payload }: Message): Message[] {
  const request = parse(payload);
  const { id, params, sys } = request ?? {};
  if (isObject(sys) && sys["ack"] === 0) return [];
  const { code, message } = !request ? BAD_REQUEST : typeof params == "object" && params !== null ? SUCCESS : BAD_PARAMETER;
  const method = topic.split("/").slice(4).join(".");
  return [json(`${topic}_reply`, { code, data: {}, id: id === undefined ? "" : String(id), message, method, version: "1.0" })];
}

function parse(payload: Buffer): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(payload.toString("utf8"));
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value == "object" && value !== null && !Array.isArray(value);
}

/** The platform answers with QoS 0. */
function json(topic: string, value: unknown): Message {
  return { topic, payload: Buffer.from(JSON.stringify(value), "utf8"), qos: 0 };
}
