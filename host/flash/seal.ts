/**
 * Closing a device's console for good. A Storage file does it at every start, because the interpreter forgets a password when it loses
 * power; it runs after `.boot0`, which has put the console where it belongs. Neither way stops who reads the flash by wire.
 */
import { readFileSync } from "node:fs";
import type { Repl } from "../console/repl.ts";
import { LockedError } from "../console/repl.ts";
import { compare, putFile } from "./console-files.ts";

export type SealKind = "password" | "none";
export const SEAL_KINDS: readonly SealKind[] = ["password", "none"];

/** The last of the interpreter's boot files before the loader. */
export const SEAL_FILE = ".boot3";

/** `E.setPassword` takes 20 characters (Espruino: `src/jsinteractive.c`). */
const PASSWORD_LIMIT = 20;
/** A console that is closed says nothing; one that is open answers within this time. */
const SILENCE_MS = 1500;

/** The first line of a file. @throws {Error} naming the file, never what is in it. */
export function readPassword(path: string): string {
  let text: string;
  try {
    text = readFileSync(path, "latin1");
  } catch (error) {
    throw new Error(`${path}: ${(error as NodeJS.ErrnoException).code == "ENOENT" ? "no such file" : (error as Error).message}`);
  }
  const password = text.split(/\r?\n/)[0] ?? "";
  if (!/^[\x21-\x7e]+$/.test(password) || password.length > PASSWORD_LIMIT)
    throw new Error(`${path}: a password has 1 to ${PASSWORD_LIMIT} characters of ASCII, without spaces, in the first line`);
  return password;
}

export function sealCode(kind: SealKind, password = ""): string {
  return kind == "none" ? "E.setConsole(null,{force:true});" : `E.setPassword(${JSON.stringify(password)});E.lockConsole();`;
}

/** Writes the seal, closes the console now, and sees that it is closed. @throws {Error} if it is not. */
export async function seal(repl: Repl, kind: SealKind, password?: string): Promise<void> {
  const code = Buffer.from(sealCode(kind, password), "latin1");
  await putFile(repl, SEAL_FILE, code);
  await compare(repl, SEAL_FILE, code);
  await repl.evaluate(`setTimeout(${JSON.stringify(code.toString("latin1"))},200)`);
  await new Promise((resolve) => setTimeout(resolve, 500));
  try {
    await repl.evaluate("1", { timeoutMs: SILENCE_MS, attempts: 2, interrupt: false });
  } catch (error) {
    if (kind == "none" || error instanceof LockedError) return;
    throw error;
  }
  throw new Error("the console still answers: it is not sealed");
}
