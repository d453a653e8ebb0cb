/** Tuya, "Open MQTT Protocol": the fields in this order, in the user name and in what is signed. */
import CryptoJS from "crypto-js";
import type { Identity } from "../../../src/api/config.ts";
import type { TuyaConfig } from "../../../src/cloud/tuya/config.ts";
import type { Triple } from "../types.ts";

export function sign(cloud: TuyaConfig, identity: Identity, fill: (text: string) => string, nowS: number): Triple {
  const deviceId = fill("{deviceName}");
  const content = `deviceId=${deviceId},timestamp=${nowS},secureMode=1,accessType=1`;
  return {
    clientId: fill(cloud.clientId),
    username: `${deviceId}|signMethod=hmacSha256,timestamp=${nowS},secureMode=1,accessType=1`,
    password: CryptoJS.HmacSHA256(content, identity.deviceSecret ?? "").toString(),
    passwordIsSecret: false,
  };
}
