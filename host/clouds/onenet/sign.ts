/** OneNET, "Access security: token": signed in alphabetical order of the fields' names, sent in another; the key is base64. */
import CryptoJS from "crypto-js";
import type { Identity } from "../../../src/api/config.ts";
import type { OnenetConfig, OnenetSignMethod } from "../../../src/cloud/onenet/config.ts";
import type { Triple } from "../types.ts";

const VERSION = "2018-10-31";
const HMACS = { md5: CryptoJS.HmacMD5, sha1: CryptoJS.HmacSHA1, sha256: CryptoJS.HmacSHA256 } satisfies Record<OnenetSignMethod, unknown>;

export function sign(cloud: OnenetConfig, identity: Identity, fill: (text: string) => string, nowS: number): Triple {
  const { productId, signMethod: method, tokenMinutes } = cloud;
  const deviceName = fill("{deviceName}");
  const { deviceSecret, productSecret = "" } = identity;
  const res = `products/${productId}${deviceSecret === undefined ? "" : `/devices/${deviceName}`}`;
  const et = String(nowS + 60 * tokenMinutes);
  const key = CryptoJS.enc.Base64.parse(deviceSecret ?? productSecret);
  const signature = HMACS[method]([et, method, res, VERSION].join("\n"), key).toString(CryptoJS.enc.Base64);
  return {
    clientId: fill(cloud.clientId),
    username: productId,
    password: `version=${VERSION}&res=${encodeURIComponent(res)}&et=${et}&method=${method}&sign=${encodeURIComponent(signature)}`,
    passwordIsSecret: false,
  };
}
