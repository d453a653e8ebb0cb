/** The cold module `why`: loaded for a failure, dropped when it is told. */
import type { DeviceErrorName } from "../api/device";

export { next } from "./ladder";

/** Likely causes and what to check. */
const HINTS: Record<DeviceErrorName, string> = {
  "sim-missing": "check that the SIM sits right way round and its contacts are clean",
  "sim-pin": "write the right simPin into the identity, or switch the PIN off in a phone",
  "sim-puk": "unblock the SIM with its PUK in a phone",
  "no-signal": "check the antenna, its plug and the place",
  "registration-denied": "check that the SIM is activated, paid and allowed in this network and module",
  "apn-refused": "check modem.apn, apnUser, apnPassword and apnAuth with the operator",
  "dns-failed": "check cloud.host and that the APN reaches the internet",
  "connect-failed":
    "the module does not say why: check host and port, a firewall, and with TLS the CA file, the name in the certificate and its dates",
  "tls-failed": "check the CA file and the module's firmware",
  "client-id-refused": "check cloud.clientId; two devices must not share one",
  "credentials-refused": "check username and password in the identity, and the device's rights at the broker",
  "broker-unavailable": "the broker refuses service for now",
  "connection-lost": "it is opened again",
  "module-rebooted": "if it repeats: the supply must give 2 A peaks",
  "module-silent": "check supply, power key, TX and RX (crossed, right level), and the baud",
  "payload-refused": "the message or setting was not sent",
  "queue-full": "publish less often, or wait for the callback",
  timeout: "it is tried again",
};

export function explain(name: DeviceErrorName, detail: string): string {
  const hint = HINTS[name];
  return detail ? detail + "; " + hint : hint;
}
