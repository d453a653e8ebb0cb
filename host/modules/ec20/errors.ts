/** Final results for errors, as AT+CMEE says. */
import { ArgumentError, type AtError } from "../core/command.ts";

/** Texts for AT+CMEE=2 (3GPP TS 27.007, 9.2; Quectel FILE AT manual from 400 on). */
const TEXTS: Record<number, string> = {
  3: "operation not allowed",
  4: "operation not supported",
  10: "SIM not inserted",
  11: "SIM PIN required",
  12: "SIM PUK required",
  13: "SIM failure",
  14: "SIM busy",
  15: "SIM wrong",
  16: "incorrect password",
  50: "Incorrect parameters",
  400: "Invalid input value",
  402: "Read zero byte",
  405: "File not found",
  406: "Invalid file name",
  407: "File already exists",
  413: "Too many files open",
  414: "File read-only",
  416: "Invalid file descriptor",
  423: "File too large",
  702: "HTTP timeout",
  703: "HTTP busy",
  705: "HTTP no get/post request",
  707: "HTTP network open failed",
  709: "HTTP network deactivated",
  711: "HTTP URL error",
  712: "HTTP empty URL",
  714: "HTTP DNS error",
  716: "HTTP socket connect error",
  726: "HTTP input timeout",
  729: "HTTP memory allocation failed",
  730: "HTTP invalid parameter",
};

/** Numbers that a wrong argument gets, by the start of the command's name; others get plain ERROR. */
const WRONG_ARGUMENT: readonly [prefix: string, cme: number][] = [
  ["+QF", 400],
  ["+QHTTP", 730],
  ["+C", 50],
];

export function failure(error: AtError | ArgumentError, name: string, cmee: number): string {
  const cme = error instanceof ArgumentError ? WRONG_ARGUMENT.find(([prefix]) => name.startsWith(prefix))?.[1] : error.cme;
  if (cmee === 0 || cme === undefined || cme === null) return "ERROR";
  return `+CME ERROR: ${cmee === 2 ? (TEXTS[cme] ?? "unknown error") : cme}`;
}
