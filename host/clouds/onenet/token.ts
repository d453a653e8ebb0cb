/** Tokens that devices prove themselves with (OneNET, "Access security: token"; cloud reference, section 7). */
import { createHmac, timingSafeEqual } from "node:crypto";

export interface Token {
  version: string;
  /** What it gives access to: a product, or one device. */
  res: string;
  /** Unix seconds: when it expires. */
  et: number;
  method: "md5" | "sha1" | "sha256";
  sign: Buffer;
}

const VERSION = "2018-10-31";
const FIELDS = ["version", "res", "et", "method", "sign"] as const;
/** Of a signature, by method. */
const BYTES = { md5: 16, sha1: 20, sha256: 32 } as const;

/**
 * All fields, in their order. `strictEncoding`: percent-encoded as documented, no more and no less.
 * @returns what is wrong as text; the token is not in it.
 */
export function parseToken(text: string, strictEncoding: boolean): Token | string {
  const items = text.split("&");
  const values: string[] = [];
  for (const [i, field] of FIELDS.entries()) {
    const item = items[i];
    if (!item?.startsWith(`${field}=`)) return `field ${i + 1} of the token is not ${field}`;
    values.push(item.slice(field.length + 1));
  }
  if (items.length > FIELDS.length) return `the token has ${items.length} fields, not ${FIELDS.length}`;
  const [version = "", encodedRes = "", et = "", method = "", encodedSign = ""] = values;
  if (version != VERSION) return `version "${version}" of the token; ${VERSION} only`;
  const res = decoded(encodedRes, strictEncoding);
  if (res === null) return "res of the token is not percent-encoded as it should be";
  if (!/^[1-9]\d*$/.test(et)) return "et of the token is no number of seconds";
  if (!isMethod(method)) return `method "${method}" of the token; md5, sha1 or sha256, in lower case`;
  const sign = decoded(encodedSign, strictEncoding);
  if (sign === null) return "sign of the token is not percent-encoded as it should be";
  if (!isBase64(sign)) return "sign of the token is not base64 with its padding";
  const bytes = Buffer.from(sign, "base64");
  if (bytes.length != BYTES[method]) return `sign of the token has ${bytes.length} bytes; ${method} makes ${BYTES[method]}`;
  return { version, res, et: Number(et), method, sign: bytes };
}

/** `key`: base64. Takes the same time for every wrong one. */
export function isSigned({ version, res, et, method, sign }: Token, key: string): boolean {
  const digest = createHmac(method, Buffer.from(key, "base64")).update([et, method, res, version].join("\n")).digest();
  return timingSafeEqual(sign, digest);
}

export function isBase64(text: string): boolean {
  return /^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text) && text != "";
}

function isMethod(text: string): text is Token["method"] {
  return Object.hasOwn(BYTES, text);
}

/** @returns `null` when it cannot be decoded, or (strictly) is not what encoding makes. */
function decoded(text: string, strictly: boolean): string | null {
  try {
    const plain = decodeURIComponent(text);
    return strictly && encoded(plain) != text ? null : plain;
  } catch {
    return null;
  }
}

/** These characters only, in upper-case hex. */
function encoded(text: string): string {
  return text.replace(/[+ /?%#&=]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
}
