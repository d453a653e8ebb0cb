/** What is known of each cause: where it is likely to be found. Cold: part of `why`. */
import type { DeviceErrorName } from "../api/device";

/** Begins a text where somebody has to change something before another attempt can help. */
export const REFUSAL = "!";

/** Failures of clouds and of HTTP bring what to check with their proofs, so that other images need not hold it. */
export const CAUSES: Partial<Record<DeviceErrorName, string>> = {
  "sim-missing": "SIM sits right way round, contacts clean",
  "sim-pin": "simPin in the identity (each is tried once)",
  "sim-puk": "PUK (unblock the SIM in a phone)",
  "no-signal": "antenna, plug, place",
  "registration-denied": "SIM activated, paid, allowed here",
  "apn-refused": "!apn, apnUser, apnPassword, apnAuth",
  "dns-failed": "host, APN reaches the internet",
  "connect-failed": "host and port, firewall; TLS: CA file, name in the certificate, dates, clientCert",
  "tls-failed": "CA file, clientCert and clientKey, module's firmware",
  "client-id-refused": "!clientId (unique?)",
  "credentials-refused": "!username and password, rights at the broker",
  "broker-unavailable": "broker's service",
  "connection-lost": "signal, broker",
  "module-rebooted": "supply (2 A peaks)",
  "module-silent": "supply, power key, TX and RX (crossed? level?), baud",
  "payload-refused": "!topic, payload or setting",
  "queue-full": "how often you publish",
  "signature-refused": "!",
  "registration-off": "!",
  "already-registered": "!",
  timeout: "signal, broker",
};
