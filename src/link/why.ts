/** The cold module `why`: loaded for a failure, dropped when it is told. */
import type { DeviceErrorName } from "../api/device";

export { next } from "./ladder";

/** Where the cause is likely to be found. */
const CHECK: Record<DeviceErrorName, string> = {
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
  "signature-refused": "deviceSecret, productSecret, signMethod",
  "registration-off": "the product's dynamic registration",
  "already-registered": "the device in the cloud's console",
  "storage-failed": "free space in flash",
  "connection-lost": "signal, broker",
  "module-rebooted": "supply (2 A peaks)",
  "module-silent": "supply, power key, TX and RX (crossed? level?), baud",
  "payload-refused": "topic, payload or setting",
  "queue-full": "how often you publish",
  "http-status": "server, URL, rights there",
  "reply-malformed": "server, signal",
  timeout: "signal, broker",
};

export function explain(name: DeviceErrorName, detail: string): string {
  return (detail && detail + "; ") + "check: " + CHECK[name];
}
