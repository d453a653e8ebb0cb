/**
 * Quectel EC20 (EC2x family). Commands and limits: "EC2x&EG9x&EG2x-G&EM05 AT Commands Manual" V2.0 (AT), "EC2x MQTT
 * Application Note" V1.1 (MQTT), "FILE AT Commands Manual" (FILE), "TCP/IP Application Note" (TCP), "SSL AT Commands" (SSL).
 *
 * First what stays in memory (`dialect`), then what only brings the module up (`modem`): the build takes each into its own Storage module.
 */
import type { Command, Result } from "../api/at";
import type { TlsConfig, WillConfig } from "../api/config";
import type { DeviceErrorName, Qos } from "../api/device";
import type { BringUp, Dialect, MessageHead, Next, Phase, Session, Step, Verdict } from "../api/modem";
import type { ModemParts } from "./parts";
import { IN_STEP_MS, always, ask, askLike, because, checksDates, onlyDigits, quote, tell } from "./parts";

/** MQTT client and TLS context used. The manuals offer 0 to 5 of both. */
const CLIENT = 0;
const TLS_CONTEXT = 2;

// ---- steady state ----

/** MQTT: a packet is sent again every 5 s, 3 times, before the module reports failure. */
const MQTT_MS = 15000;
const MQTT_RESULT_MS = 25000;

function publish(session: Session, id: number, topic: string, payload: string, qos: Qos, retain: boolean): Command {
  // An empty payload has no length form: "1-1548" is the range of the test answer.
  const form = payload ? session.form : 2;
  const name = form ? "+QMTPUB" : "+QMTPUBEX";
  // MQTT: message id 0 belongs to QoS 0, and only to it.
  const ids = CLIENT + "," + (qos ? id : 0) + ",";
  return {
    at: "AT" + name + "=" + ids + qos + "," + (retain ? 1 : 0) + ',"' + topic + '"' + (form < 2 ? "," + payload.length : ""),
    data: form < 2 ? payload : payload + "\x1a",
    ms: MQTT_MS,
    // Result 1 says "sent again": the final 0 or 2 follows.
    lateLike: new RegExp("^\\" + name + ": " + ids + "[02]"),
    lateMs: MQTT_RESULT_MS,
  };
}

function published(result: Result): Verdict {
  if (result.error) return "connection-lost";
  return result.late.endsWith(",0") ? "" : "connection-lost";
}

function refuses(session: Session, topic: string, payload: string): string {
  if (/[\x00-\x1f"]/.test(topic)) return "a topic cannot hold quotes or control characters";
  if (payload.length > session.maxPayload) return payload.length + " bytes; this module takes " + session.maxPayload;
  if (session.form == 2 && /[\x1a\x1b]/.test(payload)) return "this module's firmware cannot send the bytes 0x1A and 0x1B";
  return "";
}

/** Old firmware: `+QMTRECV: <client>,<msgid>,"<topic>","<payload>"`. Without the length, the message ends at the first `"` CR LF. */
function oddHead(text: string): MessageHead | null {
  const head = /^\+QMTRECV: [0-9]+,[0-9]+,"([^"]*)","/.exec(text);
  if (!head) return null;
  const body = text.substr((head[0] as string).length).split(/"\r\n/);
  head[2] = "" + (body.length < 2 ? -1 : (body[0] as string).length);
  return head;
}

function subscribe(id: number, topic: string, qos: Qos): Command {
  const ids = CLIENT + "," + id + ",";
  return {
    at: "AT+QMTSUB=" + ids + '"' + topic + '",' + qos,
    ms: MQTT_MS,
    late: "+QMTSUB: " + ids,
    lateMs: MQTT_RESULT_MS,
  };
}

/** `<result>[,<granted>]`: granted 128 is the broker's refusal. */
function subscribed(result: Result): Verdict {
  if (result.late == "0,128") return "payload-refused";
  return result.error || result.late[0] == "2" ? "connection-lost" : "";
}

function unsubscribe(id: number, topic: string): Command {
  const ids = CLIENT + "," + id + ",";
  return { at: "AT+QMTUNS=" + ids + '"' + topic + '"', ms: MQTT_MS, late: "+QMTUNS: " + ids, lateMs: MQTT_RESULT_MS };
}

export const dialect: Dialect = {
  urcs: {
    RDY: "rebooted",
    "POWERED DOWN": "powered-down",
    "+QMTSTAT": "connection-lost",
    "+QIURC": "bearer-lost",
    "+CEREG": "registration",
    "+CREG": "registration",
    "+CPIN": "sim",
  },
  messagePrefix: "+QMTRECV: ",
  // `+QMTRECV: <client>,<msgid>,"<topic>",<len>,"<payload>"`: payload bytes are raw.
  messageHead: /^\+QMTRECV: [0-9]+,[0-9]+,"([^"]*)",([0-9]+),"/,
  messageEnd: '"\r\n',
  oddHead: oddHead,
  publish: publish,
  published: published,
  refuses: refuses,
  subscribe: subscribe,
  subscribed: subscribed,
  unsubscribe: unsubscribe,
  disconnect: { at: "AT+QMTDISC=" + CLIENT, ms: 9000, late: "+QMTDISC: " + CLIENT + ",", lateMs: 30000 },
  signal: { at: "AT+CSQ", want: "+CSQ: ", ms: 1000 },
};

