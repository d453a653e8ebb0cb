/**
 * Aliyun IoT Platform, "Establish MQTT connections over TCP" (document 73742): the HMAC covers names and values in alphabetical order of
 * the names. `securemode` is 2 over TLS and 3 over TCP.
 */
import CryptoJS from "crypto-js";
import type { Identity } from "../../../src/api/config.ts";
import type { AliyunConfig, SignMethod } from "../../../src/cloud/aliyun/config.ts";
import type { Triple } from "../types.ts";

const HMACS = { hmacmd5: CryptoJS.HmacMD5, hmacsha1: CryptoJS.HmacSHA1, hmacsha256: CryptoJS.HmacSHA256 } satisfies Record<
  SignMethod,
  unknown
>;

export function sign(cloud: AliyunConfig, identity: Identity, fill: (text: string) => string, _nowS: number): Triple | { mistake: string } {
  const { auth, productKey, signMethod, timestamp } = cloud;
  if (auth != "device-secret")
    return {
      mistake: `cloud.auth: with "${auth}" the device asks the cloud first; only the connection of "device-secret" can be signed here`,
    };
  const clientId = fill(cloud.clientId);
  const deviceName = fill("{deviceName}");
  const fields: [string, string][] = [
    ["clientId", clientId],
    ["deviceName", deviceName],
    ["productKey", productKey],
  ];
  const parameters = [`securemode=${cloud.tls ? 2 : 3}`, `signmethod=${signMethod}`];
  if (timestamp) {
    fields.push(["timestamp", timestamp]);
    parameters.push(`timestamp=${timestamp}`);
  }
  const content = fields.map(([name, value]) => name + value).join("");
  return {
    clientId: `${clientId}|${parameters.join(",")}|`,
    username: `${deviceName}&${productKey}`,
    password: HMACS[signMethod](content, identity.deviceSecret ?? "").toString(),
    passwordIsSecret: false,
  };
}
