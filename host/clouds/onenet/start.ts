/** OneNET Studio on this PC: MQTT over TCP and TLS, and its owner's side. */
import type { Broker } from "../../broker/broker.ts";
import { startCloud } from "../shared/start.ts";
import type { CloudOptions } from "../shared/start.ts";
import { admit } from "./admission.ts";
import { OnenetApi } from "./api.ts";
import { SCHEMA } from "./products.ts";
import { SWITCHES } from "./switches.ts";
import type { Switches } from "./switches.ts";

export interface OnenetCloud {
  api: OnenetApi;
  broker: Broker;
  /** May be called twice. */
  close(): Promise<void>;
}

/** Made up, but for the product's key, which the vectors of the cloud reference have. */
export const DEMO = {
  productId: "Ck2AF9QD2K",
  accessKey: "KuF3NT/jUBJ62LNBB/A8XZA9CqS3Cu79B/ABmfA1UCw=",
  deviceName: "demo-device",
  deviceKey: "ZGVtbyBrZXkgb2YgdGhlIGRldmljZSwgMzIgYnl0ZXM=",
};

/** @throws {Error} when a port is taken or the file is in use. */
export async function startOnenetCloud(options: CloudOptions<Switches>): Promise<OnenetCloud> {
  const platform = { switches: SWITCHES, schema: SCHEMA, schemaVersion: 1, sessionMs: 0, admit };
  const { world, broker, close } = await startCloud(platform, options);
  return { api: new OnenetApi(world), broker, close };
}
