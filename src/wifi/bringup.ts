/** The cold module `up-wifi`: scripts from a board without network to an MQTT connection over its Wi-Fi. */
import type { BringUp } from "../api/bringup";
import { Fault } from "../api/fault";
import { LinkState, Rung } from "../api/link";
import type { Script, Step } from "../api/script";
import { authorizing } from "../cloud/authorize";
import * as mqtt from "./index";

/** Joining: three tries of the board and an address by DHCP. */
const JOIN_MS = 45000;
const OPEN_MS = 30000;
const CONNACK_MS = 30000;
/** Storage file with a certificate of nobody: whoever connects in spite of it does not verify. */
const WRONG_CA = "wrong-ca";
/** What was written while the handshake went on does not get out if that fails (`libs/network/socketserver.c`). */
const UNSENT = /unsent|SSL/;
const TLS_FAILED = "tls-failed";
/** 3.2.2.3: return codes from 1 on. */
const CODES = ["connect-failed", "client-id-refused", "broker-unavailable", "credentials-refused", "credentials-refused"];

let state = LinkState.Powering;

export function begin(theState: LinkState, up: BringUp): Script {
  state = theState;
  if (state == LinkState.Attaching) return attaching(up);
  if (state == LinkState.Authorizing) return authorizing(up);
  if (state == LinkState.Securing) return securing(up);
  if (state == LinkState.Connecting) return connecting(up);
  // What only a 4G module goes through is the beginning here.
  state = LinkState.Powering;
  return powering(up);
}

export function after(): LinkState {
  return state == LinkState.Powering ? LinkState.Attaching : state + 1;
}

/** Nothing to be switched on; but what was joined is left if joining it again may help. */
function powering(up: BringUp): undefined {
  if (up.rung != Rung.Mqtt) mqtt.leave();
}

function attaching(up: BringUp): Script {
  const wifi = up.identity.wifi;
  const info = up.info;
  info.model = "wifi";
  // What names a device that its identity does not name: here the board's own number.
  info.imei = up.world.serial();
  up.session.maxPayload = 1;
  if (mqtt.joined) return;
  return {
    start: (done) => mqtt.join(wifi ? wifi.ssid : "", wifi ? wifi.password : "", done),
    ms: JOIN_MS,
    then: (r) => {
      const cause = r.error ? "timeout" : /NO_AP/.test(r.text) ? "no-signal" : r.text && "registration-denied";
      if (cause) return Fault.Network + cause + ": the Wi-Fi network said " + (r.text || "nothing") + "; look at wifi in the identity";
      mqtt.rssi((dbm) => void (info.rssiDbm = dbm));
    },
  };
}

/** `ca`: name of a Storage file; absent: the server is not verified. `then` gets `""` or a failure. */
function open(up: BringUp, ca: string | undefined, then: (failure: string) => Script): Step {
  const config = up.product.cloud;
  const plan = up.plan;
  const tls = !!config.tls;
  // To ask for the memory collects what is garbage: TLS takes 3,300 variables, thousands of them in one piece.
  if (tls) up.world.memory();
  return {
    start: (done) => mqtt.connect({ host: plan.host, port: plan.port, tls: tls, ca: ca && up.world.read(ca) }, config.keepaliveS, done),
    ms: OPEN_MS,
    then: (r) => {
      const why = r.text || r.error;
      // A handshake that fails is only told as an end; without TCP there is more to read.
      const cause = /locate|not found/.test(why) ? "dns-failed" : tls && /: closed|SSL/.test(why) ? TLS_FAILED : "connect-failed";
      return then(why && Fault.Server + cause + ": " + plan.host + ":" + plan.port + ", " + why);
    },
  };
}

/** Sends a packet; the result's text is the acknowledgement's code, or why there is none. */
function exchange(bytes: string, ack: string, ms: number, then: (text: string) => Script): Step {
  return {
    start: (done) => mqtt.send({ bytes: bytes, ack: ack, ms: ms }, (r) => done(r.late || r.error)),
    ms: 0,
    then: (r) => then(r.text),
  };
}

/**
 * The interpreter's TLS is only believed to verify if it refuses a server whose certificate somebody else signed. It may say that the
 * connection stands while the handshake goes on: then that is told by what cannot be sent.
 */
function securing(up: BringUp): Script {
  const tls = up.product.cloud.tls;
  if (!tls || tls.insecure || up.session.secured) return;

  function judge(refused: boolean): string {
    if (!refused)
      return Fault.Board + "tls-failed: this interpreter does not verify servers; use the 4G module, or insecure: true if you accept that";
    up.session.secured = "probed";
    return "";
  }

  return open(up, WRONG_CA, (failure) => {
    if (failure) return failure.startsWith(Fault.Server + TLS_FAILED) ? judge(true) : failure;
    // Nothing secret: a broker ends a connection that begins so.
    return exchange(mqtt.PINGREQ, "13", OPEN_MS, (text) => judge(UNSENT.test(text)));
  });
}

function connecting(up: BringUp): Script {
  const config = up.product.cloud;
  const plan = up.plan;
  const tls = config.tls;
  return [
    open(up, tls && !tls.insecure ? tls.ca : undefined, (failure) => failure),
    // Built when it is needed, and not before.
    () =>
      exchange(mqtt.connectPacket(plan, config.keepaliveS, config.cleanSession, config.will), "2", CONNACK_MS, (text) => {
        if (text == "0") return;
        if (+text > 0) return Fault.Server + (CODES[+text - 1] || CODES[0]) + ": CONNACK " + text;
        const why = text + " while connecting";
        return (
          Fault.Server +
          (tls && UNSENT.test(why)
            ? TLS_FAILED + ": " + why
            : "connection-lost: " + why + ": a broker may refuse client id, user or password so")
        );
      }),
  ];
}
