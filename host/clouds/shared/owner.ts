/** A platform from its owner's side, as far as platforms are alike. Devices are called as their topics call them. */
import type { Message } from "../../broker/rules.ts";
import { CallError } from "./calls.ts";
import { jsonMessage, parseObject } from "./json.ts";
import type { Kind } from "./devices.ts";
import type { World } from "./start.ts";
import type { CommonSwitches } from "./switches.ts";

export interface DeviceState {
  online: boolean;
  /** Values by name: reported last, and wished for. */
  properties: Record<string, unknown>;
  desired: Record<string, unknown>;
}

/** All throw an Error that names what is not there; calls to a device throw a CallError. */
export class Owner<Switches extends CommonSwitches> {
  private calls = 0;

  constructor(
    readonly world: World<Switches>,
    private readonly parse: (name: string, value: unknown) => Partial<Switches>,
  ) {}

  state(device: string): DeviceState {
    this.known(device);
    const online = this.world.links.isOnline(device);
    return { online, properties: this.values(device, "reported"), desired: this.values(device, "desired") };
  }

  private values(device: string, kind: Kind): Record<string, unknown> {
    return Object.fromEntries(Object.entries(this.world.devices.properties(device, kind)).map(([name, { value }]) => [name, value]));
  }

  /** Values that the device asks for itself. */
  setDesired(device: string, properties: Readonly<Record<string, unknown>>): void {
    this.known(device);
    this.world.devices.setProperties(device, "desired", properties);
  }

  /** Cuts its connection. */
  kick(device: string): void {
    this.known(device);
    this.world.links.disconnect(device);
  }

  remove(device: string): void {
    this.known(device);
    this.world.devices.remove(device);
    this.world.links.disconnect(device);
    this.world.links.forget(device);
  }

  /** To whoever subscribed. */
  publish({ topic, payload, qos }: Message): void {
    this.world.links.publish({ topic, payload, qos });
  }

  set(name: string, value: unknown): void {
    Object.assign(this.world.switches, this.parse(name, value));
  }

  /** Ids of the cloud's messages: decimal text. */
  nextId(): string {
    return String(++this.calls);
  }

  /**
   * Sends a request and waits for its answer. A device that did not subscribe gets nothing, and does not answer in time.
   * `key`: see `answerKey`.
   */
  async ask(device: string, topic: string, request: object, key: string): Promise<Record<string, unknown>> {
    this.known(device);
    const { links, calls, switches } = this.world;
    if (!links.isOnline(device)) throw new CallError("offline", `device "${device}" is not connected`);
    const answer = calls.answer(key, switches.callMs);
    links.publish(jsonMessage(topic, request, 1));
    return parseObject((await answer).toString("utf8")) ?? {};
  }

  private known(device: string): void {
    if (this.world.devices.secret(device) === undefined) throw new Error(`there is no device "${device}"`);
  }
}

/** What tells the answer to a request from others: the topic that it comes on, and the id that it repeats. */
export function answerKey(topic: string, id: unknown): string {
  return `${topic} ${String(id)}`;
}

/** An answer of a device to a call. Told if nobody waits for it. */
export function takeAnswer({ topic, payload }: Message, id: unknown, device: string, { calls, tell }: World<CommonSwitches>): Message[] {
  if (!calls.answered(answerKey(topic, id), payload))
    tell({ ev: "rejected", device, topic, code: 0, reason: "an answer that nobody waits for" });
  return [];
}
