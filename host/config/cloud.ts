/** The product's `cloud` section: what follows from its other fields is filled in, what contradicts them is named. */
import { asksOverHttps } from "../compile/modules.ts";
import type { AliyunConfig, CloudConfig, Identity, OnenetConfig, TuyaConfig, TuyaRegion } from "../../src/api/config.ts";

/** Fills in host and port, and what the device need not know. @returns mistakes, each naming its field. */
export function completeCloud(cloud: CloudConfig): string[] {
  // Tuya has no port for plain TCP.
  cloud.port ??= cloud.tls || cloud.type == "tuya" ? 8883 : 1883;
  return [...ownMistakes(cloud), ...unknownPlaceholders(cloud)];
}

function ownMistakes(cloud: CloudConfig): string[] {
  switch (cloud.type) {
    case "broker":
      return [];
    case "aliyun":
      return completeAliyun(cloud);
    case "tuya":
      return completeTuya(cloud);
    case "onenet":
      return completeOnenet(cloud);
  }
}

function completeAliyun(cloud: AliyunConfig): string[] {
  const { productKey, instanceId, region } = cloud;
  const mistakes: string[] = [];
  // Host names: Aliyun IoT Platform, "View the endpoints of an instance".
  cloud.host ??= instanceId ? `${instanceId}.mqtt.iothub.aliyuncs.com` : `${productKey}.iot-as-mqtt.${region}.aliyuncs.com`;
  cloud.clientId = cloud.clientId.replaceAll("{productKey}", productKey);
  cloud.topicBase = cloud.topicBase.replaceAll("{productKey}", productKey);
  if (asksOverHttps(cloud)) cloud.authHost ??= `iot-auth.${region}.aliyuncs.com`;
  else if (cloud.authHost !== undefined || cloud.authTls)
    mistakes.push(`cloud.auth: "${cloud.auth}" asks nothing over HTTPS; leave authHost and authTls out`);
  if (cloud.auth.startsWith("register-") && cloud.auth != "register-https" && (!cloud.tls || cloud.tls.insecure))
    mistakes.push(`cloud.tls: "${cloud.auth}" sends the device's secret over MQTT, to a verified server only`);
  if (cloud.auth == "register-nwl" && region != "cn-shanghai")
    mistakes.push('cloud.region: registration without entry in the console ("register-nwl") is offered in cn-shanghai only');
  if ((cloud.will as unknown) !== null) mistakes.push("cloud.will: Aliyun IoT Platform keeps no wills; leave it out");
  if (!cloud.topicBase.startsWith(`/${productKey}/`) || cloud.topicBase.split("/").length < 3)
    mistakes.push("cloud.topicBase: a device has topics of its own only: /{productKey}/{deviceName}/…");
  return mistakes;
}

/** Host names of its data centers (Tuya, "Open MQTT Protocol"). */
const TUYA_HOSTS: Readonly<Record<TuyaRegion, string>> = {
  cn: "m1.tuyacn.com",
  eu: "m1.tuyaeu.com",
  us: "m1.tuyaus.com",
  "us-east": "m1-ueaz.tuyaus.com",
  "eu-west": "m1-weaz.tuyaeu.com",
  in: "m1.tuyain.com",
};

function completeTuya(cloud: TuyaConfig): string[] {
  const mistakes: string[] = [];
  cloud.host ??= TUYA_HOSTS[cloud.region];
  cloud.clientId = "tuyalink_{deviceName}";
  if (!cloud.tls) mistakes.push("cloud.tls: missing; Tuya is reached over TLS only");
  if ((cloud.will as unknown) !== null) mistakes.push("cloud.will: TuyaLink has no wills; leave it out");
  return [...mistakes, ...foreignBase(cloud, "tylink/{deviceName}", "tylink/{deviceName}")];
}

function completeOnenet(cloud: OnenetConfig): string[] {
  const { productId } = cloud;
  const mistakes: string[] = [];
  // OneNET Studio, "Device access over MQTT".
  cloud.host ??= cloud.tls ? "mqttstls.heclouds.com" : "mqtts.heclouds.com";
  cloud.clientId = "{deviceName}";
  cloud.topicBase = cloud.topicBase.replaceAll("{productId}", productId);
  if (!cloud.cleanSession) mistakes.push("cloud.cleanSession: OneNET keeps no sessions; leave it out");
  if ((cloud.will as unknown) !== null) mistakes.push("cloud.will: OneNET keeps no wills; leave it out");
  return [...mistakes, ...foreignBase(cloud, `$sys/${productId}/{deviceName}`, "$sys/{productId}/{deviceName}")];
}

