/** `product.json` and `identity.json`: read, checked, defaults filled in, and what only the builder can know added. */
import { X509Certificate } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { CloudConfig, Identity, Product, TlsConfig } from "../../src/api/config.ts";
import { MODULES } from "./modules.ts";
import { ConfigError, readJson, validated } from "./validate.ts";

/** A file's path, or its content (then `directory` is where its CA file is looked for). */
export type Source = string | object;

export interface LoadedProduct {
  product: Product;
  /** The CA certificate's Storage name and bytes, if the product verifies a server. */
  ca?: { name: string; pem: Buffer };
}

export interface ProductOptions {
  /** Replaces the product's. */
  board?: string;
  /** Folder of the CA file if the product is not a file. */
  directory?: string;
  /** Folder that holds `src/`. */
  root: string;
  /** For the validity of certificates. */
  now: Date;
}

/** @throws {ConfigError} with one line for each mistake, naming file and field. */
export function loadProduct(source: Source, options: ProductOptions): LoadedProduct {
  const name = typeof source == "string" ? source : "product";
  const read = typeof source == "string" ? readJson(source) : source;
  const product = validated(
    options.board ? { ...(read as object), board: options.board } : read,
    "product.schema.json",
    name,
  ) as Product & { $schema?: string };
  delete product.$schema;
  product.cloud.port ??= product.cloud.tls ? 8883 : 1883;
  const mistakes = [...missingParts(product, options.root), ...unknownPlaceholders(product.cloud)];
  const tls = product.cloud.tls;
  const directory = typeof source == "string" ? dirname(source) : (options.directory ?? ".");
  const loaded: LoadedProduct = { product };
  if (tls) {
    mistakes.push(...tlsMistakes(tls, product.cloud.host));
    // Without verification the file is not used, so it is not needed.
    if (tls.ca && !tls.insecure) {
      const path = resolve(directory, tls.ca);
      const problem = certificateProblem(path, options.now);
      if (problem) mistakes.push(`cloud.tls.ca: ${problem}`);
      else loaded.ca = { name: basename(path), pem: readFileSync(path) };
    }
    tls.ca = basename(tls.ca);
    tls.caChecksum = loaded.ca ? moduleChecksum(loaded.ca.pem) : "0";
  }
  if (mistakes.length) throw new ConfigError(mistakes.map((mistake) => `${name}: ${mistake}`).join("\n"));
  return loaded;
}

/** @throws {ConfigError} naming file and field, never a value. */
export function loadIdentity(source: Source): Identity {
  const name = typeof source == "string" ? source : "identity";
  const identity = validated(typeof source == "string" ? readJson(source) : source, "identity.schema.json", name) as Identity & {
    $schema?: string;
  };
  delete identity.$schema;
  return identity;
}

function missingParts(product: Product, root: string): string[] {
  const mistakes: string[] = [];
  const { model } = product.modem;
  const { type } = product.cloud;
  if (!existsSync(join(root, `src/modem/${model}.ts`))) mistakes.push(`modem.model: there is no dialect for "${model}" in src/modem`);
  if (!existsSync(join(root, `src/cloud/${type}.ts`))) mistakes.push(`cloud.type: there is no cloud "${type}" in src/cloud`);
  if ([product.link].flat().includes("wifi") && !existsSync(join(root, "src/wifi")))
    mistakes.push('link: this firmware has "cellular" only');
  return mistakes;
}

const PLACEHOLDERS = ["imei", "iccid", "deviceName"];

function unknownPlaceholders(cloud: CloudConfig): string[] {
  const texts: Record<string, string | undefined> = {
    clientId: cloud.clientId,
    topicBase: cloud.topicBase,
    "will.topic": cloud.will?.topic,
  };
  return Object.entries(texts).flatMap(([field, text = ""]) =>
    [...text.matchAll(/\{([^}]*)\}?/g)]
      .filter(([whole, name = ""]) => !PLACEHOLDERS.includes(name) || !whole.endsWith("}"))
      .map(([whole]) => `cloud.${field}: unknown placeholder ${whole}; known are ${PLACEHOLDERS.map((one) => `{${one}}`).join(", ")}`),
  );
}

function tlsMistakes(tls: TlsConfig, host: string): string[] {
  const mistakes: string[] = [];
  if (!tls.ca && !tls.insecure)
    mistakes.push('cloud.tls.ca: missing; a server is verified against it ("insecure": true switches that off)');
  const name = basename(tls.ca);
  // It becomes a Storage file, and a quoted name in AT commands of at most 80 bytes.
  if (name && !/^[\w.-]{1,28}$/.test(name)) mistakes.push(`cloud.tls.ca: "${name}" must be 1 to 28 letters, digits, ".", "_" or "-"`);
  const taken = [...MODULES.map((module) => module.name), "board", "product", "identity", "simpin"];
  if (taken.includes(name)) mistakes.push(`cloud.tls.ca: the name "${name}" is taken by a file of the firmware`);
  // The module sends the host of the connection as SNI and checks the certificate for it; there is no command for another name.
  if (tls.serverName !== null && tls.serverName != host)
    mistakes.push("cloud.tls.serverName: this module can only use cloud.host; leave it null");
  return mistakes;
}

/** Why this file cannot be a CA certificate, or `""`. */
function certificateProblem(path: string, now: Date): string {
  if (!existsSync(path)) return `${path}: no such file`;
  const text = readFileSync(path, "latin1");
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (text.includes("PRIVATE KEY")) return `${path}: holds a private key, which must never be in an image`;
  if (!blocks.length) return `${path}: no PEM certificate in it ("-----BEGIN CERTIFICATE-----")`;
  for (const block of blocks) {
    let certificate: X509Certificate;
    try {
      certificate = new X509Certificate(block);
    } catch {
      return `${path}: holds a certificate that cannot be read`;
    }
    const subject = certificate.subject.replaceAll("\n", ", ");
    if (now > new Date(certificate.validTo)) return `${path}: the certificate ${subject} expired on ${certificate.validTo}`;
    if (now < new Date(certificate.validFrom)) return `${path}: the certificate ${subject} is not valid before ${certificate.validFrom}`;
  }
  return "";
}

/**
 * Checksum of a file as a Quectel module prints it (FILE AT Commands Manual, QFUPL): XOR of its 16-bit big-endian words, an odd last byte being the
 * high byte of one; hex, lower case, no leading zeros.
 */
export function moduleChecksum(data: Buffer): string {
  let sum = 0;
  for (let i = 0; i < data.length; i += 2) sum ^= (data.readUInt8(i) << 8) | (i + 1 < data.length ? data.readUInt8(i + 1) : 0);
  return sum.toString(16);
}
