/** The platform from its owner's side: what a console or its server API does. */
import { randomBytes } from "node:crypto";
import type { Message } from "../../broker/rules.ts";
import { answerKey, Owner } from "../shared/owner.ts";
import type { DeviceState } from "../shared/owner.ts";
import type { World } from "../shared/start.ts";
import { addProduct, DEVICE_NAME, pathOf, PRODUCT_ID, productIds, productKey } from "./products.ts";
import type { DeviceNames } from "./products.ts";
import { prefixOf } from "./services.ts";
import { parseSwitch } from "./switches.ts";
import type { Switches } from "./switches.ts";
import { isBase64 } from "./token.ts";

/** How a device answered a call; `code` 200: done. */
export interface Reply {
  code: number;
  msg?: string;
  data?: unknown;
}

/** Bytes of a new key. */
const KEY_BYTES = 32;

/** All throw an Error that names what is not there; calls to a device throw a CallError. Keys are base64. */
export class OnenetApi {
  private readonly owner: Owner<Switches>;

  constructor(private readonly world: World<Switches>) {
    this.owner = new Owner(world, parseSwitch);
  }

  addProduct(productId: string, accessKey = newKey()): { productId: string; accessKey: string } {
    if (!PRODUCT_ID.test(productId)) throw new Error(`"${productId}" is no product id: 1 to 32 letters and digits`);
    if (!isBase64(accessKey)) throw new Error("accessKey: base64 with its padding");
    addProduct(this.world.db, productId, accessKey);
    return { productId, accessKey };
  }

  products(): string[] {
    return productIds(this.world.db);
  }

  addDevice(names: DeviceNames, deviceKey = newKey()): DeviceNames & { deviceKey: string } {
    const { productId, deviceName } = names;
    if (productKey(this.world.db, productId) === undefined) throw new Error(`there is no product "${productId}"`);
    if (!DEVICE_NAME.test(deviceName)) throw new Error(`"${deviceName}" is no device name: 1 to 64 letters, digits, - and _`);
    if (!isBase64(deviceKey)) throw new Error("deviceKey: base64 with its padding");
    this.world.devices.add(pathOf(names), deviceKey);
    return { productId, deviceName, deviceKey };
  }

  /** Names of a product's devices. */
  devices(productId: string): string[] {
    const mine = this.world.devices.names().filter((path) => path.startsWith(`${productId}/`));
    return mine.map((path) => path.slice(productId.length + 1));
  }

  state(names: DeviceNames): DeviceState {
    return this.owner.state(pathOf(names));
  }

  /** As the device posted them last. */
  properties(names: DeviceNames): DeviceState["properties"] {
    return this.state(names).properties;
  }

  setDesired(names: DeviceNames, properties: Readonly<Record<string, unknown>>): void {
    this.owner.setDesired(pathOf(names), properties);
  }

  /** Cuts its connection. */
  kick(names: DeviceNames): void {
    this.owner.kick(pathOf(names));
  }

  remove(names: DeviceNames): void {
    this.owner.remove(pathOf(names));
  }

  setProperties(names: DeviceNames, properties: Readonly<Record<string, unknown>>): Promise<Reply> {
    return this.call(names, "thing/property/set", properties);
  }

  /** Asks the device for properties by name. */
  getProperties(names: DeviceNames, properties: readonly string[]): Promise<Reply> {
    return this.call(names, "thing/property/get", properties);
  }

  invoke(names: DeviceNames, service: string, params: Readonly<Record<string, unknown>> = {}): Promise<Reply> {
    return this.call(names, `thing/service/${service}/invoke`, params);
  }

  /** To whoever subscribed. */
  publish(message: Message): void {
    this.owner.publish(message);
  }

  set(name: string, value: unknown): void {
    this.owner.set(name, value);
  }

  private async call(names: DeviceNames, path: string, params: unknown): Promise<Reply> {
    const id = this.owner.nextId();
    const topic = prefixOf(names) + path;
    const key = answerKey(`${topic}_reply`, id);
    const { code, msg, data } = await this.owner.ask(pathOf(names), topic, { id, version: "1.0", params }, key);
    return { code: Number(code), ...(typeof msg == "string" && { msg }), ...(data !== undefined && { data }) };
  }
}

function newKey(): string {
  return randomBytes(KEY_BYTES).toString("base64");
}
