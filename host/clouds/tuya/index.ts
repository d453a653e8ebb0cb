/** TuyaLink. */
import { join } from "node:path";
import type { TuyaConfig } from "../../../src/cloud/tuya/config.ts";
import { UNSIGNED } from "../shared/identity.ts";
import { foreignBase, willMistakes } from "../shared/section.ts";
import type { Cloud } from "../types.ts";
import { HOSTS, PORT, ROOT } from "./hosts.ts";
import { SWITCHES } from "./switches.ts";

export const tuya: Cloud<TuyaConfig> = {
  title: "TuyaLink",

  schema: join(import.meta.dirname, "section.schema.json"),
  placeholders: [],
  tlsOnly: true,
  roots: { [PORT]: ROOT },
  complete(cloud) {
    const mistakes: string[] = [];
    cloud.host ??= HOSTS[cloud.region];
    cloud.clientId = "tuyalink_{deviceName}";
    if (!cloud.tls) mistakes.push("cloud.tls: missing; Tuya is reached over TLS only");
    return [...mistakes, ...willMistakes(cloud, "TuyaLink has"), ...foreignBase(cloud, "tylink/{deviceName}", "tylink/{deviceName}")];
  },
  identity: () => ({
    unused: [...UNSIGNED, "productSecret"],
    // Tuya makes the device ids: no device can be called by its IMEI.
    needed: ["deviceName", "deviceSecret"],
    name: [/^[\w-]{1,64}$/, 'the device id as Tuya has it: letters, digits, "-" and "_"'],
  }),
  firmware: () => ({ connection: "connection", https: false, downloads: false }),
  digest: () => "sha256",

  sign: async (...given) => (await import("./sign.ts")).sign(...given),

  authModes: ["device-secret"],
  start: async (options) => (await import("./emulated.ts")).startTuya(options),
  platform: { switches: SWITCHES, start: async (options) => (await import("./platform.ts")).startPlatform(options) },
};
