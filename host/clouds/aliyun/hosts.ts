/** What the platform's hosts are called, which ports they have, and which root vouches for them. */
import { isIP } from "node:net";

export interface Place {
  host: string;
  port: number;
}

/** Roots that the platform's certificates chain to, and what stands in for them here (Link SDK for C 4.2.0, change log of 2023-11-06). */
export const ROOTS = {
  s1: { file: "aliyun-iot-root-s1.pem", standIn: "Stand-in for Aliyun IoT Root CA" },
  r1: {
    file: "globalsign-root-r1.pem",
    standIn: "Stand-in for GlobalSign Root CA",
    ends: { name: "GlobalSign Root R1", instead: "the root of port 8883 lasts until 2053" },
  },
} as const;
export type Root = keyof typeof ROOTS;

export interface PlatformDoor {
  port: number;
  root: Root;
  /** It takes plain TCP too. */
  plainToo: boolean;
}

export const MQTT_DOORS: readonly PlatformDoor[] = [
  { port: 8883, root: "s1", plainToo: false },
  { port: 1883, root: "r1", plainToo: true },
  { port: 443, root: "r1", plainToo: true },
];
export const HTTPS_PORT = 443;
export const HTTPS_ROOT: Root = "r1";

/** Regions of the public instance (iotkit-embedded 3.0.1, `infra_defs.c`; the documents add us-east-1). */
export const REGIONS = ["cn-shanghai", "ap-southeast-1", "ap-northeast-1", "us-west-1", "us-east-1", "eu-central-1"] as const;

export interface Instance {
  productKey: string;
  region: string;
  /** `""`: the public instance of old. */
  instanceId: string;
}

export function mqttHosts({ productKey, region, instanceId }: Instance): string[] {
  return [`${productKey}.iot-as-mqtt.${region}.aliyuncs.com`, ...(instanceId ? [`${instanceId}.mqtt.iothub.aliyuncs.com`] : [])].map(
    (host) => host.toLowerCase(),
  );
}

export function authHost(region: string): string {
  return `iot-auth.${region}.aliyuncs.com`;
}

export function filesHost(region: string): string {
  return `iotx-ota.oss-${region}.aliyuncs.com`;
}

/** Names of a certificate that is good for all of them, in a region. */
export function certificateNames(region: string): string[] {
  return [`*.iot-as-mqtt.${region}.aliyuncs.com`, "*.mqtt.iothub.aliyuncs.com", authHost(region), filesHost(region)];
}

export function isAddress(host: string): boolean {
  return isIP(host) != 0;
}
