/** The signature in an Aliyun device's password, checked with Node's own HMAC. */
import { createHmac, timingSafeEqual } from "node:crypto";

export interface Signed {
  clientId: string;
  deviceName: string;
  productKey: string;
  /** Signed if and only if it is among the parameters, character by character. */
  timestamp?: string;
}

/** Names of the platform (document 73742) and of OpenSSL. */
const DIGESTS: Readonly<Record<string, string>> = { hmacmd5: "md5", hmacsha1: "sha1", hmacsha256: "sha256" };

/** What a device uses that does not say (document 73742). */
export const DEFAULT_METHOD = "hmacmd5";

export function isSignMethod(method: string): boolean {
  return Object.hasOwn(DIGESTS, method);
}

/** Names and values in alphabetical order of the names, without anything in between. */
export function signedContent({ clientId, deviceName, productKey, timestamp }: Signed): string {
  return `clientId${clientId}deviceName${deviceName}productKey${productKey}${timestamp === undefined ? "" : `timestamp${timestamp}`}`;
}

/** `password`: hex, upper or lower case. Takes the same time for every wrong password of the right length. */
export function isSignature(password: Buffer | undefined, method: string, secret: string, signed: Signed): boolean {
  const digest = createHmac(DIGESTS[method] as string, secret)
    .update(signedContent(signed))
    .digest();
  const text = password?.toString("latin1") ?? "";
  if (!/^[0-9a-f]*$/i.test(text) || text.length != 2 * digest.length) return false;
  return timingSafeEqual(Buffer.from(text, "hex"), digest);
}
