/** The platform from its owner's side: what a console or its server API does. */
import type { Message } from "../../broker/rules.ts";
import { CallError } from "../shared/calls.ts";
import { jsonMessage, parseObject } from "../shared/json.ts";
import { setConfig, configOf } from "./configuration.ts";
import type { Faults } from "./faults.ts";
import { pathOf } from "./identifier.ts";
import type { DeviceNames } from "./identifier.ts";
import type { Job, Package } from "./jobs.ts";
import type { Device, Product } from "./registry.ts";
import { desire, shadowOf } from "./services/shadow.ts";
import type { Shadow } from "./services/shadow.ts";
import type { Switches } from "./switches.ts";
import { parseSwitch } from "./switches.ts";
import type { World } from "./world.ts";

/** How a device answered a call. */
export interface Reply {
  code: number;
  data: unknown;
  message?: string;
}

export type DeviceState = Omit<Device, "deviceSecret"> & {
  online: boolean;
  properties: Record<string, unknown>;
  tags: Record<string, unknown>;
  /** By module. */
  versions: Record<string, unknown>;
};

/** Bytes of a broadcast, as base64 (Aliyun IoT Platform, "Limits", document 30527). */
const LONGEST_BROADCAST = 64 * 1024;

/** All throw an Error that names what is not there; calls to a device throw a CallError. */
export class AliyunApi {
  constructor(private readonly world: World) {}

  addProduct(product: Partial<Product> = {}): Product {
    return this.world.registry.addProduct(product);
  }

  addDevice(productKey: string, deviceName: string, deviceSecret?: string): Device {
    return this.world.registry.addDevice({ productKey, deviceName }, deviceSecret);
  }

  /** Products without their secrets. */
  products(): Omit<Product, "productSecret">[] {
    return this.world.registry.products().map(({ productSecret: _, ...product }) => product);
  }

  devices(productKey: string): string[] {
    return this.world.registry.devices(productKey).map(({ deviceName }) => deviceName);
  }

  state(names: DeviceNames): DeviceState {
    const { productKey, deviceName, iotId, enabled, activated } = this.known(names);
    const { records } = this.world;
    const values = (kind: "property" | "tag" | "version"): Record<string, unknown> =>
      Object.fromEntries(records.all(names, kind).map(({ name, value }) => [name, value]));
    const online = this.world.links.isOnline(names);
    return {
      ...{ productKey, deviceName, iotId, enabled, activated, online },
      properties: values("property"),
      tags: values("tag"),
      versions: values("version"),
    };
  }

  private known(names: DeviceNames): Device {
    const device = this.world.registry.device(names);
    if (!device) throw new Error(`there is no device "${names.deviceName}" of product "${names.productKey}"`);
    return device;
  }

  setRegistration(productKey: string, on: boolean): void {
    this.world.registry.setRegistration(productKey, on);
  }

  /** The device is told, and its connection closed. */
  async disable(names: DeviceNames): Promise<void> {
    this.world.registry.setEnabled(names, false);
    await this.tellAndDrop(names, "disable");
  }

  async enable(names: DeviceNames): Promise<void> {
    this.world.registry.setEnabled(names, true);
    await this.world.links.send(names, this.request(names, "thing/enable", {}).message);
  }

  async remove(names: DeviceNames): Promise<void> {
    this.world.registry.remove(names);
    await this.tellAndDrop(names, "delete");
    this.world.links.forget(names);
  }

  private async tellAndDrop(names: DeviceNames, what: string): Promise<void> {
    await this.world.links.send(names, this.request(names, `thing/${what}`, {}).message);
    this.world.links.disconnect(names);
  }

  /** Cuts its connection. */
  kick(names: DeviceNames): void {
    this.known(names);
    this.world.links.disconnect(names);
  }

  /** It may register again. */
  resetActivation(names: DeviceNames): void {
    this.world.registry.resetActivation(names);
  }

  setProperties(names: DeviceNames, properties: Readonly<Record<string, unknown>>): Promise<Reply> {
    return this.call(names, "thing/service/property/set", properties);
  }

  /** Asynchronous: on the service's own topic. */
  callService(names: DeviceNames, service: string, params: Readonly<Record<string, unknown>> = {}): Promise<Reply> {
    return this.call(names, `thing/service/${service}`, params);
  }

  /** Synchronous: over RRPC. */
  async callServiceSync(names: DeviceNames, service: string, params: Readonly<Record<string, unknown>> = {}): Promise<Reply> {
    const { payload } = this.request(names, `thing/service/${service}`, params).message;
    return replyOf(await this.rrpc(names, payload));
  }

  /** A device that did not subscribe gets nothing, and does not answer in time. */
  private async call(names: DeviceNames, path: string, params: unknown): Promise<Reply> {
    const { id, message } = this.request(names, path, params);
    return replyOf(await this.ask(names, message, `${message.topic}_reply ${id}`));
  }

  private request(names: DeviceNames, path: string, params: unknown): { id: string; message: Message } {
    const id = this.world.random.messageId();
    const value = { method: path.replaceAll("/", "."), id, params, version: "1.0.0" };
    return { id, message: jsonMessage(`/sys/${pathOf(names)}/${path}`, value, 1) };
  }

