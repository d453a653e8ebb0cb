/** The product's `cloud` section and the identities for it, as far as clouds are alike; what is of one cloud is in its folder. */
import type { ConnectionConfig, Identity } from "../../src/api/config.ts";
import { cloudNamed } from "../clouds/find.ts";

/** Fills in host and port, and what the device need not know. @returns mistakes, each naming its field. */
export function completeCloud(cloud: ConnectionConfig): string[] {
  const { tlsOnly, complete, placeholders } = cloudNamed(cloud.type);
  cloud.port ??= cloud.tls || tlsOnly ? 8883 : 1883;
  return [...complete(cloud), ...unknownPlaceholders(cloud, placeholders)];
}

/** The device fills them in. */
const PLACEHOLDERS = ["imei", "iccid", "deviceName"];

/** `builtIn`: the builder has filled them in. */
function unknownPlaceholders(cloud: ConnectionConfig, builtIn: readonly string[]): string[] {
  const known = [...PLACEHOLDERS, ...builtIn].map((one) => `{${one}}`).join(", ");
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

/** Mistakes of an identity for a product of this cloud; they name fields, never values. */
export function identityMistakes(identity: Identity, cloud: ConnectionConfig): string[] {
  const { mode, unused, needed, name, mistakes } = cloudNamed(cloud.type).identity(cloud);
  const product = `a product of cloud type "${cloud.type}"${mode === undefined ? "" : ` and ${mode}`}`;
  const [pattern, message = ""] = name ?? [];
  return [
    ...unused.filter((field) => identity[field] !== undefined).map((field) => `${field}: ${product} has no use for it`),
    ...needed.filter((field) => identity[field] === undefined).map((field) => `${field}: missing; ${product} needs it`),
    ...(pattern && identity.deviceName !== undefined && !pattern.test(identity.deviceName) ? [`deviceName: ${message}`] : []),
    ...(mistakes?.(identity) ?? []),
  ];
}