// ---- bring-up ----

/** Echo off first: it removes a whole class of ambiguities. Then errors as numbers, URCs on this port, and who is there. */
function settingUp(up: BringUp): Phase {
  let again = 0;

  function step(i: number): Step {
    switch (i) {
      case 0:
        return tell("ATE0", 1000, 1);
      case 1:
        return always("AT+CMEE=1", 2);
      case 2:
        // Kept in flash by the module: written only where it differs (AT, QURCCFG).
        return ask('AT+QURCCFG="urcport"', "+QURCCFG: ", 1000, (r) => (/uart1/.test(r.text) ? 4 : 3));
      case 3:
        return always('AT+QURCCFG="urcport","uart1"', 4);
      case 4:
        return askLike("AT+GSN", onlyDigits, 1000, (r) => {
          // Topics and client id are made of it: garbage between the lines must not become one.
          up.info.imei = r.text.length == 15 ? r.text : "";
          return up.info.imei ? 5 : 10;
        });
      case 10:
        return { waitMs: IN_STEP_MS, then: () => (up.info.imei ? 5 : 4) };
      case 5:
        return askLike("ATI", /^[A-Z]/, 1000, identity);
      case 6:
        // 3: the network's time is written into the clock, as local time with its zone (AT, CTZU). Kept in flash.
        return ask("AT+CTZU?", "+CTZU: ", 1000, (r) => (r.text == "3" ? 8 : 7));
      case 7:
        return always("AT+CTZU=3", 8);
      case 8:
        return ask("AT+QMTPUBEX=?", "+QMTPUBEX: ", 1000, (r) => (r.error ? 9 : form(0, r.text)));
      default:
        return ask("AT+QMTPUB=?", "+QMTPUB: ", 1000, (r) => form(1, r.text));
    }
  }

  /** Model and revision are neighbours; a torn echo may stand before the maker, a URC after the revision. */
  function identity(r: Result): Next {
    if (!r.text && !again++) return 10;
    const parts = r.text.split(/\nRevision: /);
    up.info.model = (parts[0] as string).split("\n").pop() as string;
    up.info.firmware = (parts[1] || "").split("\n")[0] as string;
    return 6;
  }

  /** The test answer ends with the range of the length, if that form exists: `…,"topic",[(1-1548)]`. */
  function form(found: 0 | 1, answer: string): Next {
    const most = parseInt(answer.substr(answer.lastIndexOf("-") + 1));
    const hasLength = most > 255;
    up.session.form = found == 0 || hasLength ? found : 2;
    // 1548: seen on EC2x-class firmware; the note gives no number.
    up.session.maxPayload = hasLength ? most : 1548;
    return "";
  }

  return { limitMs: 60000, limitError: "module-silent", step: step };
}

/** AT: QIACT takes up to 150 s, CGATT 140 s, QIDEACT 40 s; QIACT on an active context is an error, so it is read first. */
function attaching(up: BringUp, apn: string): Phase {
  const config = up.product.modem;
  const auth = ["none", "pap", "chap", "pap-chap"].indexOf(config.apnAuth);
  // Read back without the context's number: `+QICSGP: 1,"apn","user","password",0`.
  const wanted = "1," + quote(apn) + "," + quote(config.apnUser) + "," + quote(config.apnPassword) + "," + auth;

  function step(i: number): Step {
    switch (i) {
      case 0:
        return up.rung == "bearer" ? always("AT+QIDEACT=1", 1, 40000) : ask("AT+CGATT?", "+CGATT: ", 9000, (r) => (r.text == "1" ? 2 : 1));
      case 1:
        // Refused or not, QIACT decides: on LTE who is registered is attached.
        return always("AT+CGATT=1", 2, 140000);
      case 2:
        return ask("AT+QICSGP=1", "+QICSGP: ", 1000, (r) => (r.text == wanted ? 4 : 3));
      case 3:
        return ask("AT+QICSGP=1," + wanted, "", 1000, (r) => (r.error && config.apn ? "apn-refused: QICSGP" + because(r) : 4));
      case 4:
        return ask("AT+QIACT?", "+QIACT: 1,1", 9000, (r) => (r.text ? "" : 5));
      default:
        return ask("AT+QIACT=1", "", 150000, (r) => (r.error ? 'apn-refused: "' + apn + '"' + because(r) : ""));
    }
  }

  return { limitMs: 400000, limitError: "apn-refused", step: step };
}