  private async ask(names: DeviceNames, message: Message, key: string): Promise<Buffer> {
    this.known(names);
    const { world } = this;
    if (!world.links.isOnline(names)) throw new CallError("offline", `device "${names.deviceName}" is not connected`);
    if (world.links.inFlight(names) >= MOST_IN_FLIGHT) throw new CallError("busy", `${MOST_IN_FLIGHT} messages are not acknowledged`);
    const answer = world.calls.answer(key, world.switches.callMs);
    world.links.publish(message);
    return answer;
  }

  /** The device's answer, whatever it is. */
  rrpc(names: DeviceNames, payload: Buffer): Promise<Buffer> {
    const id = this.world.random.messageId();
    const topic = (kind: string): string => `/sys/${pathOf(names)}/rrpc/${kind}/${id}`;
    return this.ask(names, { topic: topic("request"), payload, qos: 0 }, topic("response"));
  }

  /** On a topic of the device's own, `/{productKey}/{deviceName}/…`: the answer comes on the same one. */
  rrpcCustom(names: DeviceNames, topic: string, payload: Buffer): Promise<Buffer> {
    if (!topic.startsWith(`/${pathOf(names)}/`)) throw new Error(`"${topic}" is no topic of device "${names.deviceName}"`);
    const called = `/ext/rrpc/${this.world.random.messageId()}${topic}`;
    return this.ask(names, { topic: called, payload, qos: 0 }, called);
  }

  /** To whoever subscribed. */
  publish({ topic, payload, qos }: Message): void {
    this.world.links.publish({ topic, payload, qos });
  }

  /** To all devices of a product that are connected, subscribed or not. @returns how many got it. */
  async broadcast(productKey: string, payload: Buffer): Promise<number> {
    this.mayBroadcast(productKey, payload);
    const id = this.world.random.messageId();
    const sent = this.world.registry
      .devices(productKey)
      .map((device) => this.world.links.send(device, { topic: `/sys/${pathOf(device)}/broadcast/request/${id}`, payload, qos: 0 }));
    return (await Promise.all(sent)).filter(Boolean).length;
  }

  /** To the devices that subscribed to `/broadcast/{productKey}/{suffix}`. */
  broadcastTo(productKey: string, suffix: string, payload: Buffer): void {
    this.mayBroadcast(productKey, payload);
    this.world.links.publish({ topic: `/broadcast/${productKey}/${suffix}`, payload, qos: 0 });
  }

  private mayBroadcast(productKey: string, payload: Buffer): void {
    if (!this.world.registry.product(productKey)) throw new Error(`there is no product "${productKey}"`);
    if (payload.toString("base64").length > LONGEST_BROADCAST)
      throw new Error(`a broadcast has at most ${LONGEST_BROADCAST} bytes as base64`);
    const why = this.world.limits.take("broadcast", productKey);
    if (why) throw new Error(why);
  }

  shadow(names: DeviceNames): Shadow {
    this.known(names);
    return shadowOf(names, this.world);
  }

  /** The state that the device is wished to have; it is told if it subscribed. */
  setShadow(names: DeviceNames, desired: Readonly<Record<string, unknown>>): void {
    this.known(names);
    this.world.links.publish(desire(names, desired, this.world));
  }

  /** Values that the device asks for itself. */
  setDesired(names: DeviceNames, properties: Readonly<Record<string, unknown>>): void {
    this.known(names);
    this.world.records.setAll(names, "desired", properties);
  }

  /** For the devices that ask; `null`: none. */
  setConfig(productKey: string, content: unknown): void {
    setConfig(productKey, content, this.world);
  }

  /** Tells one device of its product's configuration. */
  pushConfig(names: DeviceNames): Promise<Reply> {
    const config = configOf(names.productKey, this.world);
    if (!config) throw new Error(`product "${names.productKey}" has no configuration`);
    return this.call(names, "thing/config/push", config);
  }

  /** Whether the device is to upload its log. */
  setLogMode(names: DeviceNames, mode: 0 | 1): Promise<Reply> {
    this.world.registry.setLogMode(names, mode);
    return this.call(names, "thing/config/log/push", { getType: "content", content: { mode } });
  }

  /** Pushed at once if the device is connected and has said which version it has, else when it has. */
  update(names: DeviceNames, software: Package): Job {
    this.known(names);
    const { jobs } = this.world;
    const job = jobs.add(names, software);
    if (this.world.links.isOnline(names)) for (const push of jobs.firstPush(names, job.module)) void this.world.links.send(names, push);
    return jobs.job(job.id) ?? job;
  }

  job(id: number): Job {
    const job = this.world.jobs.job(id);
    if (!job) throw new Error(`there is no job ${id}`);
    return job;
  }

  set(name: keyof Switches, value: unknown): void {
    Object.assign(this.world.switches, parseSwitch(name, value));
  }

  fail(faults: Partial<Faults>): void {
    Object.assign(this.world.faults, faults);
  }
}

/** Messages that one device may leave unacknowledged (document 30527). */
export const MOST_IN_FLIGHT = 100;

function replyOf(answer: Buffer): Reply {
  const { code, data, message } = parseObject(answer.toString("utf8")) ?? {};
  return { code: Number(code), data, ...(typeof message == "string" && { message }) };
}
