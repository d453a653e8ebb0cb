/** Fields that the commands of several clouds have, as JSON schemas. */
import type { Command } from "./commands.ts";

export const TEXT = { type: "string", minLength: 1 };
export const OBJECT = { type: "object" };
export const ANYTHING = {};
/** Text, or any bytes. */
export const BYTES = {
  anyOf: [
    { type: "string" },
    { type: "object", properties: { base64: { type: "string" } }, required: ["base64"], additionalProperties: false },
  ],
};

export type Bytes = string | { base64: string };

export function bytesOf(payload: Bytes): Buffer {
  return typeof payload == "string" ? Buffer.from(payload, "utf8") : Buffer.from(payload.base64, "base64");
}

/** `Fields`: what `fields` describe. */
export function command<Fields>(
  help: string,
  fields: Command["fields"],
  run: (fields: Fields) => unknown,
  optional: readonly string[] = [],
): Command {
  return { help, fields, run, ...(optional.length && { optional }) };
}
