/**
 * The platform's time service (Aliyun IoT Platform, "NTP service"): times are texts in milliseconds; the device computes
 * (serverRecvTime + serverSendTime + its own receive time - deviceSendTime) / 2.
 */
import type { Message } from "../../../broker/rules.ts";
import { jsonMessage, parseObject } from "../../shared/json.ts";
import { pathOf } from "../identifier.ts";
import type { DeviceNames } from "../identifier.ts";
import type { World } from "../world.ts";

/** What cannot be read is not answered. */
export function timeAnswer({ payload }: Message, names: DeviceNames, { time }: World): Message[] {
  const { deviceSendTime } = parseObject(payload.toString("utf8")) ?? {};
  if (typeof deviceSendTime != "string" && typeof deviceSendTime != "number") return [];
  const now = String(time.now());
  const times = { deviceSendTime: String(deviceSendTime), serverRecvTime: now, serverSendTime: now };
  return [jsonMessage(`/ext/ntp/${pathOf(names)}/response`, times)];
}
