/** Reading JSON of others: their names are data, which the build must not shorten, so they are always looked up by a text. */

/** An object (or array) of JSON; `{}` if the text is anything else. Its texts are bytes; escapes like `\u4e2d` lose theirs on a board. */
export function parsed(text: string): Record<string, unknown> {
  let value: unknown = null;
  try {
    value = JSON.parse(text);
  } catch (e) {
    value = e && null;
  }
  return value && typeof value == "object" ? (value as Record<string, unknown>) : {};
}

/** Those members of a parsed text, in this order. */
export function members(object: unknown, names: string[]): unknown[] {
  return names.map((name) => (object as Record<string, unknown>)[name]);
}

/** The same where all must be texts and none may be empty; `null` if one is not so. */
export function texts(object: unknown, names: string[]): string[] | null {
  const found = members(object, names) as string[];
  return found.every((text) => text && typeof text == "string") ? found : null;
}
