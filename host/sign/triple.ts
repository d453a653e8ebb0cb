/** The three fields that a device connects with, worked out on the PC: what it would send, before it exists. */
import CryptoJS from "crypto-js";
import { ConfigError } from "../build/validate.ts";
import type { AliyunConfig, Identity, Product, SignMethod } from "../../src/api/config.ts";

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
}

/** What the product needs and nobody gave; the message names the option. */
export class UnitError extends Error {}

const HMACS = { hmacmd5: CryptoJS.HmacMD5, hmacsha1: CryptoJS.HmacSHA1, hmacsha256: CryptoJS.HmacSHA256 } satisfies Record<
  SignMethod,
  unknown
>;

/** Fills in what a product leaves to the device. @throws {UnitError} */
export function filler(identity: Identity, unit: Unit): (text: string) => string {
  const known: Record<string, string | undefined> = { ...unit, deviceName: identity.deviceName ?? unit.imei };
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
  if (cloud.type == "aliyun") return signed(cloud, identity, fill);
  const { clientId = cloud.clientId, username = "", password = "" } = identity;
  return { clientId: fill(clientId), username, password, passwordIsSecret: true };
}

/**
 * Aliyun IoT Platform, "Establish MQTT connections over TCP" (document 73742): the HMAC covers names and values in alphabetical order of the names.
 * `securemode` is 2 over TLS and 3 over TCP.
 */
function signed(cloud: AliyunConfig, identity: Identity, fill: (text: string) => string): Triple {
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
    password: HMACS[signMethod](content, identity.deviceSecret ?? "").toString(),
    passwordIsSecret: false,
  };
}
