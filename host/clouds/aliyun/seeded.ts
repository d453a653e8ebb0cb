/** The emulated platform with one product and one device, on free ports of this PC: what a device that is run against it has to know. */
import { issuedFor } from "../../broker/issued.ts";
import type { CertificateKind } from "../../broker/issued.ts";
import { authHost, certificateNames, filesHost, HTTPS_PORT, HTTPS_ROOT, isAddress, MQTT_DOORS, mqttHosts, ROOTS } from "./hosts.ts";
import type { Place, PlatformDoor, Root } from "./hosts.ts";
import { startAliyunCloud } from "./start.ts";
import type { AliyunCloud, AliyunOptions } from "./start.ts";

export interface SeedOptions extends Pick<AliyunOptions, "switches" | "time" | "random" | "users" | "trusted" | "refuse" | "onEvent"> {
  productKey?: string;
  productSecret?: string;
  /** `null`: any device that is called by an IMEI, 15 digits, is there once it is asked for. */
  deviceName?: string | null;
  deviceSecret?: string;
  region?: string;
  instanceId?: string;
  /** Another name for the hosts for MQTT and for HTTPS. */
  host?: string;
  authHost?: string;
  /** The platform's port for MQTT that comes first. Another one than the platform has is served like 8883. */
  port?: number;
  certificate?: CertificateKind;
}

export interface SeededAliyun {
  cloud: AliyunCloud;
  productKey: string;
  /** For dynamic registration, which is switched on. */
  productSecret: string;
  deviceName: string | null;
  /** Valid until the device registers. */
  deviceSecret: string;
  /** Host names as devices of the product use them; the first is that of the instance where there is one. */
  hosts: { mqtt: readonly string[]; auth: string; files: string };
  /** What vouches for the first MQTT port, and for HTTPS: the file that devices have, and the PEM to put in its place. */
  ca: { mqtt: Trust; https: Trust };
  /** Where a host and port of the platform really are; `undefined` for others. */
  resolve(host: string, port: number): Place | undefined;
}

export interface Trust {
  file: string;
  pem: string;
}

const LOCAL = "127.0.0.1";
/** Made up; the vectors of the cloud reference have them. */
export const DEMO = {
  productKey: "a1B2c3D4e5F",
  productSecret: "h1nQFYPZS0mW4567",
  deviceName: "dev_861551056136351",
  deviceSecret: "ga7XA6KdlEeiPXQPpRbAjOZXwG8y0123",
};
const IMEI = /^\d{15}$/;

export async function startSeededAliyun(options: SeedOptions = {}): Promise<SeededAliyun> {
  const { region = "cn-shanghai", instanceId = "", certificate: kind = "good" } = options;
  const { productKey, productSecret, deviceName, deviceSecret } = { ...DEMO, ...pickGiven(options) };
  const mqtt = [...mqttHosts({ productKey, region, instanceId }).reverse(), ...lower(options.host)];
  const auth = (options.authHost ?? authHost(region)).toLowerCase();
  const files = filesHost(region);

  const names = [...new Set([...certificateNames(region), ...mqtt, auth])];
  const issued = (root: Root): ReturnType<typeof issuedFor> => issuedFor(ROOTS[root].standIn, names, kind);
  const certificates = { s1: await issued("s1"), r1: await issued("r1") };
  const trust = (root: Root): Trust => ({ file: ROOTS[root].file, pem: certificates[root].ca });
  const first = MQTT_DOORS.find(({ port }) => port == options.port) ?? (MQTT_DOORS[0] as PlatformDoor);
  const doors = [first, ...MQTT_DOORS.filter((door) => door != first)];

  const cloud = await startAliyunCloud({
    ...options,
    doors: doors.map(({ root, plainToo }) => ({ tls: certificates[root].server, plainToo })),
    https: { tls: certificates[HTTPS_ROOT].server },
    names: { mqtt: { host: mqtt[0] as string, port: first.port }, files: `https://${files}` },
    secretOfUnknown: (wanted) => (deviceName === null && IMEI.test(wanted.deviceName) ? deviceSecret : undefined),
  });
  cloud.api.addProduct({ productKey, productSecret, registration: true });
  if (deviceName !== null) cloud.api.addDevice(productKey, deviceName, deviceSecret);

  const localPort = (port: number): number => {
    const at = port == options.port ? 0 : doors.findIndex((door) => door.port == port);
    return cloud.broker.ports[at] ?? port;
  };
  return {
    cloud,
    ...{ productKey, productSecret, deviceName, deviceSecret },
    hosts: { mqtt, auth, files },
    ca: { mqtt: trust(first.root), https: trust(HTTPS_ROOT) },
    resolve(host, port) {
      const name = host.toLowerCase();
      if (name == auth || name == files) return { host: LOCAL, port: port == HTTPS_PORT ? cloud.httpsPort : port };
      if (name == LOCAL || mqtt.includes(name)) return { host: LOCAL, port: localPort(port) };
      return isAddress(host) ? { host, port } : undefined;
    },
  };
}

/** Without what is not given: that has a default. */
function pickGiven({ productKey, productSecret, deviceName, deviceSecret }: SeedOptions): Partial<Record<keyof typeof DEMO, never>> {
  const entries = Object.entries({ productKey, productSecret, deviceName, deviceSecret }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Partial<Record<keyof typeof DEMO, never>>;
}

function lower(host: string | undefined): string[] {
  return host === undefined ? [] : [host.toLowerCase()];
}