/**
 * The CA certificate into the module's flash, only if it is missing or another, and the TLS context. The settings live in the
 * module's RAM: they are made before every connect, so that a module that restarted unseen can never connect unverified.
 */
function securing(up: BringUp): Phase {
  const tls = up.product.cloud.tls as TlsConfig;
  if (!tls) return { limitMs: 1000, limitError: "tls-failed", step: () => ({ waitMs: 0, then: () => "" }) };
  const pem = tls.insecure ? "" : (up.world.read(tls.ca) as string);
  const file = quote("UFS:" + tls.ca);
  const byAddress = /^[0-9.]+$/.test(up.plan.host);

  function setting(item: string, value: string | number, next: Next): Step {
    return ask('AT+QSSLCFG="' + item + '",' + TLS_CONTEXT + "," + value, "", 1000, (r) =>
      r.error ? 'tls-failed: the module refused the setting "' + item + '"' : next,
    );
  }

  function step(i: number): Step {
    switch (i) {
      case 0:
        if (!pem) return setting("seclevel", 0, 8);
        return ask("AT+QFLST=" + file, "+QFLST: " + file + ",", 9000, (r) =>
          r.text == "" + pem.length ? (up.session.secured ? 5 : 1) : 2,
        );
      case 1:
        // Reads the whole file; the module's checksum is all that is wanted.
        return {
          at: "AT+QFDWL=" + file,
          want: "+QFDWL: ",
          prompt: "CONNECT",
          skip: pem.length,
          ms: 20000,
          then: (r) => (same(r.text) ? 5 : 2),
        };
      case 2:
        return always("AT+QFDEL=" + file, 3, 9000);
      case 3:
        return {
          at: "AT+QFUPL=" + file + "," + pem.length + ",5",
          want: "+QFUPL: ",
          prompt: "CONNECT",
          data: pem,
          ms: 20000,
          then: (r) => (!r.error && same(r.text) ? 5 : "tls-failed: the certificate did not reach the module whole" + because(r)),
        };
      case 5:
        up.session.secured = true;
        return setting("cacert", file, 6);
      case 6:
        return setting("seclevel", 1, 7);
      case 7:
        // Only who insists on the dates is held up by firmware that cannot check them.
        if (tls.checkDate == "always") return setting("ignorelocaltime", 0, 8);
        return always('AT+QSSLCFG="ignorelocaltime",' + TLS_CONTEXT + "," + (checksDates(up) ? 0 : 1), 8);
      case 8:
        // SSL: 3 is TLS 1.2 and nothing older; 4 would be "all".
        return setting("sslversion", 3, 9);
      case 9:
        return always('AT+QSSLCFG="ciphersuite",' + TLS_CONTEXT + ",0XFFFF", 10);
      default:
        // Firmware without SNI says ERROR: then the broker must not need it.
        return always('AT+QSSLCFG="sni",' + TLS_CONTEXT + "," + (byAddress ? 0 : 1), "");
    }
  }

  /** `<size>,<checksum>`: XOR of 16-bit words in hex without leading zeros (FILE); the builder put ours beside the certificate. */
  function same(answer: string): boolean {
    const comma = answer.indexOf(",");
    return parseInt(answer) == pem.length && parseInt(answer.substr(comma + 1), 16) == parseInt(tls.caChecksum, 16);
  }

  return { limitMs: 90000, limitError: "tls-failed", step: step };
}

