/**
 * What Luat's modules (Air780EP, Air720, their relatives) have in common. Commands and limits: "AirM2M AT command manual" V1.6.3 for
 * EC618/EC716/EC718 (AT), Luat application guides (GUIDE), Luat firmware change logs (LOG).
 *
 * First what stays in memory (`dialect`), then what only brings the module up (`luat`); a module's own file says how it differs.
 */
import type { Command, Result } from "../api/at";
import type { TlsConfig, WillConfig } from "../api/config";
import type { Qos } from "../api/device";
import type { BringUp, Dialect, Next, Phase, Session, Step, Verdict } from "../api/modem";
import type { ModemParts } from "./parts";
import { IN_STEP_MS, always, ask, askLike, because, checksDates, quote, tell } from "./parts";

/** AT: 9 s for every command that has no time of its own. */
const COMMAND_MS = 9000;
/**
 * Nothing cancels data mode: ESC is data. It ends by itself; 5 s without input are documented for data without a length, with a length nothing is
 * said: as long as Quectel's 60 s, and a little.
 */
const QUIET_MS = 65000;
/** AT, SSLCFG: the context that belongs to MQTT. */
const TLS_CONTEXT = 88;

// ---- steady state ----

const RESULT_MS = 25000;

/** Forms: 0 is `MPUBEX` with length, 1 is `MPUB` with escapes. An empty payload has no length form: 1 to 4100 are allowed. */
function publish(session: Session, _id: number, topic: string, payload: string, qos: Qos, retain: boolean): Command {
  const head = '="' + topic + '",' + qos + "," + (retain ? 1 : 0) + ",";
  const command: Command =
    session.form || !payload
      ? { at: "AT+MPUB" + head + '"' + escape(payload) + '"', ms: COMMAND_MS }
      : { at: "AT+MPUBEX" + head + payload.length, data: payload, ms: COMMAND_MS, quietMs: QUIET_MS };
  // It has no id: that there is one command at a time makes it ours.
  return qos ? awaiting(command, "PUBACK") : command;
}

/** AT, MPUB: a backslash and two upper-case digits stand for what would end the line or the text. */
function escape(text: string): string {
  return text.split("\\").join("\\5C").split('"').join("\\22").split("\r").join("\\0D").split("\n").join("\\0A");
}

function awaiting(command: Command, late: string): Command {
  command.late = late;
  command.lateMs = RESULT_MS;
  return command;
}

function published(result: Result): Verdict {
  return result.error ? "connection-lost" : "";
}