/** A base that is outside of the device's own topics; `shown`: as the product's file has it. */
function foreignBase({ topicBase }: CloudConfig, own: string, shown: string): string[] {
  return topicBase == own || topicBase.startsWith(`${own}/`) ? [] : [`cloud.topicBase: a device has topics of its own only: ${shown}/…`];
}

/** The device fills them in. */
const PLACEHOLDERS = ["imei", "iccid", "deviceName"];
/** The builder fills them in. */
const BUILT_IN: Readonly<Record<CloudConfig["type"], readonly string[]>> = {
  broker: [],
  aliyun: ["productKey"],
  tuya: [],
  onenet: ["productId"],
};

function unknownPlaceholders(cloud: CloudConfig): string[] {
  const known = [...PLACEHOLDERS, ...BUILT_IN[cloud.type]].map((one) => `{${one}}`).join(", ");
  const texts: Record<string, string | undefined> = {
    clientId: cloud.clientId,
    topicBase: cloud.topicBase,
    "will.topic": cloud.will?.topic,
  };
  return Object.entries(texts).flatMap(([field, text = ""]) =>
    [...text.matchAll(/\{([^}]*)\}?/g)]
      .filter(([whole, name = ""]) => !PLACEHOLDERS.includes(name) || !whole.endsWith("}"))
      .map(([whole]) => `cloud.${field}: unknown placeholder ${whole}; known are ${known}`),
  );
}

/** What an identity must not have for a cloud, because nothing would use it, and what it must have. */
interface Fields {
  unused: readonly (keyof Identity)[];
  needed: readonly (keyof Identity)[];
}

/** Where the device signs. */
const UNSIGNED: readonly (keyof Identity)[] = ["username", "password", "clientId", "clientCert", "clientKey"];

function fieldsFor(cloud: CloudConfig): Fields {
  switch (cloud.type) {
    case "broker":
      return { unused: ["deviceSecret", "productSecret"], needed: [] };
    case "aliyun":
      return cloud.auth.startsWith("register-")
        ? { unused: [...UNSIGNED, "deviceSecret"], needed: ["productSecret"] }
        : { unused: [...UNSIGNED, "productSecret"], needed: ["deviceSecret"] };
    case "tuya":
      // Tuya makes the device ids: no device can be called by its IMEI.
      return { unused: [...UNSIGNED, "productSecret"], needed: ["deviceName", "deviceSecret"] };
    case "onenet":
      return { unused: UNSIGNED, needed: [] };
  }
}

/** What a device may be called where its name is in what it signs: how the console takes it. */
const NAMES: Readonly<Partial<Record<CloudConfig["type"], readonly [pattern: RegExp, message: string]>>> = {
  // Between "&" and "|" (Aliyun IoT Platform, "Create a device").
  aliyun: [/^[\w@.:-]{1,32}$/, 'Aliyun takes letters, digits, "-", "_", "@", "." and ":", 32 at most'],
  tuya: [/^[\w-]{1,64}$/, 'the device id as Tuya has it: letters, digits, "-" and "_"'],
  onenet: [/^[\w-]{1,64}$/, 'OneNET takes letters, digits, "-" and "_", 64 at most'],
};

/** Mistakes of an identity for a product of this cloud; they name fields, never values. */
export function identityMistakes(identity: Identity, cloud: CloudConfig): string[] {
  const { type, tls } = cloud;
  const { unused, needed } = fieldsFor(cloud);
  const product = `a product of cloud type "${type}"${cloud.type == "aliyun" && cloud.auth != "device-secret" ? ` and auth "${cloud.auth}"` : ""}`;
  const mistakes = [
    ...unused.filter((field) => identity[field] !== undefined).map((field) => `${field}: ${product} has no use for it`),
    ...needed.filter((field) => identity[field] === undefined).map((field) => `${field}: missing; ${product} needs it`),
  ];
  // Whoever proves who it is must know to whom.
  if (type == "broker" && identity.clientCert !== undefined && (!tls || tls.insecure))
    mistakes.push(
      `clientCert: the product's cloud.tls ${tls ? "is insecure" : "is missing"}; a client certificate is for a verified server only`,
    );
  const [pattern, message] = NAMES[type] ?? [];
  if (pattern && identity.deviceName !== undefined && !pattern.test(identity.deviceName)) mistakes.push(`deviceName: ${message ?? ""}`);
  return type == "onenet" ? [...mistakes, ...keyMistakes(identity)] : mistakes;
}

/** A OneNET device has its own key or its product's. */
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
