/** The envelope of messages that Aliyun IoT Platform and devices of a private broker exchange (Aliyun IoT Platform, "Alink protocol"). */
import type { Message } from "../../broker/rules.ts";
import { isObject, jsonMessage, parseObject } from "../shared/json.ts";

export interface AlinkRequest {
  id: string;
  params: unknown;
  /** The device wants an answer. */
  ack: boolean;
}

/** Data of a good answer, or what is wrong. */
export type Outcome = { data: unknown } | { code: number; message: string };

/** Codes of answers (Aliyun IoT Platform, "Common codes", document 120329). */
export const CODES = {
  badRequest: { code: 400, message: "request error" },
  tooMany: { code: 429, message: "too many requests, try again later" },
  badParameter: { code: 460, message: "request parameter error" },
  noMethod: { code: 6450, message: "method not found" },
} as const;

/**
 * The documents want an id of decimal text up to 4294967295. The platform cannot insist on it: the Link SDK for C sends bare numbers, and
 * `alibabacloud-iot-device-sdk` 1.2.8 texts like `1|1524448722000`.
 * @returns what is wrong, with the id if it can be read, otherwise `""`.
 */
export function parseAlink(payload: Buffer): AlinkRequest | { id: string; wrong: Outcome & { code: number } } {
  const text = payload.toString("utf8");
  const request = parseObject(text);
  if (!request) return { id: /"id"\s*:\s*"?(\d{1,10})\b/.exec(text)?.[1] ?? "", wrong: CODES.badRequest };
  const { id, params, sys } = request;
  if ((typeof id != "string" && typeof id != "number") || id === "") return { id: "", wrong: badParameter("id: decimal text") };
  return { id: String(id), params, ack: !(isObject(sys) && sys["ack"] === 0) };
}

export function badParameter(what: string): Outcome & { code: number } {
  return { code: CODES.badParameter.code, message: `${CODES.badParameter.message}: ${what}` };
}

/** Answers have QoS 0. `method`: the topic's with dots. */
export function alinkReply(topic: string, id: string, outcome: Outcome): Message {
  const { code, data, message } = "code" in outcome ? { ...outcome, data: {} } : { ...outcome, code: 200, message: "success" };
  const method = topic.split("/").slice(4).join(".");
  return jsonMessage(`${topic}_reply`, { code, data, id, message, method, version: "1.0" });
}
