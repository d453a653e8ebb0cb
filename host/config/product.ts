/** `product.json` and `identity.json`: read, checked, defaults filled in, and what only the builder can know added. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import type { AliyunConfig, Identity, Product } from "../../src/api/config.ts";
import { completeCloud, identityMistakes } from "./cloud.ts";
import { asksOverHttps } from "../compile/modules.ts";
import { checkTls, tlsSections, wrongCa } from "./tls.ts";
import type { PemFile } from "./tls.ts";
import { ConfigError, readJson, validated } from "./validate.ts";

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
  /** Folder that holds `src/`; absent: whether the firmware has the product's parts is not checked. */
  root?: string;
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
  const mistakes = [
    ...missingParts(product, options.root),
    ...modemMistakes(product),
    ...completeCloud(product.cloud),
    ...wifiMistakes(product, options),
  ];
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

const CLOUD_TYPES: readonly string[] = ["broker", "aliyun", "tuya", "onenet"] satisfies Product["cloud"]["type"][];

/** Defaults filled in. The `cloud` section has a schema for each type, so that a field of another type is an unknown one. */
function checked(read: unknown, name: string): Product {
  const mistakes: string[] = [];
  const check = (value: unknown, schema: string): unknown => {
    try {
      return validated(value, schema, name);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      mistakes.push(error.message);
      return value;
    }
  };
  const product = check(read, "product.schema.json") as Product & { $schema?: string };
  const section = (product as Partial<Product> | null)?.cloud;
  if (section && typeof section == "object") {
    const { type = "broker" } = section;
    if (CLOUD_TYPES.includes(type)) product.cloud = (check({ cloud: section }, `cloud.${type}.schema.json`) as Product).cloud;
    else mistakes.push(`${name}: cloud.type: there is no cloud "${type as string}"; there are ${CLOUD_TYPES.join(", ")}`);
  }
  if (mistakes.length) throw new ConfigError(mistakes.join("\n"));
  delete product.$schema;
  return product;
}

function missingParts(product: Product, root: string | undefined): string[] {
  if (root === undefined) return [];
  const mistakes: string[] = [];
  const { model } = product.modem;
  const { type } = product.cloud;
  if (!existsSync(join(root, `src/cellular/modules/${model}/index.ts`)))
    mistakes.push(`modem.model: there is no module "${model}" in src/cellular/modules`);
  if (!existsSync(join(root, `src/cloud/${type}`))) mistakes.push(`cloud.type: there is no cloud "${type}" in src/cloud`);
  return mistakes;
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
  if (asksOverHttps(cloud))
    mistakes.push(
      `cloud.auth: "${(cloud as AliyunConfig).auth}" asks over HTTPS, which the 4G module does; use it with "link": "cellular"`,
    );
  if (cloud.type == "aliyun" && cloud.otaTls)
    mistakes.push('cloud.otaTls: updates come over HTTPS through the 4G module; use it with "link": "cellular", or leave it out');
  if (cloud.type == "aliyun" && cloud.auth.startsWith("register-"))
    mistakes.push(`cloud.auth: "${cloud.auth}" gives secrets to a verified server only; use it with "link": "cellular"`);
  return mistakes;
}

function modemMistakes({ modem, cloud }: Product): string[] {
  if (modem.model.startsWith("air") && cloud.type == "aliyun" && cloud.otaTls)
    return [
      "cloud.otaTls: Luat modules take addresses of 500 bytes, Aliyun's signed ones are longer; leave it out, updates come over MQTT",
    ];
  return modem.receive !== undefined && !modem.model.startsWith("air")
    ? [`modem.receive: Luat modules (air…) have receive modes; "${modem.model}" has none`]
    : [];
}
