/** The cloud `aliyun`: Aliyun IoT Platform on this PC, with the user's product or one of its own. */
import type { Identity } from "../../../src/api/config.ts";
import type { AliyunAuth, SignMethod } from "../../../src/cloud/aliyun/config.ts";
import { OPERATOR } from "../../broker/operator.ts";
import { authHost as authHostOf } from "./hosts.ts";
import { DEMO, startSeededAliyun } from "./seeded.ts";
import type { Switches } from "./switches.ts";
import { Updates } from "./updates.ts";
import type { CloudOptions, RunningCloud } from "../types.ts";

/** A device of its own, made up, by what it proves itself with. */
const IDENTITY: Identity = { deviceName: DEMO.deviceName, deviceSecret: DEMO.deviceSecret };
const UNREGISTERED: Identity = { deviceName: DEMO.deviceName, productSecret: DEMO.productSecret };
/** The builder's default. */
const TOPIC_BASE = "/{productKey}/{deviceName}/user";
const OPERATOR_PASSWORD = "operator-password";

/** Part of an Aliyun product's `cloud` section that decides what the cloud is called and how devices sign. */
interface Section {
  productKey?: string;
  region?: string;
  instanceId?: string;
  signMethod?: SignMethod;
  topicBase?: string;
  auth?: AliyunAuth;
  authHost?: string;
  /** Updates over HTTPS. */
  otaTls?: object;
}

/** `switches`: what the platform does differently in documents and in the field. */
export async function startAliyun(options: CloudOptions, switches: Partial<Switches> = {}): Promise<RunningCloud> {
  const section = (options.section ?? {}) as Section;
  const { productKey = DEMO.productKey, region = "cn-shanghai", instanceId = "", signMethod = "hmacsha256" } = section;
  const auth = (options.auth as AliyunAuth | undefined) ?? section.auth ?? "device-secret";
  const identity = options.identity ?? (auth.startsWith("register-") ? UNREGISTERED : IDENTITY);
  const authHost = section.authHost ?? authHostOf(region);
  const overHttps = auth == "https" || auth == "register-https";
  const port = options.port ?? (options.tls ? 8883 : 1883);
  const updates = new Updates();
  const seeded = await startSeededAliyun({
    ...{ productKey, region, instanceId, port, switches },
    // A device whose identity names it not is called by its IMEI.
    deviceName: identity.deviceName ?? null,
    deviceSecret: identity.deviceSecret ?? DEMO.deviceSecret,
    productSecret: identity.productSecret ?? DEMO.productSecret,
    authHost: authHost.split(":")[0] as string,
    ...(options.host !== undefined && { host: options.host }),
    ...(options.certificate && { certificate: options.certificate }),
    ...(options.time && { time: options.time }),
    users: { [OPERATOR]: OPERATOR_PASSWORD },
    trusted: [OPERATOR],
    refuse: options.refuse ?? null,
    onEvent: (event) => {
      updates.event(event);
      options.onEvent(event);
    },
  });
  const { cloud, ca } = seeded;
  return {
    broker: { ...cloud.broker, close: () => cloud.close() },
    product: {
      type: "aliyun",
      productKey,
      region,
      instanceId,
      auth,
      ...(overHttps && { authHost, authTls: { ca: ca.https.file } }),
      ...(section.otaTls && { otaTls: { ca: ca.https.file } }),
      signMethod,
      ...(options.host !== undefined && { host: options.host }),
      port,
      topicBase: (section.topicBase ?? TOPIC_BASE).replaceAll("{productKey}", productKey),
      ...(options.tls && { tls: { ca: ca.mqtt.file } }),
    },
    identity,
    files: overHttps || section.otaTls ? [{ name: ca.https.file, pem: ca.https.pem }] : [],
    ca: options.tls ? { name: ca.mqtt.file, pem: ca.mqtt.pem } : null,
    resolve: (host, toPort) => seeded.resolve(host, toPort) ?? "dns-failed",
    operator: { username: OPERATOR, password: OPERATOR_PASSWORD },
    api: cloud.api,
    update: (push) => updates.push(cloud.api, push),
  };
}
