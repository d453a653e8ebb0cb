/**
 * JSON whose texts are bytes, one character each: UTF-8 goes through unharmed, which the interpreter's own
 * `JSON.stringify` would not let it.
 */

/** As `JSON.stringify`; without members that are `undefined`. */
export function json(value: unknown): string {
  if (typeof value == "string") return quoted(value);
  if (!value || typeof value != "object") return JSON.stringify(value === undefined ? null : value);
  if (Array.isArray(value)) return "[" + value.map((item) => json(item)).join(",") + "]";
  const object = value as Record<string, unknown>;
  const names = Object.keys(object).filter((name) => object[name] !== undefined);
  return "{" + names.map((name) => quoted(name) + ":" + json(object[name])).join(",") + "}";
}

function quoted(text: string): string {
  return '"' + text.replace(/["\\\x00-\x1f]/g, (one) => JSON.stringify(one).slice(1, -1)) + '"';
}
