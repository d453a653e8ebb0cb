/** The platform from its owner's side: what a console or its server API does. */
import { randomBytes } from "node:crypto";
import { answerKey, Owner } from "../shared/owner.ts";
import type { DeviceState } from "../shared/owner.ts";
import type { World } from "../shared/start.ts";
import { prefixOf } from "./services.ts";
import { parseSwitch } from "./switches.ts";
import type { Switches } from "./switches.ts";

/** How a device answered a call; `code` 0: done. */
export interface Reply {
  code: number;
  data?: unknown;
}

/** All throw an Error that names what is not there; calls to a device throw a CallError. */
export class TuyaApi extends Owner<Switches> {
  constructor(world: World<Switches>) {
    super(world, parseSwitch);
  }

  /** `deviceSecret`: default a new one, 16 characters. */
  addDevice(deviceId: string, deviceSecret = randomBytes(8).toString("hex")): { deviceId: string; deviceSecret: string } {
    if (!/^[\w-]{1,64}$/.test(deviceId)) throw new Error(`"${deviceId}" is no device id: 1 to 64 letters, digits, - and _`);
    this.world.devices.add(deviceId, deviceSecret);
    return { deviceId, deviceSecret };
  }

  devices(): string[] {
    return this.world.devices.names();
  }

  /** As the device reported them last. */
  properties(deviceId: string): DeviceState["properties"] {
    return this.state(deviceId).properties;
  }

  setProperties(deviceId: string, data: Readonly<Record<string, unknown>>): Promise<Reply> {
    return this.call(deviceId, "thing/property/set", data);
  }

  execute(deviceId: string, actionCode: string, inputParams: Readonly<Record<string, unknown>> = {}): Promise<Reply> {
    return this.call(deviceId, "thing/action/execute", { actionCode, inputParams });
  }

  private async call(deviceId: string, path: string, data: object): Promise<Reply> {
    const msgId = this.nextId();
    const topic = prefixOf(deviceId) + path;
    const request = { msgId, time: this.world.time.now(), data };
    const { code, data: answered } = await this.ask(deviceId, topic, request, answerKey(`${topic}_response`, msgId));
    return { code: Number(code), ...(answered !== undefined && { data: answered }) };
  }
}
