/** What the owner of an emulated Aliyun platform can do while it runs. */
import type { Commands } from "../admin/commands.ts";
import { ANYTHING, BYTES, bytesOf, command, OBJECT, TEXT } from "../admin/fields.ts";
import type { Bytes } from "../admin/fields.ts";
import type { AliyunApi } from "./api.ts";
import type { Faults } from "./faults.ts";
import type { DeviceNames } from "./identifier.ts";
import type { Package } from "./jobs.ts";
import type { Product } from "./registry.ts";
import { SWITCHES } from "./switches.ts";
import type { Switches } from "./switches.ts";

const FLAG = { type: "boolean" };
const COUNT = { type: "integer", minimum: 0 };
const STATUS = { type: "integer", minimum: 200, maximum: 599 };

const PRODUCT = { productKey: TEXT };
const DEVICE = { productKey: TEXT, deviceName: TEXT };

type OfProduct = Pick<DeviceNames, "productKey">;

export function aliyunCommands(api: AliyunApi): Commands {
  return {
    addProduct: command<Partial<Product>>(
      "a product; what is left out is made up",
      {
        productKey: TEXT,
        productSecret: TEXT,
        registration: FLAG,
        authType: { enum: ["secret", "x509", "id2"] },
        topicClasses: { type: "array" },
      },
      (product) => api.addProduct(product),
      ["productKey", "productSecret", "registration", "authType", "topicClasses"],
    ),
    products: command("all products, without secrets", {}, () => api.products()),
    setRegistration: command<OfProduct & { on: boolean }>(
      "switches a product's dynamic registration",
      { ...PRODUCT, on: FLAG },
      ({ productKey, on }) => api.setRegistration(productKey, on),
    ),
    addDevice: command<DeviceNames & { deviceSecret?: string }>(
      "a device, with a new secret unless given",
      { ...DEVICE, deviceSecret: TEXT },
      ({ productKey, deviceName, deviceSecret }) => api.addDevice(productKey, deviceName, deviceSecret),
      ["deviceSecret"],
    ),
    devices: command<OfProduct>("names of a product's devices", PRODUCT, ({ productKey }) => api.devices(productKey)),
    device: command<DeviceNames>("what is known about a device, without its secret", DEVICE, (names) => api.state(names)),
    disable: command<DeviceNames>("disables a device and cuts its connection", DEVICE, (names) => api.disable(names)),
    enable: command<DeviceNames>("enables it again", DEVICE, (names) => api.enable(names)),
    remove: command<DeviceNames>("deletes a device and cuts its connection", DEVICE, (names) => api.remove(names)),
    kick: command<DeviceNames>("cuts a device's connection", DEVICE, (names) => api.kick(names)),
    resetActivation: command<DeviceNames>("lets a device register again", DEVICE, (names) => api.resetActivation(names)),
    setProperties: command<DeviceNames & { properties: Record<string, unknown> }>(
      "sets properties; shows the device's answer",
      { ...DEVICE, properties: OBJECT },
      ({ properties, ...names }) => api.setProperties(names, properties),
    ),
    callService: command<DeviceNames & { service: string; params?: Record<string, unknown>; sync?: boolean }>(
      "calls a service, on its own topic or (sync) over RRPC; shows the device's answer",
      { ...DEVICE, service: TEXT, params: OBJECT, sync: FLAG },
      ({ service, params, sync, ...names }) =>
        sync ? api.callServiceSync(names, service, params) : api.callService(names, service, params),
      ["params", "sync"],
    ),
    rrpc: command<DeviceNames & { payload: Bytes; topic?: string }>(
      "calls the device over RRPC, or on a topic of its own; shows what it answers",
      { ...DEVICE, payload: BYTES, topic: TEXT },
      async ({ payload, topic, ...names }) => ({
        answer: await (topic === undefined ? api.rrpc(names, bytesOf(payload)) : api.rrpcCustom(names, topic, bytesOf(payload))),
      }),
      ["topic"],
    ),
    publish: command<{ topic: string; payload: Bytes; qos?: number }>(
      "a message to whoever subscribed",
      { topic: TEXT, payload: BYTES, qos: { enum: [0, 1] } },
      ({ topic, payload, qos = 1 }) => api.publish({ topic, payload: bytesOf(payload), qos }),
      ["qos"],
    ),
    broadcast: command<OfProduct & { payload: Bytes; suffix?: string }>(
      "to all devices of a product that are connected, or to those that subscribed to /broadcast/{productKey}/{suffix}",
      { ...PRODUCT, payload: BYTES, suffix: TEXT },
      async ({ productKey, payload, suffix }) =>
        suffix === undefined
          ? { devices: await api.broadcast(productKey, bytesOf(payload)) }
          : api.broadcastTo(productKey, suffix, bytesOf(payload)),
      ["suffix"],
    ),
    shadow: command<DeviceNames>("a device's shadow", DEVICE, (names) => api.shadow(names)),
    setShadow: command<DeviceNames & { desired: Record<string, unknown> }>(
      "the state a device is wished to have",
      { ...DEVICE, desired: OBJECT },
      ({ desired, ...names }) => api.setShadow(names, desired),
    ),
    setDesired: command<DeviceNames & { properties: Record<string, unknown> }>(
      "values of properties for a device that asks for them",
      { ...DEVICE, properties: OBJECT },
      ({ properties, ...names }) => api.setDesired(names, properties),
    ),
    setConfig: command<OfProduct & { content: unknown }>(
      "remote configuration of a product: any JSON; null: none",
      { ...PRODUCT, content: ANYTHING },
      ({ productKey, content }) => api.setConfig(productKey, content),
    ),
    pushConfig: command<DeviceNames>("tells a device of its product's configuration", DEVICE, (names) => api.pushConfig(names)),
    setLogMode: command<DeviceNames & { mode: 0 | 1 }>(
      "whether a device uploads its log",
      { ...DEVICE, mode: { enum: [0, 1] } },
      ({ mode, ...names }) => api.setLogMode(names, mode),
    ),
    update: command<DeviceNames & Omit<Package, "content"> & { content: Bytes }>(
      "new software for a device; shows the job",
      {
        ...{
          ...DEVICE,
          version: TEXT,
          content: BYTES,
          module: TEXT,
          signMethod: { enum: ["Md5", "SHA256"] },
          transport: { enum: ["https", "mqtt"] },
        },
        ...{ isDiff: FLAG, extData: OBJECT, wrongDigest: FLAG },
      },
      ({ productKey, deviceName, content, ...software }) =>
        api.update({ productKey, deviceName }, { ...software, content: bytesOf(content) }),
      ["module", "signMethod", "transport", "isDiff", "extData", "wrongDigest"],
    ),
    job: command<{ id: number }>("how far an update is", { id: COUNT }, ({ id }) => api.job(id)),
    set: command<{ name: keyof Switches; value: unknown }>(
      `a switch: ${Object.keys(SWITCHES).join(", ")}`,
      { name: TEXT, value: ANYTHING },
      ({ name, value }) => api.set(name, value),
    ),
    fail: command<Partial<Faults>>(
      "what goes wrong from now on",
      {
        corruptBlocks: COUNT,
        cutAnswers: COUNT,
        wrongAnswers: COUNT,
        cutAfterBytes: COUNT,
        httpStatus: STATUS,
        httpBody: { type: "string" },
      },
      (faults) => api.fail(faults),
      ["corruptBlocks", "cutAnswers", "wrongAnswers", "cutAfterBytes", "httpStatus", "httpBody"],
    ),
  };
}
