/** Messages of clouds are JSON objects. */
import type { Message } from "../../broker/rules.ts";

export function jsonMessage(topic: string, value: unknown, qos: 0 | 1 = 0): Message {
  return { topic, payload: Buffer.from(JSON.stringify(value), "utf8"), qos };
}

/** @returns `null` for what is not JSON, or no object. */
export function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value == "object" && value !== null && !Array.isArray(value);
}
