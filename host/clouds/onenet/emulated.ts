/** The cloud `onenet`: OneNET Studio on this PC, with the user's product or one of its own. */
import type { Identity } from "../../../src/api/config.ts";
import type { OnenetSignMethod } from "../../../src/cloud/onenet/config.ts";
import { issuedFor } from "../../broker/issued.ts";
import { OPERATOR } from "../../broker/operator.ts";
import { PLAIN, ROOT, SECURE } from "./hosts.ts";
import { DEMO, startOnenetCloud } from "./start.ts";
import type { Switches } from "./switches.ts";
import type { CloudOptions, RunningCloud } from "../types.ts";
import { placesOf } from "../shared/places.ts";

/** A device of its own, made up, by what it proves itself with. */
const IDENTITIES: Readonly<Record<string, Identity>> = {
  "device-key": { deviceName: DEMO.deviceName, deviceSecret: DEMO.deviceKey },
  "product-key": { deviceName: DEMO.deviceName, productSecret: DEMO.accessKey },
};
/** The builder's default. */
const TOPIC_BASE = "$sys/{productId}/{deviceName}/custome";
const OPERATOR_PASSWORD = "operator-password";
const IMEI = /^\d{15}$/;

/** Part of an OneNET product's `cloud` section that decides what the cloud is called and how devices sign. */
interface Section {
  productId?: string;
  signMethod?: OnenetSignMethod;
  tokenMinutes?: number;
  topicBase?: string;
}

/** `switches`: what the platform leaves open. */
export async function startOnenet(options: CloudOptions, switches: Partial<Switches> = {}): Promise<RunningCloud> {
  const { productId = DEMO.productId, topicBase = TOPIC_BASE, ...signing } = (options.section ?? {}) as Section;
  const identity = options.identity ?? (IDENTITIES[options.auth ?? "device-key"] as Identity);
  const { deviceName, deviceSecret = DEMO.deviceKey, productSecret = DEMO.accessKey } = identity;
  const own = options.tls ? SECURE : PLAIN;
  const { port = own.port } = options;
  const hosts = [PLAIN.host, SECURE.host, ...(options.host === undefined ? [] : [options.host])];
  const issued = await issuedFor(ROOT.standIn, hosts, options.certificate ?? "good");
  const secure = { tls: issued.server };
  const cloud = await startOnenetCloud({
    // The product's first: there the operator is.
    doors: options.tls ? [secure, {}] : [{}, secure],
    switches,
    ...(options.time && { time: options.time }),
    // A device whose identity names it not is called by its IMEI.
    secretOfUnknown: (path) => (deviceName === undefined && IMEI.test(path.slice(productId.length + 1)) ? deviceSecret : undefined),
    users: { [OPERATOR]: OPERATOR_PASSWORD },
    trusted: [OPERATOR],
    refuse: options.refuse ?? null,
    onEvent: (event) => options.onEvent(event),
  });
  cloud.api.addProduct(productId, productSecret);
  if (deviceName !== undefined) cloud.api.addDevice({ productId, deviceName }, deviceSecret);
  const [first = 0, second = 0] = cloud.broker.ports;
  const other = options.tls ? PLAIN : SECURE;
  return {
    broker: { ...cloud.broker, close: () => cloud.close() },
    product: {
      type: "onenet",
      productId,
      ...(signing.signMethod !== undefined && { signMethod: signing.signMethod }),
      ...(signing.tokenMinutes !== undefined && { tokenMinutes: signing.tokenMinutes }),
      ...(options.host !== undefined && { host: options.host }),
      port,
      topicBase: topicBase.replaceAll("{productId}", productId),
      ...(options.tls && { tls: { ca: ROOT.file } }),
    },
    identity,
    ca: options.tls ? { name: ROOT.file, pem: issued.ca } : null,
    resolve: placesOf(
      hosts,
      new Map([
        [other.port, second],
        [port, first],
      ]),
    ),
    operator: { username: OPERATOR, password: OPERATOR_PASSWORD },
    api: cloud.api,
  };
}
