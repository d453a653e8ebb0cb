/** Switches that several platforms have, because their documents leave the same things open. */
import type { Choices } from "./parse-switch.ts";

const SECOND_MS = 1000;

export const COMMON_SWITCHES = {
  /** Keepalive out of the documented range is refused (CONNACK 2), instead of counting as the nearest in it. */
  strictKeepalive: true as boolean,
  /** CONNACK for an unknown device and a wrong signature. Not documented; MQTT 3.1.1, 3.2.2.3 has both. */
  refusalCode: 4 as 4 | 5,
  /** A device may use topics below its own prefix that no document lists. Not documented. */
  anyOwnTopic: true as boolean,
  /** What happens to a message on a topic that is not the device's: `drop` or `close`. Not documented. */
  illegalTopic: "drop" as "drop" | "close",
  /** What happens to QoS 2: `close`, or `refuse` (SUBACK 0x80, the message dropped). Not documented. */
  qos2: "close" as "close" | "refuse",
  /** Patience for CONNECT. Not documented. */
  connectTimeoutMs: 10 * SECOND_MS,
  /** Until an unacknowledged QoS 1 message is sent again. Not documented. */
  resendMs: 10 * SECOND_MS,
  /** Until a call to a device that does not answer fails. */
  callMs: 8 * SECOND_MS,
};

export type CommonSwitches = typeof COMMON_SWITCHES;

export const COMMON_CHOICES: Choices<CommonSwitches> = {
  refusalCode: [4, 5],
  illegalTopic: ["drop", "close"],
  qos2: ["close", "refuse"],
};
