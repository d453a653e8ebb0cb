/** Names of files in a board's Storage. */

/** The firmware's modules: the compiler's list has these names and no others. */
export const MODULE_FILES = [
  ".bootcde",
  "at",
  "mqtt",
  "core",
  "app",
  "script",
  "up",
  "up-wifi",
  "cloud",
  "why",
  "http-client",
  "hash",
  "ota",
  "digest",
] as const;

/** A certificate that nobody has the key of (`wrongCa`). */
export const WRONG_CA = "wrong-ca";

/** What the firmware writes or reads besides. */
const OWN_FILES = ["board", "product", "identity", "simpin", "secret"];

/**
 * Why a certificate or a key cannot have this name: it is a file in Storage, and a quoted name in AT commands of at
 * most 80 bytes. `""`: it can.
 */
export function nameProblem(name: string): string {
  if (!/^[\w.-]{1,28}$/.test(name)) return `"${name}" must be 1 to 28 letters, digits, ".", "_" or "-"`;
  const taken: readonly string[] = [...MODULE_FILES, ...OWN_FILES, WRONG_CA];
  return taken.includes(name) ? `the name "${name}" is taken by a file of the firmware` : "";
}
