/** What TuyaLink's hosts are called, and which root vouches for them (Tuya, "Open MQTT Protocol"). */
import type { TuyaRegion } from "../../../src/cloud/tuya/config.ts";

export const HOSTS: Readonly<Record<TuyaRegion, string>> = {
  cn: "m1.tuyacn.com",
  eu: "m1.tuyaeu.com",
  us: "m1.tuyaus.com",
  "us-east": "m1-ueaz.tuyaus.com",
  "eu-west": "m1-weaz.tuyaeu.com",
  in: "m1.tuyain.com",
};

/** TLS only. */
export const PORT = 8883;

export const ROOT = { file: "godaddy-root-g2.pem", standIn: "Stand-in for Go Daddy Root G2" } as const;
