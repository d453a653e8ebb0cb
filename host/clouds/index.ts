/**
 * Clouds that a device can be run against on this PC. One entry per cloud: what it starts, what product and identity a device needs for it, and how
 * somebody at its other end talks to the device. `start.ts` and `bench.ts` know no cloud by name.
 */
import type { Identity } from "../../src/api/config.ts";
import type { Broker, Refusal } from "../broker/broker.ts";
import type { ClientCertificate } from "../broker/certificates.ts";
import type { CertificateKind } from "../broker/issued.ts";
import type { Time } from "../time/wall.ts";
import type { AliyunApi } from "./aliyun/api.ts";
import type { CloudEvent } from "./events.ts";
import type { OnenetApi } from "./onenet/api.ts";
import type { TuyaApi } from "./tuya/api.ts";

export type { CertificateKind } from "../broker/issued.ts";

export interface CloudOptions {
  /** `false`: plain TCP. */
  tls: boolean;
  /** Host and port that the product names; default: ones of its own. Devices are led to the emulated cloud. */
  host?: string;
  port?: number;
  /** The whole `cloud` section of the user's product: what it calls its things, the emulated cloud has. */
  section?: Readonly<Record<string, unknown>>;
  /** A device that may connect, besides the cloud's own. */
  identity?: Identity;
  certificate?: CertificateKind;
  /** One of the cloud's modes; default: the first. */
  auth?: string;
  /** Mutual TLS: the broker asks for a certificate. */
  client?: MutualTls;
  refuse?: Refusal | null;
  /** Of a platform; default: the PC's. */
  time?: Time;
  onEvent(event: CloudEvent): void;
}

/** What the device has to show, and `own`: its pair, whose key it keeps; its certificate is replaced by one of the emulated broker's authority. */
export interface MutualTls {
  kind: "trusted" | "stranger" | "none";
  own?: ClientCertificate;
}

/** A cloud that runs. */
export interface RunningCloud {
  broker: Broker;
  /** The `cloud` section of a product for it. `topicBase` may hold the device's placeholders. */
  product: Record<string, unknown> & { topicBase: string };
  identity: Identity;
  /** PEM of the authority that the device is to trust, and its file's name; `null` without TLS. */
  ca: { name: string; pem: string } | null;
  /** What product and identity name besides: further certificates, keys. */
  files?: readonly { name: string; pem: string }[];
  /** Where the host names that devices use really are. */
  resolve(host: string, port: number): { host: string; port: number } | "dns-failed";
  /** Login of the operator, at the broker's first port. */
  operator: { username: string; password: string; client?: ClientCertificate };
  /** The platform from its owner's side, where it has one. */
  api?: CloudApi;
}

/** Each platform has its own. */
export type CloudApi = AliyunApi | TuyaApi | OnenetApi;

export interface Cloud {
  /** Values of `--auth`; the first is the default. */
  authModes: readonly string[];
  /** It has no port for plain TCP. */
  tlsOnly?: true;
  /** The firmware takes updates by it. */
  updates?: true;
  start(options: CloudOptions): Promise<RunningCloud>;
}

/** An implementation is loaded when it is started: what a command line offers is known without it. */
export const CLOUDS: Readonly<Partial<Record<string, Cloud>>> = {
  broker: {
    authModes: ["password", "certificate"],
    updates: true,
    start: async (options) => (await import("./broker/emulated.ts")).startPrivateBroker(options),
  },
  aliyun: {
    authModes: ["device-secret", "https", "register-https", "register-mqtt", "register-nwl"],
    updates: true,
    start: async (options) => (await import("./aliyun/emulated.ts")).startAliyun(options),
  },
  tuya: {
    authModes: ["device-secret"],
    tlsOnly: true,
    start: async (options) => (await import("./tuya/emulated.ts")).startTuya(options),
  },
  onenet: {
    authModes: ["device-key", "product-key"],
    start: async (options) => (await import("./onenet/emulated.ts")).startOnenet(options),
  },
};
