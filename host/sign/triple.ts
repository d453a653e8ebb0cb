/** The three fields that a device connects with, worked out on the PC: what it would send, before it exists. */
import CryptoJS from "crypto-js";
import { ConfigError } from "../config/validate.ts";
import type { AliyunConfig, Identity, OnenetConfig, OnenetSignMethod, Product, SignMethod, TuyaConfig } from "../../src/api/config.ts";

export interface Triple {
  clientId: string;
  username: string;
  password: string;
  /** The password comes from the identity as it is: it is not for a screen. */
  passwordIsSecret: boolean;
}

/** What only the module knows. */
export interface Unit {
  imei?: string;
  iccid?: string;
  /** Unix seconds, for clouds where the time is signed; default: the PC's. */
  time?: string;
}

/** What the product needs and nobody gave; the message names the option. */
export class UnitError extends Error {}

const HMACS = { md5: CryptoJS.HmacMD5, sha1: CryptoJS.HmacSHA1, sha256: CryptoJS.HmacSHA256 } satisfies Record<OnenetSignMethod, unknown>;
const DIGESTS = { hmacmd5: "md5", hmacsha1: "sha1", hmacsha256: "sha256" } as const satisfies Record<SignMethod, OnenetSignMethod>;

/** Fills in what a product leaves to the device. @throws {UnitError} */
export function filler(identity: Identity, unit: Unit): (text: string) => string {
  const { imei, iccid } = unit;
  const known: Record<string, string | undefined> = { imei, iccid, deviceName: identity.deviceName ?? imei };
  return (text) =>
    text.replace(/\{(imei|iccid|deviceName)\}/g, (whole, name: string) => {
      const value = known[name];
      if (value === undefined) throw new UnitError(`--${name == "iccid" ? "iccid" : "imei"} is needed: ${whole} is the module's`);
      return value;
    });
}

/** @throws {UnitError} */
export function tripleOf({ cloud }: Product, identity: Identity, unit: Unit): Triple {
  const fill = filler(identity, unit);
  const nowS = Number(unit.time ?? Math.floor(Date.now() / 1000));
  switch (cloud.type) {
    case "broker": {
      const { clientId = cloud.clientId, username = "", password = "" } = identity;
      return { clientId: fill(clientId), username, password, passwordIsSecret: true };
    }
    case "aliyun":
      return signedForAliyun(cloud, identity, fill);
    case "tuya":
      return signedForTuya(cloud, identity, fill, nowS);
    case "onenet":
      return signedForOnenet(cloud, identity, fill, nowS);
  }
}

/**
 * Aliyun IoT Platform, "Establish MQTT connections over TCP" (document 73742): the HMAC covers names and values in alphabetical order of the names.
 * `securemode` is 2 over TLS and 3 over TCP.
 */
function signedForAliyun(cloud: AliyunConfig, identity: Identity, fill: (text: string) => string): Triple {
  if (cloud.auth != "device-secret")
    throw new ConfigError(
      `cloud.auth: with "${cloud.auth}" the device asks the cloud first; only the connection of "device-secret" can be signed here`,
    );
  const { productKey, signMethod, timestamp } = cloud;
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
    password: HMACS[DIGESTS[signMethod]](content, identity.deviceSecret ?? "").toString(),
    passwordIsSecret: false,
  };
}

/** Tuya, "Open MQTT Protocol": the fields in this order, in the user name and in what is signed. */
function signedForTuya(cloud: TuyaConfig, identity: Identity, fill: (text: string) => string, nowS: number): Triple {
  const deviceId = fill("{deviceName}");
  const content = `deviceId=${deviceId},timestamp=${nowS},secureMode=1,accessType=1`;
  return {
    clientId: fill(cloud.clientId),
    username: `${deviceId}|signMethod=hmacSha256,timestamp=${nowS},secureMode=1,accessType=1`,
    password: CryptoJS.HmacSHA256(content, identity.deviceSecret ?? "").toString(),
    passwordIsSecret: false,
  };
}

const ONENET_VERSION = "2018-10-31";

/** OneNET, "Access security: token": signed in alphabetical order of the fields' names, sent in another; the key is base64. */
function signedForOnenet(cloud: OnenetConfig, identity: Identity, fill: (text: string) => string, nowS: number): Triple {
  const { productId, signMethod: method, tokenMinutes } = cloud;
  const deviceName = fill("{deviceName}");
  const { deviceSecret, productSecret = "" } = identity;
  const res = `products/${productId}${deviceSecret === undefined ? "" : `/devices/${deviceName}`}`;
  const et = String(nowS + 60 * tokenMinutes);
  const key = CryptoJS.enc.Base64.parse(deviceSecret ?? productSecret);
  const sign = HMACS[method]([et, method, res, ONENET_VERSION].join("\n"), key).toString(CryptoJS.enc.Base64);
  return {
    clientId: fill(cloud.clientId),
    username: productId,
    password: `version=${ONENET_VERSION}&res=${encodeURIComponent(res)}&et=${et}&method=${method}&sign=${encodeURIComponent(sign)}`,
    passwordIsSecret: false,
  };
}
