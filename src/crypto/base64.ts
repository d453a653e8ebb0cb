/** Keys and signatures in base64 (RFC 4648, 4, with padding). */
import { fromBase64, toBase64 } from "../hal/base64";

export function bytesOfBase64(base64: string): string {
  return fromBase64(base64);
}

export function base64OfHex(hex: string): string {
  let bytes = "";
  for (let i = 0; i < hex.length; i += 2) bytes += String.fromCharCode(parseInt(hex.substr(i, 2), 16));
  return toBase64(bytes);
}
