/** What the platform does differently in its documents and in the field, or what nobody has written down: each as a switch. */
import { parseSwitch as parse } from "../shared/parse-switch.ts";
import type { Choices } from "../shared/parse-switch.ts";

const SECOND_MS = 1000;
const HOUR_MS = 3600 * SECOND_MS;
const DAY_MS = 24 * HOUR_MS;

/** Defaults; the type of a switch is that of its default. Sources: cloud reference, sections 1.6 and 9. */
export const SWITCHES = {
  /** `securemode` must tell the truth about TLS (CONNACK 2). Off: a warning, because devices in the field claim TCP over TLS and get in. */
  strictSecuremode: false as boolean,
  /** Keepalive over 1200 s is refused, as the documents say, instead of counting as 1200, as the Link SDK for C says. */
  strictKeepalive: false as boolean,
  /** What happens to a message on a topic that is not the device's: `drop` or `close`. */
  illegalTopic: "drop" as "drop" | "close",
  /** What happens to QoS 2, which the platform does not have: `close`, or `refuse` (SUBACK 0x80, the message dropped). */
  qos2: "close" as "close" | "refuse",
  /** Rates of document 30527: what is over them is dropped without a word to the device. */
  limits: false as boolean,
  /** Registration after activation answers with the secret that the device has, as article 002's log shows, instead of 6289. */
  lenientRegister: false as boolean,
  /** CONNACK for a disabled device. Not documented. */
  disabledCode: 5 as 2 | 3 | 4 | 5,
  /** HTTP status of answers that carry an error code. Not documented. */
  errorStatus: 200 as number,
  /** Patience for CONNECT. Not documented: a log shows that 3.1 s are fine, and advice not to wait. */
  connectTimeoutMs: 10 * SECOND_MS,
  /** Until a subscription delivers: up to 10 s on the platform. */
  subscriptionDelayMs: 0,
  /** Until an unacknowledged QoS 1 message is sent again. Not documented. */
  resendMs: 10 * SECOND_MS,
  /** How long a session is kept for a device that is away. */
  sessionMs: 7 * DAY_MS,
  /** How long an iotToken is valid. */
  tokenMs: 7 * DAY_MS,
  /** Until the cloud closes a connection that was made to register. */
  registrationMs: 15 * SECOND_MS,
  /** Until a call to a device that does not answer fails. */
  callMs: 8 * SECOND_MS,
  /** How long the address of a file is valid. */
  fileMs: DAY_MS,
  /** Bytes of the largest block of a file over MQTT. Not documented. */
  largestBlock: 128 * 1024,
};

export type Switches = typeof SWITCHES;

const CHOICES: Choices<Switches> = {
  illegalTopic: ["drop", "close"],
  qos2: ["close", "refuse"],
  disabledCode: [2, 3, 4, 5],
};

/** One switch and its value, as given by people. @throws {Error} that names what is wrong. */
export function parseSwitch(name: string, value: unknown): Partial<Switches> {
  return parse(SWITCHES, CHOICES, name, value);
}
