/** The cold module `why`: loaded for a failure, dropped when it is told. */
import type { DeviceErrorName } from "../api/device";

export { next } from "./backoff";

/** Where the cause is likely to be found; the failures of clouds and of HTTP bring that with their details, so that other images need not hold it. */
const CHECK: Partial<Record<DeviceErrorName, string>> = {
  "sim-missing": "SIM sits right way round, contacts clean",
  "sim-pin": "simPin in the identity (each is tried once)",
  "sim-puk": "PUK (unblock the SIM in a phone)",
  "no-signal": "antenna, plug, place",
  "registration-denied": "SIM activated, paid, allowed here",
  "apn-refused": "apn, apnUser, apnPassword, apnAuth",
  "dns-failed": "host, APN reaches the internet",
  "connect-failed": "host and port, firewall; TLS: CA file, name in the certificate, dates, clientCert",
  "tls-failed": "CA file, clientCert and clientKey, module's firmware",
  "client-id-refused": "clientId (unique?)",
  "credentials-refused": "username and password, rights at the broker",
  "broker-unavailable": "broker's service",
  "connection-lost": "signal, broker",
  "module-rebooted": "supply (2 A peaks)",
  "module-silent": "supply, power key, TX and RX (crossed? level?), baud",
  "payload-refused": "topic, payload or setting",
  "queue-full": "how often you publish",
  timeout: "signal, broker",
};

export function explain(name: DeviceErrorName, detail: string): string {
  const check = CHECK[name];
  return detail + (check ? (detail && "; ") + "check: " + check : "");
}
