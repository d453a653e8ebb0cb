/** TuyaLink on this PC: MQTT over TLS, and its owner's side. */
import type { Broker } from "../../broker/broker.ts";
import { DEVICE_SCHEMA } from "../shared/devices.ts";
import { startCloud } from "../shared/start.ts";
import type { CloudOptions } from "../shared/start.ts";
import { admit } from "./admission.ts";
import { TuyaApi } from "./api.ts";
import { SWITCHES } from "./switches.ts";
import type { Switches } from "./switches.ts";

export interface TuyaCloud {
  api: TuyaApi;
  broker: Broker;
  /** May be called twice. */
  close(): Promise<void>;
}

const DAY_MS = 86_400_000;

/** Made up; the vectors of the cloud reference have them. */
export const DEMO = { deviceId: "6c828cba434ff40c074wF2", deviceSecret: "demoSecret012345" };

/** How long a session is kept is not documented. @throws {Error} when a port is taken or the file is in use. */
export async function startTuyaCloud(options: CloudOptions<Switches>): Promise<TuyaCloud> {
  const platform = { switches: SWITCHES, schema: DEVICE_SCHEMA, schemaVersion: 1, sessionMs: DAY_MS, admit };
  const { world, broker, close } = await startCloud(platform, options);
  return { api: new TuyaApi(world), broker, close };
}
