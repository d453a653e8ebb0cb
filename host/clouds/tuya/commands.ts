/** What the owner of an emulated TuyaLink can do while it runs. */
import type { Commands } from "../admin/commands.ts";
import { ANYTHING, BYTES, bytesOf, command, OBJECT, TEXT } from "../admin/fields.ts";
import type { Bytes } from "../admin/fields.ts";
import type { TuyaApi } from "./api.ts";
import { SWITCHES } from "./switches.ts";

const DEVICE = { deviceId: TEXT };

interface Device {
  deviceId: string;
}

export function tuyaCommands(api: TuyaApi): Commands {
  return {
    addDevice: command<Device & { deviceSecret?: string }>(
      "a device, with a new secret unless given",
      { ...DEVICE, deviceSecret: TEXT },
      ({ deviceId, deviceSecret }) => api.addDevice(deviceId, deviceSecret),
      ["deviceSecret"],
    ),
    devices: command("ids of all devices", {}, () => api.devices()),
    device: command<Device>("what is known about a device, without its secret", DEVICE, ({ deviceId }) => api.state(deviceId)),
    remove: command<Device>("deletes a device and cuts its connection", DEVICE, ({ deviceId }) => api.remove(deviceId)),
    kick: command<Device>("cuts a device's connection", DEVICE, ({ deviceId }) => api.kick(deviceId)),
    setProperties: command<Device & { properties: Record<string, unknown> }>(
      "sets properties; shows the device's answer",
      { ...DEVICE, properties: OBJECT },
      ({ deviceId, properties }) => api.setProperties(deviceId, properties),
    ),
    execute: command<Device & { actionCode: string; inputParams?: Record<string, unknown> }>(
      "executes an action; shows the device's answer",
      { ...DEVICE, actionCode: TEXT, inputParams: OBJECT },
      ({ deviceId, actionCode, inputParams }) => api.execute(deviceId, actionCode, inputParams),
      ["inputParams"],
    ),
    setDesired: command<Device & { properties: Record<string, unknown> }>(
      "values of properties for a device that asks for them",
      { ...DEVICE, properties: OBJECT },
      ({ deviceId, properties }) => api.setDesired(deviceId, properties),
    ),
    publish: command<{ topic: string; payload: Bytes; qos?: number }>(
      "a message to whoever subscribed",
      { topic: TEXT, payload: BYTES, qos: { enum: [0, 1] } },
      ({ topic, payload, qos = 1 }) => api.publish({ topic, payload: bytesOf(payload), qos }),
      ["qos"],
    ),
    set: command<{ name: string; value: unknown }>(
      `a switch: ${Object.keys(SWITCHES).join(", ")}`,
      { name: TEXT, value: ANYTHING },
      ({ name, value }) => api.set(name, value),
    ),
  };
}
