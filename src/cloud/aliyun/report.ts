/** What a device tells of its thing model. */
import type { Device } from "../../api/device";
import type { OnReply } from "../replies";
import { request } from "./request";

/**
 * Values by property: a value, or `{ value, time }` with a time in Unix milliseconds. The reply's data may name properties that the cloud
 * refused, although there is no error.
 */
export function postProperties(device: Device, properties: Record<string, unknown>, onReply?: OnReply): void {
  request(device, "thing.event.property.post", properties, onReply);
}

/** `output`: the event's output data. It carries the time at which it is posted, if the clock is known. */
export function postEvent(device: Device, event: string, output: Record<string, unknown>, onReply?: OnReply): void {
  const now = device.now();
  const params = { value: output, time: now === null ? undefined : now * 1000 };
  request(device, "thing.event." + event + ".post", params, onReply);
}
