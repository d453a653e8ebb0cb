/** The cloud `aliyun`: Aliyun IoT Platform on this PC, one secret per device. */
import { isIP } from "node:net";
import type { Identity, SignMethod } from "../../src/api/config.ts";
import { startBroker } from "../broker/broker.ts";
import { issuedFor } from "../broker/issued.ts";
import { OPERATOR } from "../broker/operator.ts";
import { aliyunRules } from "../cloud/aliyun/rules.ts";
import type { AliyunOptions } from "../cloud/aliyun/rules.ts";
import type { CloudOptions, RunningCloud } from "./clouds.ts";

const LOCAL = "127.0.0.1";
/** A device of its own, made up. */
const PRODUCT_KEY = "a1B2c3D4e5F";
const IDENTITY: Identity = { deviceName: "dev_861551056136351", deviceSecret: "ga7XA6KdlEeiPXQPpRbAjOZXwG8y0123" };
/** The builder's default. */
const TOPIC_BASE = "/{productKey}/{deviceName}/user";
const OPERATOR_PASSWORD = "operator-password";

/** Milliseconds of patience for CONNECT. Not documented: a log shows that 3.1 s are fine, and advice not to wait. */
const CONNECT_TIMEOUT_MS = 10_000;

/** Part of an Aliyun product's `cloud` section that decides what the cloud is called and how devices sign. */
interface Section {
  productKey?: string;
  region?: string;
  instanceId?: string;
  signMethod?: SignMethod;
  topicBase?: string;
}

/** Which root vouches for which port (Link SDK for C 4.2.0, change log of 2023-11-06), and what is spoken there. */
const ROOTS = {
  s1: { file: "aliyun-iot-root-s1.pem", standIn: "Stand-in for Aliyun IoT Root CA" },
  r1: { file: "globalsign-root-r1.pem", standIn: "Stand-in for GlobalSign Root CA" },
} as const;
type Root = keyof typeof ROOTS;
const DOORS: readonly { port: number; root: Root; plainToo: boolean }[] = [
  { port: 8883, root: "s1", plainToo: false },
  { port: 1883, root: "r1", plainToo: true },
  { port: 443, root: "r1", plainToo: true },
];

/** `rules`: switches for what the platform does differently in documents and in the field. */
export async function startAliyun(
  options: CloudOptions,
  rules: Omit<AliyunOptions, "products" | "findDevice"> = {},
): Promise<RunningCloud> {
  const section = (options.section ?? {}) as Section;
  const { productKey = PRODUCT_KEY, region = "cn-shanghai", instanceId = "", signMethod = "hmacsha256", topicBase = TOPIC_BASE } = section;
  const identity = options.identity ?? IDENTITY;
  // A host of the user's own with another port is served as the platform would: TLS under its own root.
  const port = options.port ?? (options.tls ? 8883 : 1883);
  const mainDoor = DOORS.find((door) => door.port == port) ?? (DOORS[options.tls ? 0 : 1] as (typeof DOORS)[number]);
  const hosts = [
    `${productKey}.iot-as-mqtt.${region}.aliyuncs.com`,
    ...(instanceId ? [`${instanceId}.mqtt.iothub.aliyuncs.com`] : []),
    ...(options.host !== undefined ? [options.host] : []),
  ].map((host) => host.toLowerCase());

  const names = [`*.iot-as-mqtt.${region}.aliyuncs.com`, "*.mqtt.iothub.aliyuncs.com", ...hosts];
  const certificate = (root: Root): ReturnType<typeof issuedFor> => issuedFor(ROOTS[root].standIn, names, options.certificate ?? "good");
  const certificates = { s1: await certificate("s1"), r1: await certificate("r1") };
  // The operator uses the first port: the one that devices of this product use.
  const doors = [mainDoor, ...DOORS.filter((door) => door != mainDoor)];

  const broker = await startBroker({
    doors: doors.map(({ root, plainToo }) => ({ tls: certificates[root].server, plainToo })),
    users: { [OPERATOR]: OPERATOR_PASSWORD },
    trusted: [OPERATOR],
    refuse: options.refuse ?? null,
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    rules: aliyunRules({
      ...rules,
      products: [productKey],
      findDevice: (_productKey, deviceName) => (isDevice(identity, deviceName) ? { deviceSecret: identity.deviceSecret ?? "" } : undefined),
    }),
    onEvent: (event) => options.onEvent(event),
  });

  const localPort = (wanted: number): number | undefined => {
    const at = wanted == port ? 0 : doors.findIndex((door) => door.port == wanted);
    return broker.ports[at];
  };
  return {
    broker,
    product: {
      type: "aliyun",
      productKey,
      region,
      instanceId,
      auth: "device-secret",
      signMethod,
      ...(options.host !== undefined && { host: options.host }),
      port,
      topicBase: topicBase.replaceAll("{productKey}", productKey),
      ...(options.tls && { tls: { ca: ROOTS[mainDoor.root].file } }),
    },
    identity,
    ca: options.tls ? { name: ROOTS[mainDoor.root].file, pem: certificates[mainDoor.root].ca } : null,
    resolve: (host, toPort) => {
      if (host == LOCAL || hosts.includes(host.toLowerCase())) return { host: LOCAL, port: localPort(toPort) ?? toPort };
      return isIP(host) ? { host, port: toPort } : "dns-failed";
    },
    operator: { username: OPERATOR, password: OPERATOR_PASSWORD },
  };
}

/** A device whose identity names it not is called by its IMEI: 15 digits. */
function isDevice({ deviceName }: Identity, name: string): boolean {
  return deviceName === undefined ? /^\d{15}$/.test(name) : name == deviceName;
}
