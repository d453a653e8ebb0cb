/** `FIELD=VALUE` of a command line: a secret is not written there, where others and the shell's history see it. */
import { randomInt } from "node:crypto";
import { readFileSync } from "node:fs";
import { UsageError } from "../command-line/run.ts";
import { readBytes } from "../config/validate.ts";
import { ConfigError } from "../project/mistakes.ts";

const SECRET_FIELDS: readonly string[] = ["password", "deviceSecret", "productSecret", "otaKey", "simPin"];
/** Made up by us: nobody else has to know them beforehand. */
const RANDOM_FIELDS: readonly string[] = ["password", "otaKey"];
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/** 62^24 is 142 bits. */
const RANDOM_LENGTH = 24;
const STANDARD_INPUT = 0;

/** `@FILE`: its first line; `@-`: of standard input; `random` for a password or a key. @throws {UsageError} naming the field, {ConfigError} about a file. */
export function valueOf(argument: string): [field: string, value: string] {
  const at = argument.indexOf("=");
  if (at < 1) throw new UsageError(`"${argument}": a field is given as NAME=VALUE`);
  const field = argument.slice(0, at);
  const text = argument.slice(at + 1);
  if (text.startsWith("@")) return [field, firstLine(field, text.slice(1))];
  if (RANDOM_FIELDS.includes(field) && text == "random") return [field, randomText()];
  if (SECRET_FIELDS.includes(field))
    throw new UsageError(`${field}: a secret on a command line is seen by others; write ${field}=@FILE, or ${field}=@- for standard input`);
  return [field, text];
}

function firstLine(field: string, path: string): string {
  try {
    return (path == "-" ? readFileSync(STANDARD_INPUT) : readBytes(path)).toString("utf8").split(/\r?\n/)[0] ?? "";
  } catch (error) {
    throw new ConfigError(`${field}: ${(error as Error).message}`);
  }
}

function randomText(): string {
  return Array.from({ length: RANDOM_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join("");
}
