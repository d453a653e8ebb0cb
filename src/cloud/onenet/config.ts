/** The section `cloud` of a product for OneNET. */
import type { ConnectionConfig } from "../../api/config";

export type OnenetSignMethod = "md5" | "sha1" | "sha256";

export interface OnenetConfig extends ConnectionConfig {
  productId: string;
  /** Of the token's signature. */
  signMethod: OnenetSignMethod;
  /** How long a token is valid, minutes: 1 to 5,256,000 (ten years). */
  tokenMinutes: number;
}
