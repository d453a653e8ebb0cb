/** Numbers and texts of +CME ERROR (Luat AT manual V1.6.3, CME ERROR). */
import { ArgumentError, type AtError } from "../core/command.ts";

export const CME = {
  notAllowed: 3,
  noService: 30,
  badParameter: 53,
  badLine: 58,
  fileMissing: 62,
  fileTooLarge: 63,
  folderNotMade: 97,
  folderMissing: 98,
  gprs: 148,
  failed: 767,
  radioOff: 797,
} as const;

/** Numbers of `ERROR:<n>`, by which some firmware ends the HTTP commands that it refuses. */
export const HTTP_ERROR = {
  noSession: 0,
  busy: 3,
  file: 6,
  noHeader: 9,
  noBearer: 11,
  parameter: 12,
  noBuffer: 13,
} as const;

const TEXTS: Record<number, string> = {
  3: "operation not allowed",
  4: "operation not supported",
  10: "SIM not inserted",
  11: "SIM PIN required",
  12: "SIM PUK required",
  13: "SIM failure",
  14: "SIM busy",
  16: "incorrect password",
  30: "no network service",
  53: "parameters are invalid",
  58: "INVALID_COMMAND_LINE",
  62: "FILE NOT EXIST",
  63: "FILE TOO LARGE",
  97: "DIR CREATE FAIL",
  98: "DIR NOT EXIST",
  148: "unspecified GPRS error",
  767: "Operation failed",
  797: "CFUN state is 0 or 4",
};

/** The final result for an error, as AT+CMEE says. */
export function failure(error: AtError | ArgumentError, cmee: number): string {
  const cme = error instanceof ArgumentError ? CME.badParameter : error.cme;
  if (cmee === 0 || cme === null) return "ERROR";
  return `+CME ERROR: ${cmee === 2 ? (TEXTS[cme] ?? "unknown") : cme}`;
}
