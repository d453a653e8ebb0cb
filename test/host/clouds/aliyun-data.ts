/** Signatures and CONNECT fields of Aliyun devices: from published articles, documents and SDKs, and of a made-up device. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { SignMethod } from "../../../src/cloud/aliyun/config.ts";

interface Vector {
  name: string;
  algorithm: SignMethod;
  key: string;
  content: string;
  digest: string;
}

export interface KnownTriple {
  name: string;
  host: string;
  port: number;
  clientId: string;
  username: string;
  password: string;
  deviceSecret: string;
  keepaliveS?: number;
}

interface Data {
  vectors: Vector[];
  /** Signatures with a product's secret. */
  registrations: Vector[];
  triples: KnownTriple[];
  registrationTriples: (Omit<KnownTriple, "deviceSecret"> & { productSecret: string })[];
  http: { name: string; url: string; contentType: string; body: string; bodyLength: number; reply?: string; replyLength?: number }[];
  /** Whole CONNECT packets. */
  frames: { name: string; hex: string }[];
  /** CRC-16 of bytes, and as it goes over the wire. */
  checksum: { input: string; crc: string; onWireHex: string };
  /** An answer with one block of a file. */
  download: { json: string; dataUtf8: string; crc: string; frameHex: string };
}

export const { vectors, registrations, triples, registrationTriples, http, frames, checksum, download } = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../fixtures/aliyun.json"), "utf8"),
) as Data;

/** The signed fields in a content: names and values in alphabetical order. */
export function fieldsOf(content: string): { clientId: string; deviceName: string; productKey: string; timestamp?: string } {
  const [, clientId = "", deviceName = "", productKey = "", timestamp] =
    /^clientId(.*)deviceName(.*)productKey(.*?)(?:timestamp(\d+))?$/.exec(content) ?? [];
  return { clientId, deviceName, productKey, ...(timestamp !== undefined && { timestamp }) };
}

export function triple(name: string): KnownTriple {
  const found = triples.find((one) => one.name == name);
  if (!found) throw new Error(`there is no triple "${name}"`);
  return found;
}