function refuses(session: Session, topic: string, payload: string): string {
  if (/[\x00-\x1f"\\]/.test(topic)) return "a topic cannot hold quotes, backslashes or control characters";
  if (payload.length > session.maxPayload) return payload.length + " bytes; this module takes " + session.maxPayload;
  const other = session.form ? payload.replace(/[\x20-\x7e\r\n]/g, "") : "";
  if (other)
    return "this module's firmware sends printable ASCII, CR and LF, not the byte 0x" + ("0" + other.charCodeAt(0).toString(16)).substr(-2);
  return "";
}

function subscribe(_id: number, topic: string, qos: Qos): Command {
  return awaiting({ at: 'AT+MSUB="' + topic + '",' + qos, ms: COMMAND_MS }, "SUBACK");
}

/** The broker's refusal is not told; 767 is the module's word for "not connected". */
function subscribed(result: Result): Verdict {
  if (result.error == "refused" && result.code != 767) return "payload-refused";
  return result.error ? "connection-lost" : "";
}

function unsubscribe(_id: number, topic: string): Command {
  return awaiting({ at: 'AT+MUNSUB="' + topic + '"', ms: COMMAND_MS }, "UNSUBACK");
}

export const dialect: Dialect = {
  urcs: {
    RDY: "rebooted",
    "NORMAL POWER DOWN": "powered-down",
    CLOSED: "connection-lost",
    "+PDP DEACT": "bearer-lost",
    "+PDP": "bearer-lost",
    "+CGEV": "bearer-lost",
    "+MSUB": "stored",
    "+CEREG": "registration",
    "+CREG": "registration",
    "+CPIN": "sim",
  },
  messagePrefix: "+MSUB: ",
  // `+MSUB: "<topic>",<n> byte,<payload>`: payload bytes are raw.
  messageHead: /^\+MSUB: "([^"]*)",([0-9]+) byte,/,
  messageEnd: "\r\n",
  // What was stored may come without quotes. `+MSUB: <slot>` announces a stored one; what follows it is another line.
  oddHead: (text) => /^\+MSUB: ([^",\r]*),([0-9]+) byte,/.exec(text),
  publish: publish,
  published: published,
  refuses: refuses,
  subscribe: subscribe,
  subscribed: subscribed,
  unsubscribe: unsubscribe,
  disconnect: { at: "AT+MDISCONNECT", ms: COMMAND_MS, late: "CLOSED", lateMs: 5000 },
  signal: { at: "AT+CSQ", want: "+CSQ: ", ms: COMMAND_MS },
  fetch: { at: "AT+MQTTMSGGET", ms: COMMAND_MS },
};

// ---- bring-up ----

/** How one module differs from another. */
export interface Traits {
  /** Milliseconds the power key is held to switch on, and off. */
  powerKeyMs: number;
  powerOffKeyMs: number;
  /** The module makes its data connection itself, if the network's default access point will do. */
  opensBearer: boolean;
  /** Longest payload in bytes, by form. */
  maxPayloads: [number, number];
}

export function luat(traits: Traits): ModemParts {
  return {
    commandMs: COMMAND_MS,
    // AT: CPIN takes up to 180 s; who waits that long for a SIM has none.
    simMs: 20000,
    iccid: "AT+ICCID",
    iccidPrefix: "+ICCID:",
    powerKeyMs: traits.powerKeyMs,
    powerOffKeyMs: traits.powerOffKeyMs,
    // GUIDE: RESET_N low for more than 500 ms switches the hardware off.
    resetMs: 600,
    resetIsOff: true,
    restart: "AT+RESET",
    powerOff: "AT+CPOWD=1",
    powerOffSign: "NORMAL POWER DOWN",
    powerOffMs: 10000,
    // GUIDE: a module that does not answer for 90 s is to be reset.
    readyMs: 90000,
    settingUp: (up) => settingUp(up, traits),
    attaching: (up, apn) => attaching(up, apn, traits),
    securing: securing,
    connecting: connecting,
  };
}

/** Echo off first: it removes a whole class of ambiguities. Then errors as numbers, and who is there. */
function settingUp(up: BringUp, traits: Traits): Phase {
  let again = 0;

  function step(i: number): Step {
    switch (i) {
      case 0:
        return tell("ATE0", COMMAND_MS, 1);
      case 1:
        return always("AT+CMEE=1", 2, COMMAND_MS);
      case 2:
        // Some makers' builds quote it.
        return askLike("AT+CGSN", /^["0-9]+$/, COMMAND_MS, (r) => {
          const imei = r.text.split('"').join("");
          // Topics and client id are made of it: garbage between the lines must not become one.
          up.info.imei = imei.length == 15 ? imei : "";
          return up.info.imei ? 3 : 9;
        });
      case 9:
        return { waitMs: IN_STEP_MS, then: () => (up.info.imei ? 3 : 2) };
      case 3:
        return askLike("ATI", /^[A-Z]\w*_\w+$/, COMMAND_MS, identity);
      case 4:
        // It looks for firmware of its own every 24 h, and may install it (AT, UPGRADE).
        return always('AT+UPGRADE="AUTO",0', 5, COMMAND_MS);
      case 5:
        return always("AT+MQTTMSGSET=" + (up.product.modem.receive == "cached" ? 1 : 0), 6, COMMAND_MS);
      case 6:
        // A connection of an earlier life: it may not even be a verified one. 767: there is none.
        return up.session.found ? always("AT+MIPCLOSE", 7, COMMAND_MS) : { waitMs: 0, then: () => 7 };
      case 7:
        return ask("AT+MPUBEX=?", "", COMMAND_MS, (r) => (r.error ? 8 : form(0)));
      default:
        // Firmware without a test answer has the command all the same if it says "not connected" to it.
        return ask('AT+MPUBEX="t",0,0,1', "", COMMAND_MS, (r) => form(r.code == 767 ? 0 : 1));
    }
  }

  /** `AirM2M_780EP_V1007_LTE_AT` */
  function identity(r: Result): Next {
    if (!r.text && !again++) return 9;
    const words = r.text.split("_");
    up.info.model = words[1] || "";
    up.info.firmware = r.text;
    return 4;
  }

  function form(found: 0 | 1): Next {
    up.session.form = found;
    up.session.maxPayload = traits.maxPayloads[found];
    return "";
  }

  return { limitMs: 120000, limitError: "module-silent", step: step };
}

/**
 * AT: CGATT takes up to 108 s, CSTT 60 s, CIICR and CIPSHUT 90 s. CSTT is taken in the state "IP INITIAL" only, which CIPSHUT leads
 * back to. CIFSR answers with the address alone.
 */
function attaching(up: BringUp, apn: string, traits: Traits): Phase {
  const config = up.product.modem;
  let shut = 0;

  function step(i: number): Step {
    switch (i) {
      case 0:
        // What an earlier connection left behind is in the way.
        return up.rung == "bearer" || up.session.attached ? shutDown(1) : { waitMs: 0, then: () => 1 };
      case 1:
        return ask("AT+CGATT?", "+CGATT: ", COMMAND_MS, (r) => (r.text == "1" ? 3 : 2));
      case 2:
        return always("AT+CGATT=1", 3, 108000);
      case 3:
        if (traits.opensBearer && !config.apn) return { waitMs: 0, then: done };
        return ask("AT+CSTT" + accessPoint(), "", 60000, (r) => (r.error ? 4 : 5));
      case 4:
        // Refused: it is up from an earlier life, or has to be shut down.
        return address((r) => (r.late ? done() : shut++ ? refused(r) : 6));
      case 5:
        return ask("AT+CIICR", "", 90000, (r) => (r.error ? refused(r) : 7));
      case 6:
        return shutDown(3);
      default:
        return address((r) => (r.late ? done() : refused(r)));
    }
  }

  function accessPoint(): string {
    return apn && "=" + quote(apn) + (config.apnUser ? "," + quote(config.apnUser) + "," + quote(config.apnPassword) : "");
  }

  function shutDown(next: Next): Step {
    return { at: "AT+CIPSHUT", ms: 90000, late: "SHUT OK", bare: true, lateMs: 1000, then: () => next };
  }

  function address(then: (r: Result) => Next): Step {
    return { at: "AT+CIFSR", ms: COMMAND_MS, lateLike: /^[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+$/, bare: true, lateMs: 1000, then: then };
  }

  function refused(r: Result): Next {
    return 'apn-refused: "' + apn + '"' + because(r);
  }

  function done(): Next {
    up.session.attached = true;
    return "";
  }

  return { limitMs: 400000, limitError: "apn-refused", step: step };
}

/**
 * The CA certificate into the module's flash, only if it is missing or another, and the TLS settings, which are in RAM: they are
 * made before every connect. The module tells a file's size but no checksum: so that is part of the file's name.
 */
function securing(up: BringUp): Phase {
  const tls = up.product.cloud.tls as TlsConfig;
  const pem = tls.insecure ? "" : (up.world.read(tls.ca) as string);
  const file = quote("ca" + tls.caChecksum + ".pem");
  const host = up.plan.host;

  function setting(item: string, value: string | number, next: Next): Step {
    return ask('AT+SSLCFG="' + item + '",' + TLS_CONTEXT + "," + value, "", COMMAND_MS, (r) =>
      r.error ? 'tls-failed: the module refused the setting "' + item + '"' + because(r) : next,
    );
  }

  function size(then: (size: number) => Next): Step {
    return ask("AT+FSFLSIZE=" + file, "+FSFLSIZE:", COMMAND_MS, (r) => then(parseInt(r.text)));
  }

  function step(i: number): Step {
    switch (i) {
      case 0:
        if (!pem) return setting("seclevel", 0, 9);
        return size((bytes) => (bytes == pem.length ? 5 : 1));
      case 1:
        return always("AT+FSDEL=" + file, 2, COMMAND_MS);
      case 2:
        return always("AT+FSCREATE=" + file, 3, COMMAND_MS);
      case 3:
        return { at: "AT+FSWRITE=" + file + ",0," + pem.length + ",10", data: pem, ms: 15000, quietMs: QUIET_MS, then: () => 4 };
      case 4:
        return size((bytes) => (bytes == pem.length ? 5 : "tls-failed: the certificate did not reach the module whole"));
      case 5:
        return setting("cacert", file, 6);
      case 6:
        return setting("seclevel", 1, 7);
      case 7:
        // Only who insists on the dates is held up by firmware that cannot check them.
        if (tls.checkDate == "always") return setting("ignorelocaltime", 0, 8);
        return always('AT+SSLCFG="ignorelocaltime",' + TLS_CONTEXT + "," + (checksDates(up) ? 0 : 1), 8, COMMAND_MS);
      case 8:
        // The name to ask for and to expect. An address has none.
        return always('AT+SSLCFG="hostname",' + TLS_CONTEXT + "," + (/^[0-9.]+$/.test(host) ? "" : quote(host)), 9, COMMAND_MS);
      case 9:
        // 3 is TLS 1.2 and nothing older; 4 would be "all".
        return setting("sslversion", 3, 10);
      default:
        return always('AT+SSLCFG="ciphersuite",' + TLS_CONTEXT + ",0XFFFF", "", COMMAND_MS);
    }
  }

  return { limitMs: 120000, limitError: "tls-failed", step: step };
}

/** GUIDE: MCONNECT at once after `CONNECT OK`, or the broker closes. */
function connecting(up: BringUp): Phase {
  const cloud = up.product.cloud;
  const plan = up.plan;
  const will = cloud.will as WillConfig;
  let occupied = 0;

  function step(i: number): Step {
    switch (i) {
      case 0: {
        const isOpen = up.session.opened;
        up.session.opened = false;
        return isOpen ? close() : { waitMs: 0, then: () => 1 };
      }
      case 1:
        return ask("AT+MCONFIG=" + quote(plan.clientId) + credentials(), "", COMMAND_MS, (r) =>
          r.error ? "client-id-refused: the module refused MCONFIG" + because(r) : 2,
        );
      case 2:
        return {
          at: "AT+" + (cloud.tls ? "SSL" : "") + "MIPSTART=" + quote(plan.host) + "," + plan.port,
          ms: COMMAND_MS,
          lateLike: /^[AC][A-Z]+ [A-Z]+$/,
          lateMs: 75000,
          then: opened,
        };
      case 3:
        return {
          // 0 would be refused; nothing is longer than 65535 s.
          at: "AT+MCONNECT=" + (cloud.cleanSession ? 1 : 0) + "," + (cloud.keepaliveS || 65535),
          ms: COMMAND_MS,
          late: "CONNACK OK",
          lateMs: 30000,
          then: connected,
        };
      default:
        return close();
    }
  }

  /** 767: it was closed already. */
  function close(): Step {
    return always("AT+MIPCLOSE", 1, COMMAND_MS);
  }

  function credentials(): string {
    const user = plan.username || will ? "," + quote(plan.username) + "," + quote(plan.password) : "";
    if (!will) return user;
    return user + "," + will.qos + "," + (will.retain ? 1 : 0) + "," + quote(plan.willTopic) + "," + quote(will.payload);
  }

  /** A connection of an earlier life may be an unverified one: it is closed, once. */
  function opened(r: Result): Next {
    if (r.late == "CONNECT OK") {
      up.session.opened = true;
      return 3;
    }
    if (r.late == "ALREADY CONNECT" && !occupied++) return 4;
    return "connect-failed: " + plan.host + ":" + plan.port + ", " + (r.late || r.error) + because(r);
  }

  /** The broker's reason is not told: `ERROR` for all of them. */
  function connected(r: Result): Next {
    if (!r.error) return "";
    if (r.error == "refused" && r.code < 0)
      return "credentials-refused: the module does not say why (client id, user, password or service)";
    return "connect-failed: MCONNECT " + r.error + because(r);
  }

  return { limitMs: 240000, limitError: "connect-failed", step: step };
}
