/** What the owner of an emulated OneNET can do while it runs. */
import type { Commands } from "../admin/commands.ts";
import { ANYTHING, BYTES, bytesOf, command, OBJECT, TEXT } from "../admin/fields.ts";
import type { Bytes } from "../admin/fields.ts";
import type { OnenetApi } from "./api.ts";
import type { DeviceNames } from "./products.ts";
import { SWITCHES } from "./switches.ts";

const DEVICE = { productId: TEXT, deviceName: TEXT };

export function onenetCommands(api: OnenetApi): Commands {
  return {
    addProduct: command<{ productId: string; accessKey?: string }>(
      "a product, with a new access key unless given (base64)",
      { productId: TEXT, accessKey: TEXT },
      ({ productId, accessKey }) => api.addProduct(productId, accessKey),
      ["accessKey"],
    ),
    products: command("ids of all products", {}, () => api.products()),
    addDevice: command<DeviceNames & { deviceKey?: string }>(
      "a device, with a new key unless given (base64)",
      { ...DEVICE, deviceKey: TEXT },
      ({ deviceKey, ...names }) => api.addDevice(names, deviceKey),
      ["deviceKey"],
    ),
    devices: command<{ productId: string }>("names of a product's devices", { productId: TEXT }, ({ productId }) => api.devices(productId)),
    device: command<DeviceNames>("what is known about a device, without its key", DEVICE, (names) => api.state(names)),
    remove: command<DeviceNames>("deletes a device and cuts its connection", DEVICE, (names) => api.remove(names)),
    kick: command<DeviceNames>("cuts a device's connection", DEVICE, (names) => api.kick(names)),
    setProperties: command<DeviceNames & { properties: Record<string, unknown> }>(
      "sets properties; shows the device's answer",
      { ...DEVICE, properties: OBJECT },
      ({ properties, ...names }) => api.setProperties(names, properties),
    ),
    getProperties: command<DeviceNames & { properties: string[] }>(
      "asks the device for properties by name; shows its answer",
      { ...DEVICE, properties: { type: "array", items: TEXT } },
      ({ properties, ...names }) => api.getProperties(names, properties),
    ),
    invoke: command<DeviceNames & { service: string; params?: Record<string, unknown> }>(
      "calls a service; shows the device's answer",
      { ...DEVICE, service: TEXT, params: OBJECT },
      ({ service, params, ...names }) => api.invoke(names, service, params),
      ["params"],
    ),
    setDesired: command<DeviceNames & { properties: Record<string, unknown> }>(
      "values of properties for a device that asks for them",
      { ...DEVICE, properties: OBJECT },
      ({ properties, ...names }) => api.setDesired(names, properties),
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
