/** JSON whose texts are bytes, one character each: UTF-8 goes through unharmed, which the interpreter's own `JSON.stringify` would not let it. */

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

/** An object of JSON; `{}` if the text is anything else. Its texts are bytes too; escapes like `\u4e2d` are lost on a board. */
export function parsed(text: string): Record<string, unknown> {
  try {
    const value = JSON.parse(text);
    return value && typeof value == "object" ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
