/** OneNET Studio. */
import { join } from "node:path";
import type { Identity } from "../../../src/api/config.ts";
import type { OnenetConfig } from "../../../src/cloud/onenet/config.ts";
import { UNSIGNED } from "../shared/identity.ts";
import { foreignBase, willMistakes } from "../shared/section.ts";
import type { Cloud } from "../types.ts";
import { PLAIN, ROOT, SECURE } from "./hosts.ts";
import { SWITCHES } from "./switches.ts";

export const onenet: Cloud<OnenetConfig> = {
  title: "OneNET Studio",

  schema: join(import.meta.dirname, "section.schema.json"),
  placeholders: ["productId"],
  roots: { [SECURE.port]: ROOT },
  complete(cloud) {
    const { productId } = cloud;
    const mistakes: string[] = [];
    // OneNET Studio, "Device access over MQTT".
    cloud.host ??= (cloud.tls ? SECURE : PLAIN).host;
    cloud.clientId = "{deviceName}";
    cloud.signsTime = true;
    cloud.topicBase = cloud.topicBase.replaceAll("{productId}", productId);
    if (!cloud.cleanSession) mistakes.push("cloud.cleanSession: OneNET keeps no sessions; leave it out");
    const base = foreignBase(cloud, `$sys/${productId}/{deviceName}`, "$sys/{productId}/{deviceName}");
    return [...mistakes, ...willMistakes(cloud, "OneNET keeps"), ...base];
  },
  identity: () => ({
    unused: UNSIGNED,
    needed: [],
    name: [/^[\w-]{1,64}$/, 'OneNET takes letters, digits, "-" and "_", 64 at most'],
    mistakes: keyMistakes,
  }),
  firmware: () => ({ connection: "connection", https: false, downloads: false }),
  digest: ({ signMethod }) => signMethod,

  sign: async (...given) => (await import("./sign.ts")).sign(...given),

  authModes: ["device-key", "product-key"],
  start: async (options) => (await import("./emulated.ts")).startOnenet(options),
  platform: { switches: SWITCHES, start: async (options) => (await import("./platform.ts")).startPlatform(options) },
};

/** A device has its own key or its product's. */
function keyMistakes(identity: Identity): string[] {
  const fields = ["deviceSecret", "productSecret"] as const;
  const given = fields.filter((field) => identity[field] !== undefined);
  const mistakes = given
    .filter((field) => !/^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(identity[field] as string))
    .map((field) => `${field}: a key of OneNET is base64 with its padding`);
  if (given.length != 1)
    mistakes.push(
      `${given.length ? "productSecret" : "deviceSecret"}: either deviceSecret (the device's key) or productSecret (the product's)`,
    );
  return mistakes;
}
