/** Aliyun IoT Platform. */
import { join } from "node:path";
import type { AliyunAuth, AliyunConfig, SignMethod } from "../../../src/cloud/aliyun/config.ts";
import type { Cloud, CloudFirmware, Digest, IdentityRules } from "../types.ts";
import { UNSIGNED } from "../shared/identity.ts";
import { MQTT_DOORS, ROOTS } from "./hosts.ts";
import { asksOverHttps, complete, registers, servers, wifiMistakes } from "./section.ts";
import { SWITCHES } from "./switches.ts";

const AUTH_MODES: readonly AliyunAuth[] = ["device-secret", "https", "register-https", "register-mqtt", "register-nwl"];
const DIGESTS: Readonly<Record<SignMethod, Digest>> = { hmacmd5: "md5", hmacsha1: "sha1", hmacsha256: "sha256" };

export const aliyun: Cloud<AliyunConfig> = {
  title: "Aliyun IoT Platform",

  schema: join(import.meta.dirname, "section.schema.json"),
  placeholders: ["productKey"],
  roots: Object.fromEntries(MQTT_DOORS.map(({ port, root }) => [port, ROOTS[root]])),
  complete,
  servers,
  wifiMistakes,
  downloads: ({ otaTls }) => (otaTls ? { field: "otaTls", addressBytes: SIGNED_ADDRESS, instead: "updates come over MQTT" } : null),
  identity,
  firmware,
  digest: ({ signMethod }) => DIGESTS[signMethod],

  sign: async (...given) => (await import("./sign.ts")).sign(...given),

  authModes: AUTH_MODES,
  start: async (options) => (await import("./emulated.ts")).startAliyun(options),
  platform: { switches: SWITCHES, start: async (options) => (await import("./platform.ts")).startPlatform(options) },
  givenSecrets: ["deviceSecret", "deviceToken", "iotToken"],
  updates: {
    console: (version) => ({ heading: "to be entered in Aliyun's console:", facts: { module: "default", version, signature: "SHA256" } }),
    byCommands: async (push) => (await import("./push.ts")).pushByCommands(push),
  },
};

/** Of files in object storage, signed by the platform; what is shorter was not seen (docs/decisions/0014-over-the-air.md). */
const SIGNED_ADDRESS = 501;

/** Letters of a name stand between "&" and "|" in what is signed (Aliyun IoT Platform, "Create a device"). */
const NAME = [/^[\w@.:-]{1,32}$/, 'Aliyun takes letters, digits, "-", "_", "@", "." and ":", 32 at most'] as const;

function identity({ auth }: AliyunConfig): IdentityRules {
  return {
    ...(auth != "device-secret" && { mode: `auth "${auth}"` }),
    ...(registers(auth)
      ? { unused: [...UNSIGNED, "deviceSecret"], needed: ["productSecret"] }
      : { unused: [...UNSIGNED, "productSecret"], needed: ["deviceSecret"] }),
    name: NAME,
  };
}

function firmware(section: AliyunConfig): CloudFirmware {
  const { auth, otaTls } = section;
  return {
    connection: auth == "register-nwl" ? "register-mqtt" : auth,
    https: asksOverHttps(auth),
    downloads: otaTls !== undefined,
  };
}
