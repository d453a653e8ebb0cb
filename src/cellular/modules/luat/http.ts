/**
 * The cold module `http-client` of Luat's modules: "AirM2M AT command manual" V1.6.3 (AT), HTTPINIT to HTTPTERM and SAPBR. One session: it
 * begins and ends with HTTPTERM, whatever came in between.
 */
import type { Result } from "../../../api/command";
import type { BringUp } from "../../../api/bringup";
import type { HttpReply, HttpRequest } from "../../../api/http";
import type { Script } from "../../../api/script";
import { Fault } from "../../../api/fault";
import { apnOf } from "../../bringup/apn";
import { because, inOneLine, quote } from "../../bringup/commands";
import { secure } from "./tls";
import { FORM, RESPONSE_MS, RESPONSE_S, failures, replied, targetOf, unusable, unverified } from "../../http";

/** AT, SSLCFG: the context that belongs to HTTP. */
const TLS_CONTEXT = 153;
/** Milliseconds in which we give the module the body that it asks for. */
const INPUT_MS = 10000;
/** AT: what opens a data connection takes up to 90 s. */
const BEARER_MS = 90000;
const READ_MS = 60000;
/** From the body's last byte to `OK`. */
const END_MS = 5000;
const END = "AT+HTTPTERM";
/** What the status 600 to 606 means, as digits of `failures`: no HTTP, network, memory, name, busy, TLS, TLS alert. */
const STATUSES = "5052733";
/**
 * What `ERROR:0` to `ERROR:14` mean. 3, busy, is also what `+CME ERROR: 3` says of a session that is in the way; the other numbers of CME
 * ERROR that these commands have are 50 and more, and about arguments.
 */
const ERRORS = "662700644664654";

/** Whatever `script` fails with, the session ends first. */
function closing(script: Script): Script {
  if (Array.isArray(script)) return script.map(closing);
  if (typeof script == "function") return () => closing(script());
  if (typeof script == "string") return script && !script.startsWith("AT") ? [END, script] : script;
  if (typeof script != "object") return script;
  const then = script.then;
  script.then = (r) => closing(then && then(r));
  return script;
}

/** A header line as an argument: AT, HTTPPARA: `\22` stands for a quote. */
function header(line: string): string {
  return '="USER_DEFINED",' + quote(line.split('"').join("\\22"));
}

/** SAPBR: HTTP has a data connection of its own. */
function bearer(up: BringUp): Script {
  const config = up.product.modem;
  const apn = config.apn || apnOf(up.info.imsi);
  const settings = ['"CONTYPE","GPRS"', '"APN",' + quote(apn)];
  if (config.apnUser) settings.push('"USER",' + quote(config.apnUser), '"PWD",' + quote(config.apnPassword));
  return {
    at: "AT+SAPBR=2,1",
    want: "+SAPBR: ",
    then: (r) =>
      !r.text.startsWith("1,1,") && [
        inOneLine(settings.map((setting) => "+SAPBR=3,1," + setting)),
        { at: "AT+SAPBR=1,1", ms: BEARER_MS, then: (one) => one.error && Fault.Network + "apn-refused: " + quote(apn) + because(one) },
      ],
  };
}

export function request(up: BringUp, wanted: HttpRequest, then: (reply: HttpReply) => Script): Script {
  const to = targetOf(wanted.url);
  const body = wanted.body;
  const range = wanted.range;
  const method = body === undefined ? 0 : 1;

  const parameters = ['="CID",1', '="URL",' + quote(wanted.url), '="TIMEOUT",' + RESPONSE_S, '="REDIR",0'];
  if (method) parameters.push(header("Content-Type: " + (wanted.type || FORM)));
  for (const line of wanted.headers || []) parameters.push(header(line));
  if (range) parameters.push('="BREAK",' + range[0], '="BREAKEND",' + range[1]);

  let reply: HttpReply;

  function take(got: HttpReply): undefined {
    reply = got;
  }

  /** Up to the reply. */
  function session(): Script {
    function failed(r: Result): Script {
      if (r.error == "unfinished") return fail("1", "no response");
      return fail(r.code > 14 ? "6" : r.code < 0 ? "" : ERRORS[r.code], "HTTP" + because(r));
    }

    function read(status: number, length: number): Script {
      if (!length) return take({ status: status, body: "" });
      return {
        at: "AT+HTTPREAD",
        prompt: "+HTTPREAD: ",
        skip: length,
        keep: true,
        ms: READ_MS,
        late: "OK",
        lateMs: END_MS,
        then: (r) => replied(to.host, status, length, r, take),
      };
    }

    /** `<status>,<length>`. */
    function answered(r: Result): Script {
      if (r.error) return failed(r);
      const answer = r.late.split(",");
      const status = parseInt(answer[0] as string);
      const length = parseInt(answer[1] as string);
      const digit = status >= 600 && STATUSES[status - 600];
      if (digit) return fail(digit, "HTTPACTION " + status);
      return unusable(to.host, status, length) || read(status, length);
    }

    function action(): Script {
      return {
        at: "AT+HTTPACTION=" + method,
        ms: 9000,
        late: "+HTTPACTION: " + method + ",",
        lateMs: RESPONSE_MS,
        then: answered,
      };
    }

    const commands = ["+HTTPINIT", "+HTTPSSL=" + (to.isTls ? 1 : 0)].concat(parameters.map((parameter) => "+HTTPPARA" + parameter));
    let i = 0;

    /** One by one: what a line of several is refused for would not be known. */
    function set(r?: Result): Script {
      if (r && r.error) return failed(r);
      if (i < commands.length) return { at: "AT" + commands[i++], then: set };
      if (!body) return action;
      return {
        at: "AT+HTTPDATA=" + body.length + "," + INPUT_MS,
        prompt: "DOWNLOAD",
        data: body,
        ms: INPUT_MS + 9000,
        quietMs: INPUT_MS + 9000,
        then: (one) => (one.error ? failed(one) : action),
      };
    }

    return [END, set];
  }

  const fail = failures(to.host, session);
  return (
    unverified(up, to, wanted) || [
      bearer(up),
      to.isTls && secure(up, wanted.tls, to.host, TLS_CONTEXT, {}),
      closing(session),
      END,
      () => then(reply),
    ]
  );
}
