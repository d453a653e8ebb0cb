/** Digests of the interpreter's own `crypto`, on boards that have it. */

declare const E: { toString(data: ArrayBuffer): string };
declare function require(name: "crypto"): Record<string, (text: string) => ArrayBuffer>;

/** `name`: as the module calls it (`SHA1`, `SHA256`). @throws on a board without it. */
export function digestOf(name: string, text: string): string {
  return E.toString((require("crypto")[name] as (text: string) => ArrayBuffer)(text));
}