/** MQTT: QMTCFG before QMTOPEN; QMTCONN at once after it, or the broker closes. */
function connecting(up: BringUp): Phase {
  const cloud = up.product.cloud;
  const plan = up.plan;
  const will = cloud.will as WillConfig;
  let occupied = 0;

  /** A client left open by an earlier life takes no settings: it is closed, once. Without TLS nothing goes on; the rest has defaults. */
  function setting(item: string, value: string | number, next: Next): Step {
    return ask('AT+QMTCFG="' + item + '",' + CLIENT + "," + value, "", 1000, (r) => {
      if (r.error && !occupied++) return 10;
      return r.error && item == "ssl" && cloud.tls ? "tls-failed: the module refused the setting ssl" + because(r) : next;
    });
  }

  function close(): Step {
    return { at: "AT+QMTCLOSE=" + CLIENT, ms: 9000, late: "+QMTCLOSE: " + CLIENT + ",", lateMs: 30000, then: () => 1 };
  }

  function step(i: number): Step {
    switch (i) {
      case 0:
        up.session.opened = false;
        if (!up.session.found) return { waitMs: 0, then: () => 1 };
        up.session.found = false;
        return close();
      case 1:
        return setting("version", 4, 2);
      case 2:
        return setting("ssl", cloud.tls ? "1," + TLS_CONTEXT : 0, 3);
      case 3:
        return setting("keepalive", cloud.keepaliveS, 4);
      case 4:
        return setting("session", cloud.cleanSession ? 1 : 0, 5);
      case 5:
        // Push, with length. Old firmware has no length: then the head says so.
        return always('AT+QMTCFG="recv/mode",' + CLIENT + ",0,1", will ? 6 : 7);
      case 6:
        return setting("will", "1," + will.qos + "," + (will.retain ? 1 : 0) + "," + quote(plan.willTopic) + "," + quote(will.payload), 7);
      case 7:
        return {
          at: "AT+QMTOPEN=" + CLIENT + "," + quote(plan.host) + "," + plan.port,
          ms: 9000,
          late: "+QMTOPEN: " + CLIENT + ",",
          lateMs: 120000,
          then: opened,
        };
      case 8:
        return {
          at: "AT+QMTCONN=" + CLIENT + "," + quote(plan.clientId) + credentials(),
          ms: 9000,
          lateLike: new RegExp("^\\+QMTCONN: " + CLIENT + ",[02]"),
          lateMs: 30000,
          then: connected,
        };
      default:
        return close();
    }
  }

  function credentials(): string {
    return plan.username ? "," + quote(plan.username) + (plan.password ? "," + quote(plan.password) : "") : "";
  }

  /** -1: no connection, and every TLS failure; 1 parameter; 2 client in use; 3 PDP context; 4 DNS; 5 network. */
  function opened(r: Result): Next {
    const result = r.late;
    if (result == "0") {
      up.session.opened = true;
      return 8;
    }
    up.session.secured = false;
    if (result == "2" && !occupied++) return 10;
    if (result == "4") return "dns-failed: " + plan.host;
    return "connect-failed: " + plan.host + ":" + plan.port + ", QMTOPEN " + (result || r.error);
  }

  /** `<result>[,<CONNACK return code>]`: MQTT 3.1.1, table 3.1; 5 is told by some brokers for a wrong password. */
  function connected(r: Result): Next {
    const answer = r.late.split(",");
    const codes: DeviceErrorName[] = [
      "connect-failed",
      "broker-unavailable",
      "client-id-refused",
      "broker-unavailable",
      "credentials-refused",
    ];
    const code = parseInt(answer[2] || "0");
    if (answer[1] == "0" && code == 0) return "";
    return (answer[1] == "0" ? codes[Math.min(code, 4)] : codes[0]) + ": QMTCONN " + (r.late.substr(10) || r.error);
  }

  return { limitMs: 240000, limitError: "connect-failed", step: step };
}

export const modem: ModemParts = {
  // AT: 300 ms for most.
  commandMs: 1000,
  simMs: 5000,
  iccid: "AT+QCCID",
  iccidPrefix: "+QCCID:",
  // Hardware design: PWRKEY at least 100 ms, 500 ms recommended; from 650 ms on a running module switches off.
  powerKeyMs: 600,
  powerOffKeyMs: 800,
  // RESET_N 150 to 460 ms.
  resetMs: 300,
  resetIsOff: false,
  // AT, QPOWD: "POWERED DOWN" within 60 s.
  restart: "AT+CFUN=1,1",
  powerOff: "AT+QPOWD=1",
  powerOffSign: "",
  powerOffMs: 65000,
  // Measured on EG25-G: up to 30 s.
  readyMs: 32000,
  settingUp: settingUp,
  attaching: attaching,
  securing: securing,
  connecting: connecting,
};
