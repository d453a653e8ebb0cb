/** What the HTTP scripts of all dialects are made of. Cold. */
import type { Result } from "../api/command";
import type { TlsConfig } from "../api/config";
import { Fault } from "../api/fault";
import type { BringUp } from "../api/bringup";
import type { HttpReply, HttpRequest } from "../api/http";
import type { Script } from "../api/script";
import { because } from "./bringup/commands";

/** Bytes of the longest body: what the buffer of Luat's build for AT commands holds. */
const BODY_LIMIT = 4096;
/** A module that is busy is asked again this often, and after so long. */
const BUSY_TRIES = 5;
const BUSY_MS = 3000;
/** Seconds that a module waits for a response, and what it may be late. */
export const RESPONSE_S = 60;
export const RESPONSE_MS = RESPONSE_S * 1000 + 5000;
export const FORM = "application/x-www-form-urlencoded";

/** By the digits of a dialect's table. */
const FAILURES = [
  Fault.Server + "connect-failed",
  Fault.Server + "timeout",
  Fault.Server + "dns-failed",
  Fault.Server + "tls-failed",
  Fault.Network + "connection-lost",
  Fault.Server + "reply-malformed",
  Fault.Module + "payload-refused",
];
/** The digit that follows them: busy. */
const BUSY = "7";

/** The parts of a URL. */
export interface Target {
  isTls: boolean;
  host: string;
  /** Host, and port if the URL names one. */
  authority: string;
  path: string;
}

export function targetOf(url: string): Target {
  const parts = url.split("/");
  const authority = parts[2] as string;
  return {
    isTls: parts[0] == "https:",
    host: authority.split(":")[0] as string,
    authority: authority,
    path: "/" + parts.slice(3).join("/"),
  };
}

/** Why there is no such request, or `""`; says so where nobody verifies the server. */
export function unverified(up: BringUp, to: Target, wanted: HttpRequest): string {
  if (to.isTls && !wanted.tls) return Fault.Board + "tls-failed: nothing to verify " + to.host + " by";
  if (!to.isTls || (wanted.tls as TlsConfig).insecure) up.log("http: " + to.host + " is NOT verified");
  return "";
}

/** Tells failures of one request by name, and repeats it while the module is busy. `again`: the request from its beginning. */
export function failures(host: string, again: () => Script): (digit: string | undefined, what: string) => Script {
  let tries = 0;
  return (digit, what) => {
    if (digit == BUSY && ++tries < BUSY_TRIES) return [BUSY_MS, again];
    const failure = digit == BUSY ? Fault.Module + "timeout" : FAILURES[parseInt(digit as string)] || FAILURES[0];
    return failure + ": " + host + ", " + what;
  };
}

/** Why a response cannot be used, or `""`. `length`: of its body; `NaN`: unknown. */
export function unusable(host: string, status: number, length: number): string {
  if (status != 200 && status != 206)
    return Fault.Server + "http-status: " + status + " from " + host + "; check: server, URL, rights there";
  return length > BODY_LIMIT
    ? Fault.Server + "reply-malformed: " + length + " bytes from " + host + ", at most " + BODY_LIMIT + " are read at once"
    : "";
}

/** The reply, if its body is whole. */
export function replied(host: string, status: number, length: number, r: Result, then: (reply: HttpReply) => Script): Script {
  if (r.error || r.text.length != length)
    return Fault.Server + "reply-malformed: " + r.text.length + " of " + length + " bytes from " + host + because(r);
  return then({ status: status, body: r.text });
}
