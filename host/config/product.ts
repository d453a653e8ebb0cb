/** `product.json` and `identity.json`: read, checked, defaults filled in, and what only the builder can know added. */
import { dirname } from "node:path";
import type { Identity, LinkKind, Product } from "../../src/api/config.ts";
import { CLOUD_NAMES, cloudNamed, DEFAULT_CLOUD, findCloud } from "../clouds/find.ts";
import type { PemFile } from "../modules/by-hand.ts";
import { DEFAULT_MODEL } from "../modules/find.ts";
import { completeCloud, identityMistakes } from "./cloud.ts";
import { checkedModem, completeSettings, modemMistakes } from "./modem.ts";
import { checkTls, tlsSections, wrongCa } from "./tls.ts";
import { readJson, validated } from "./validate.ts";
import { ConfigError } from "../project/mistakes.ts";

/** The links that there are; of several in a product the first is preferred. */
export const LINKS: readonly LinkKind[] = ["cellular", "wifi"];

/** A file's path, or its content (then `directory` is where its CA file is looked for). */
export type Source = string | object;

export interface LoadedProduct {
  product: Product;
  /** If the product verifies the server it connects to. */
  ca?: PemFile;
  /** Certificates for the image: that one, and what else is verified. */
  certificates: readonly PemFile[];
  /** For the build's log. */
  warnings: string[];
}

export interface ProductOptions {
  /** Replaces the product's. */
  board?: string;
  /** Replaces the product's. */
  version?: string;
  /** Folder of the CA file if the product is not a file. */
  directory?: string;
  /** The board's interpreter is known to verify TLS servers. */
  tlsVerifies?: boolean;
  /** For the validity of certificates. */
  now: Date;
}

/** @throws {ConfigError} with one line for each mistake, naming file and field. */
export function loadProduct(source: Source, options: ProductOptions): LoadedProduct {
  const name = typeof source == "string" ? source : "product";
  const read = typeof source == "string" ? readJson(source) : source;
  const { board, version } = options;
  const changed = board || version ? { ...(read as object), ...(board && { board }), ...(version && { version }) } : read;
  const product = checked(changed, name);
  const mistakes = [...modemMistakes(product), ...completeCloud(product.cloud), ...wifiMistakes(product, options)];
  const directory = typeof source == "string" ? dirname(source) : (options.directory ?? ".");
  const sections = mistakes.length ? [] : tlsSections(product.cloud);
  const checks = sections.map((section) => checkTls(section, directory, options.now));
  const certificates = new Map<string, PemFile>();
  for (const [i, { ca, mistakes: own }] of checks.entries()) {
    mistakes.push(...own);
    if (!ca) continue;
    if (certificates.get(ca.name)?.pem.equals(ca.pem) === false)
      mistakes.push(`${sections[i]?.field ?? ""}.ca: another certificate is called "${ca.name}" too`);
    certificates.set(ca.name, ca);
  }
  if (mistakes.length) throw new ConfigError(mistakes.map((mistake) => `${name}: ${mistake}`).join("\n"));
  completeSettings(product, sections);
  const ca = product.cloud.tls && checks[0]?.ca;
  const probe = ca && [product.link].flat().includes("wifi") ? [wrongCa()] : [];
  return {
    product,
    ...(ca && { ca }),
    certificates: [...certificates.values(), ...probe],
    warnings: checks.flatMap((one) => one.warnings),
  };
}

/**
 * With `product` the identity must fit it.
 * @throws {ConfigError} naming file and field, never a value.
 */
export function loadIdentity(source: Source, product?: Product): Identity {
  const name = typeof source == "string" ? source : "identity";
  const identity = validated(typeof source == "string" ? readJson(source) : source, "identity.schema.json", name) as Identity & {
    $schema?: string;
  };
  delete identity.$schema;
  const mistakes = product ? [...identityMistakes(identity, product.cloud), ...linkMistakes(identity, product)] : [];
  for (const [field, other] of [["clientCert", "clientKey"] as const, ["clientKey", "clientCert"] as const])
    if (identity[field] !== undefined && identity[other] === undefined) mistakes.push(`${other}: missing; ${field} needs it`);
  if (mistakes.length) throw new ConfigError(mistakes.map((mistake) => `${name}: ${mistake}`).join("\n"));
  return identity;
}

function linkMistakes(identity: Identity, { link, board }: Product): string[] {
  const links = [link].flat();
  const mistakes: string[] = [];
  // A computer is in its network already.
  if (links.includes("wifi") && !identity.wifi && board != "linux")
    mistakes.push('wifi: missing; the product\'s link is Wi-Fi: { "ssid": "…", "password": "…" }');
  if (!links.includes("wifi") && identity.wifi) mistakes.push("wifi: the product's link is cellular alone, it has no use for it");
  if (links.length > 1 && identity.deviceName === undefined)
    mistakes.push("deviceName: missing; a device with two links cannot be called by its 4G module's IMEI, which is unknown over Wi-Fi");
  return mistakes;
}

/** Defaults filled in. Fields of `modem` and `cloud` depend on which they are, so that a field of another one is an unknown one. */
function checked(read: unknown, name: string): Product {
  const mistakes: string[] = [];
  const attempt = <T>(check: () => T, otherwise: T): T => {
    try {
      return check();
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      mistakes.push(error.message);
      return otherwise;
    }
  };
  const product = attempt(() => validated(read, "product.schema.json", name), read) as Product & { $schema?: string };
  const { modem, cloud } = (product ?? {}) as Partial<Product>;
  if (isObject(modem)) product.modem = attempt(() => checkedModem({ ...modem, model: modem.model ?? DEFAULT_MODEL }, name), modem);
  if (isObject(cloud)) {
    const section = { ...cloud, type: cloud.type ?? DEFAULT_CLOUD } as Product["cloud"];
    const found = findCloud(section.type);
    if (found) product.cloud = (attempt(() => validated({ cloud: section }, found.schema, name), product) as Product).cloud;
    else mistakes.push(`${name}: cloud.type: there is no cloud "${section.type as string}"; there are ${CLOUD_NAMES.join(", ")}`);
  }
  if (mistakes.length) throw new ConfigError(mistakes.join("\n"));
  delete product.$schema;
  return product;
}

function isObject(value: unknown): value is object {
  return typeof value == "object" && value !== null && !Array.isArray(value);
}

function wifiMistakes({ link, cloud }: Product, { tlsVerifies }: ProductOptions): string[] {
  const mistakes: string[] = [];
  const links = [link].flat();
  if (!links.includes("wifi")) return mistakes;
  if (links.length > 1) {
    // One session, whichever way it goes: the default name is the same on both.
    if (cloud.clientId == "{imei}") cloud.clientId = "{deviceName}";
    const texts = { clientId: cloud.clientId, topicBase: cloud.topicBase, "will.topic": cloud.will?.topic ?? "" };
    for (const [field, text] of Object.entries(texts))
      if (/\{(imei|iccid)\}/.test(text))
        mistakes.push(
          `cloud.${field}: {imei} and {iccid} are known on the 4G module only; with two links, name the device by {deviceName}`,
        );
  }
  if (cloud.tls && !cloud.tls.insecure && !tlsVerifies)
    mistakes.push(
      'cloud.tls: over Wi-Fi no interpreter verifies servers yet (2v29), so anybody could be the broker; use "link": "cellular" for verified TLS, or say "insecure": true',
    );
  mistakes.push(...(cloudNamed(cloud.type).wifiMistakes?.(cloud) ?? []));
  return mistakes;
}
