/** The cloud `tuya`: TuyaLink on this PC, with the user's device or one of its own. */
import type { Identity } from "../../../src/api/config.ts";
import type { TuyaRegion } from "../../../src/cloud/tuya/config.ts";
import { issuedFor } from "../../broker/issued.ts";
import { OPERATOR } from "../../broker/operator.ts";
import { HOSTS, PORT, ROOT } from "./hosts.ts";
import { DEMO, startTuyaCloud } from "./start.ts";
import type { Switches } from "./switches.ts";
import type { CloudOptions, RunningCloud } from "../types.ts";
import { placesOf } from "../shared/places.ts";

const IDENTITY: Identity = { deviceName: DEMO.deviceId, deviceSecret: DEMO.deviceSecret };
/** The builder's default. */
const TOPIC_BASE = "tylink/{deviceName}/channel/raw";
const OPERATOR_PASSWORD = "operator-password";

/** Part of a Tuya product's `cloud` section that decides what the cloud is called. */
interface Section {
  region?: TuyaRegion;
  topicBase?: string;
}

/** It speaks TLS whatever the product says: without `tls` the product is wrong. `switches`: what the platform leaves open. */
export async function startTuya(options: CloudOptions, switches: Partial<Switches> = {}): Promise<RunningCloud> {
  const { region = "cn", topicBase = TOPIC_BASE } = (options.section ?? {}) as Section;
  const { identity = IDENTITY, port = PORT } = options;
  const hosts = [HOSTS[region], ...(options.host === undefined ? [] : [options.host])];
  const issued = await issuedFor(ROOT.standIn, hosts, options.certificate ?? "good");
  const cloud = await startTuyaCloud({
    doors: [{ tls: issued.server }],
    switches,
    ...(options.time && { time: options.time }),
    users: { [OPERATOR]: OPERATOR_PASSWORD },
    trusted: [OPERATOR],
    refuse: options.refuse ?? null,
    onEvent: (event) => options.onEvent(event),
  });
  const { deviceName, deviceSecret } = identity;
  // Without them the identity is wrong, which the builder says.
  if (deviceName !== undefined && deviceSecret !== undefined) cloud.api.addDevice(deviceName, deviceSecret);
  return {
    broker: { ...cloud.broker, close: () => cloud.close() },
    product: {
      type: "tuya",
      region,
      ...(options.host !== undefined && { host: options.host }),
      port,
      topicBase,
      ...(options.tls && { tls: { ca: ROOT.file } }),
    },
    identity,
    ca: options.tls ? { name: ROOT.file, pem: issued.ca } : null,
    resolve: placesOf(hosts, new Map([[port, cloud.broker.port]])),
    operator: { username: OPERATOR, password: OPERATOR_PASSWORD },
    api: cloud.api,
  };
}
