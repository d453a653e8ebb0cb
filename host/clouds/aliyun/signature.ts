/** Signatures of Aliyun devices, checked with Node's own HMAC. */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";

/** Names of the platform (document 73742) and of OpenSSL. */
const DIGESTS: Readonly<Record<string, string>> = { hmacmd5: "md5", hmacsha1: "sha1", hmacsha256: "sha256" };

/** What a device uses that does not say (document 73742). */
export const DEFAULT_METHOD = "hmacmd5";

export function isSignMethod(method: string): boolean {
  return Object.hasOwn(DIGESTS, method);
}

/** Names and values in alphabetical order of the names, without anything in between; what is not sent is not signed. */
export function signedContent(fields: Readonly<Record<string, string | undefined>>): string {
  const sent = Object.entries(fields).filter(([, value]) => value !== undefined);
  return sent
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}${value ?? ""}`)
    .join("");
}

/** `sign`: hex, upper or lower case. Takes the same time for every wrong one of the right length. */
export function isSignature(sign: string, method: string, secret: string, content: string): boolean {
  const digest = createHmac(DIGESTS[method] as string, secret)
    .update(content)
    .digest();
  if (!/^[0-9a-f]*$/i.test(sign) || sign.length != 2 * digest.length) return false;
  return timingSafeEqual(Buffer.from(sign, "hex"), digest);
}

/** Secrets that are sent as they are, compared without telling by the time how much of them is right. */
export function isSame(given: string, expected: string): boolean {
  const [a, b] = [given, expected].map((text) => createHash("sha256").update(text).digest()) as [Buffer, Buffer];
  return timingSafeEqual(a, b);
}
