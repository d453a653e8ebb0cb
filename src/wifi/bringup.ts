/** The cold module `up-wifi`: scripts from a board without network to an MQTT connection over its Wi-Fi. */
import type { BringUp } from "../api/bringup";
import type { BringUpState, LinkState } from "../api/link";
import type { Script, Step } from "../api/script";
import { authorizing } from "../cloud/authorize";
import { begin as run } from "../script/runner";
import * as mqtt from "./index";

export { next } from "../script/runner";

/** Joining: three tries of the board and an address by DHCP. */
const JOIN_MS = 45000;
const OPEN_MS = 30000;
const CONNACK_MS = 30000;
/** Storage file with a certificate of nobody: whoever connects in spite of it does not verify. */
const WRONG_CA = "wrong-ca";
/** What was written while the handshake went on does not get out if that fails (`libs/network/socketserver.c`). */
const UNSENT = /unsent|SSL/;
/** 3.2.2.3: return codes from 1 on. */
const CODES = ["connect-failed", "client-id-refused", "broker-unavailable", "credentials-refused", "credentials-refused"];

const STATES = "powering attaching authorizing securing connecting subscribing".split(" ") as LinkState[];

let state = 0;

export function begin(name: BringUpState, up: BringUp): Step | string {
  // What only a 4G module goes through is the beginning here.
  state = Math.max(0, STATES.indexOf(name));
  const scripts = [powering, attaching, authorizing, securing, connecting];
  return run(() => (scripts[state] as (up: BringUp) => Script)(up), 0);
}

export function after(): LinkState {
  return STATES[state + 1] as LinkState;
}

/** Nothing to be switched on; but what was joined is left if joining it again may help. */
function powering(up: BringUp): undefined {
  if (up.rung != "mqtt") mqtt.leave();
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
    at: "join",
    run: (done) => mqtt.join(wifi ? wifi.ssid : "", wifi ? wifi.password : "", done),
    ms: JOIN_MS,
    then: (r) => {
      const name = r.error ? "timeout" : /NO_AP/.test(r.late) ? "no-signal" : r.late && "registration-denied";
      if (name) return name + ": the Wi-Fi network said " + (r.late || "nothing") + "; look at wifi in the identity";
      mqtt.rssi((dbm) => void (info.rssiDbm = dbm));
    },
  };
}

/** `ca`: name of a Storage file; absent: the server is not verified. `then` gets `""` or a failure. */
function open(up: BringUp, ca: string | undefined, then: (failure: string) => Script): Step {
  const config = up.product.cloud;
  const plan = up.plan;
  const tls = !!config.tls;
  return {
    at: "open",
    run: (done) => mqtt.connect({ host: plan.host, port: plan.port, tls: tls, ca: ca && up.world.read(ca) }, config.keepaliveS, done),
    ms: OPEN_MS,
    then: (r) => {
      const why = r.late || (r.error && "timeout");
      // A handshake that fails is only told as an end; without TCP there is more to read.
      const name = /locate|not found/.test(why) ? "dns-failed" : tls && /: closed|SSL/.test(why) ? "tls-failed" : "connect-failed";
      return then(why && name + ": " + plan.host + ":" + plan.port + ", " + why);
    },
  };
}

/**
 * The interpreter's TLS is only believed to verify if it refuses a server whose certificate somebody else signed. It may say that the connection stands
 * while the handshake goes on: then that is told by what cannot be sent.
 */
function securing(up: BringUp): Script {
  const tls = up.product.cloud.tls;
  if (!tls || tls.insecure || up.session.secured) return;

  function judge(refused: boolean): string {
    if (!refused) return "tls-failed: this interpreter does not verify servers; use the 4G module, or insecure: true if you accept that";
    up.session.secured = "probed";
    return "";
  }

  return open(up, WRONG_CA, (failure) => {
    if (failure) return /^tls/.test(failure) ? judge(true) : failure;
    // Nothing secret: a broker ends a connection that begins so.
    return { at: "PINGREQ", data: mqtt.PINGREQ, late: "13", ms: OPEN_MS, then: (r) => judge(UNSENT.test(r.late)) };
  });
}

function connecting(up: BringUp): Script {
  const config = up.product.cloud;
  const plan = up.plan;
  const tls = config.tls;
  return [
    open(up, tls && !tls.insecure ? tls.ca : undefined, (failure) => failure),
    () => ({
      at: "CONNECT",
      // Built when it is needed, and not before.
      data: mqtt.connectPacket(plan, config.keepaliveS, config.cleanSession, config.will),
      late: "2",
      ms: CONNACK_MS,
      then: (r) => {
        if (r.late == "0") return;
        if (+r.late > 0) return (CODES[+r.late - 1] || "connect-failed") + ": CONNACK " + r.late;
        const why = (r.late || r.error) + " while connecting";
        return tls && UNSENT.test(why)
          ? "tls-failed: " + why
          : "connection-lost: " + why + ": a broker may refuse client id, user or password so";
      },
    }),
  ];
}
