/** The product's `cloud` section: what follows from its other fields is filled in, what contradicts them is named. */
import { asksOverHttps } from "./modules.ts";
import type { AliyunConfig, CloudConfig, Identity } from "../../src/api/config.ts";

/** Fills in host and port, and what the device need not know. @returns mistakes, each naming its field. */
export function completeCloud(cloud: CloudConfig): string[] {
  cloud.port ??= cloud.tls ? 8883 : 1883;
  return [...(cloud.type == "aliyun" ? completeAliyun(cloud) : []), ...unknownPlaceholders(cloud)];
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

/** The device fills them in. */
const PLACEHOLDERS = ["imei", "iccid", "deviceName"];

function unknownPlaceholders(cloud: CloudConfig): string[] {
  const known = [...PLACEHOLDERS, ...(cloud.type == "aliyun" ? ["productKey"] : [])].map((one) => `{${one}}`).join(", ");
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
const IDENTITY_FIELDS: Readonly<Record<CloudConfig["type"], { unused: readonly (keyof Identity)[]; needed: readonly (keyof Identity)[] }>> =
  {
    broker: { unused: ["deviceSecret"], needed: [] },
    aliyun: { unused: ["username", "password", "clientId", "clientCert", "clientKey"], needed: [] },
  };

/** Which secret an Aliyun product's units have of their own, by its `auth`. */
function secretsOf(cloud: CloudConfig): { unused: readonly (keyof Identity)[]; needed: readonly (keyof Identity)[] } {
  if (cloud.type != "aliyun") return { unused: ["productSecret"], needed: [] };
  return cloud.auth.startsWith("register-")
    ? { unused: ["deviceSecret"], needed: ["productSecret"] }
    : { unused: ["productSecret"], needed: ["deviceSecret"] };
}

/** Mistakes of an identity for a product of this cloud; they name fields, never values. */
export function identityMistakes(identity: Identity, cloud: CloudConfig): string[] {
  const { type, tls } = cloud;
  const secrets = secretsOf(cloud);
  const unused = [...IDENTITY_FIELDS[type].unused, ...secrets.unused];
  const needed = [...IDENTITY_FIELDS[type].needed, ...secrets.needed];
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
  // Signed and sent between "&" and "|": what the console takes (Aliyun IoT Platform, "Create a device").
  if (type == "aliyun" && identity.deviceName !== undefined && !/^[\w@.:-]{1,32}$/.test(identity.deviceName))
    mistakes.push('deviceName: Aliyun takes letters, digits, "-", "_", "@", "." and ":", 32 at most');
  return mistakes;
}
