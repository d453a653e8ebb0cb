/**
 * The cold module `http-client` of the EC20: "EC2x&EG9x HTTP(S) Application Note". A request goes out as the module writes it, or as
 * we do (`requestheader` 1) where it has headers of its own, a type that old firmware does not know, or a range that firmware
 * without QHTTPGETEX is asked for.
 */
import type { Result } from "../../../api/command";
import type { BringUp } from "../../../api/bringup";
import type { HttpReply, HttpRequest } from "../../../api/http";
import type { CommandStep, Script, Step } from "../../../api/script";
import { Fault } from "../../../api/fault";
import { because, inOneLine, quote } from "../../bringup/commands";
import { secure } from "./tls";
import { FORM, RESPONSE_MS, RESPONSE_S, failures, replied, targetOf, unusable, unverified } from "../../http";

/** SSL context; MQTT has another. */
const TLS_CONTEXT = 1;
/** Seconds in which we give the module the bytes that it asks for, and that it waits for more of a body. */
const INPUT_S = 30;
const BODY_S = 20;
/** It connects before it asks for a request or a body: 125 s at most. */
const CONNECT_MS = 130000;
const READ_MS = 60000;
/** From the body's last byte to the result. */
const END_MS = 5000;
/** Where a body without a length goes until its length is known. */
const FILE = quote("RAM:http");
/** By `contenttype`, on firmware of every age. */
const TYPES = [FORM, "text/plain", "application/octet-stream"];
/**
 * What 701 to 730 mean, as digits of `failures`. 701 (unknown) is what a failed TLS handshake ends with, 716 (connect) on some firmware;
 * 729 (memory) has no name of its own.
 */
const CODES = "017767064466020044455157711106";

/** This firmware has QHTTPGETEX, for all we know. */
let getsRanges = true;

export function request(up: BringUp, wanted: HttpRequest, then: (reply: HttpReply) => Script): Script {
  const to = targetOf(wanted.url);
  const range = wanted.range;
  const body = wanted.body;
  const type = wanted.type || FORM;
  const isPost = body !== undefined;

  function isOwn(): boolean {
    return !!wanted.headers || (isPost && TYPES.indexOf(type) < 0) || (!!range && (isPost || !getsRanges));
  }

  /** The request as we write it. */
  function ownText(): string {
    const lines = [(isPost ? "POST " : "GET ") + to.path + " HTTP/1.1", "Host: " + to.authority].concat(wanted.headers || []);
    if (range) lines.push("Range: bytes=" + range[0] + "-" + range[1]);
    if (isPost) lines.push("Content-Type: " + type, "Content-Length: " + body.length);
    return lines.join("\r\n") + "\r\n\r\n" + (body || "");
  }

  /** Asks for bytes, which `next` follows. */
  function giving(at: string, data: string, next: Partial<CommandStep>): Step {
    next.at = "AT+QHTTP" + at;
    next.prompt = "CONNECT";
    next.data = data;
    next.ms = CONNECT_MS;
    return next as Step;
  }

  function start(): Script {
    const settings = ['"contextid",1', '"requestheader",' + (isOwn() ? 1 : 0), '"responseheader",0', '"sslctxid",' + TLS_CONTEXT];
    if (!isOwn() && isPost) settings.push('"contenttype",' + TYPES.indexOf(type));
    return [
      inOneLine(
        settings.map((setting) => "+QHTTPCFG=" + setting),
        undefined,
        "payload-refused",
        settings.length,
      ),
      giving("URL=" + wanted.url.length + "," + INPUT_S, wanted.url, { then: (r) => (r.error ? failed(r) : action) }),
    ];
  }

  const fail = failures(to.host, start);

  /** `err`: of a URC; a refusal has it as its code. */
  function failed(r: Result, err?: string): Script {
    const code = err ? parseInt(err) : r.code;
    // Its clock ran out, or ours.
    if (!err && r.error == "unfinished") return fail("1", "no response");
    return fail(code == 701 && to.isTls ? "3" : code > 700 ? CODES[code - 701] : "", "QHTTP " + (err || because(r).substr(2)));
  }

  function action(): Script {
    const wait = RESPONSE_S + "";
    const late: Partial<CommandStep> = { lateLike: /^\+QHTTP[GP].*: /, lateMs: RESPONSE_MS, then: answered };
    const text = isOwn() ? ownText() : body || "";
    if (isPost) return giving("POST=" + text.length + "," + INPUT_S + "," + wait, text, late);
    if (text) return giving("GET=" + wait + "," + text.length + "," + INPUT_S, text, late);
    late.at = "AT+QHTTPGET" + (range ? "EX=" + wait + "," + range[0] + "," + (range[1] - range[0] + 1) : "=" + wait);
    late.ms = 9000;
    return late as Step;
  }

  /** `+QHTTPGET: <err>[,<status>[,<length>]]`: no length where the body comes in chunks. */
  function answered(r: Result): Script {
    if (r.error == "refused" && r.code < 701 && range && !isOwn()) {
      getsRanges = false;
      return start;
    }
    const answer = (r.late.split(": ")[1] || "").split(",");
    const status = parseInt(answer[1] as string);
    const length = parseInt(answer[2] as string);
    if (r.error || answer[0] != "0") return failed(r, answer[0]);
    return unusable(to.host, status, length) || (length >= 0 ? read(status, length) : readFile(status));
  }

  function read(status: number, length: number): Script {
    if (!length) return then({ status: status, body: "" });
    return {
      at: "AT+QHTTPREAD=" + BODY_S,
      prompt: "CONNECT",
      skip: length,
      keep: true,
      ms: READ_MS,
      late: "+QHTTPREAD: ",
      lateMs: END_MS,
      then: (r) => (!r.error && r.late != "0" ? failed(r, r.late) : replied(to.host, status, length, r, then)),
    };
  }

  /** By way of a file, whose length is told: where a body ends cannot be seen in its bytes. */
  function readFile(status: number): Script {
    const clear = "AT+QFDEL=" + FILE;
    let length = 0;

    const fetch: CommandStep = {
      at: "AT+QFDWL=" + FILE,
      prompt: "CONNECT",
      ms: READ_MS,
      keep: true,
      late: "OK",
      lateMs: END_MS,
      then: (r) => [clear, () => replied(to.host, status, length, r, then)],
    };

    function measured(r: Result): Script {
      length = parseInt(r.text.split(",")[1] as string);
      const why = unusable(to.host, status, length);
      if (why) return [clear, why];
      if (!length) return [clear, () => then({ status: status, body: "" })];
      fetch.skip = length;
      return length > 0 ? fetch : Fault.Server + "reply-malformed: no body from " + to.host;
    }

    const size: Step = { at: "AT+QFLST=" + FILE, want: "+QFLST: ", then: measured };
    return [
      clear,
      {
        at: "AT+QHTTPREADFILE=" + FILE + "," + BODY_S,
        ms: 9000,
        late: "+QHTTPREADFILE: ",
        lateMs: READ_MS,
        then: (r) => (r.error || r.late != "0" ? [clear, failed(r, r.late)] : size),
      },
    ];
  }

  return unverified(up, to, wanted) || [to.isTls && secure(up, wanted.tls, to.host, TLS_CONTEXT, {}), start];
}
