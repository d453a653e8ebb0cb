/** The three fields that a device connects with, worked out on the PC: what it would send, before it exists. */
import { ConfigError } from "../project/mistakes.ts";
import type { Identity, Product } from "../../src/api/config.ts";
import { cloudNamed } from "../clouds/find.ts";
import type { Triple } from "../clouds/types.ts";

/** What only the module knows. */
export interface Unit {
  imei?: string;
  iccid?: string;
  /** Unix seconds, for clouds where the time is signed; default: the PC's. */
  time?: string;
}

/** What the product needs and nobody gave; the message names the option. */
export class UnitError extends Error {}

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

/** @throws {UnitError}, {ConfigError} about what cannot be signed here. */
export async function tripleOf({ cloud }: Product, identity: Identity, unit: Unit): Promise<Triple> {
  const nowS = Number(unit.time ?? Math.floor(Date.now() / 1000));
  const signed = await cloudNamed(cloud.type).sign(cloud, identity, filler(identity, unit), nowS);
  if ("mistake" in signed) throw new ConfigError(signed.mistake);
  return signed;
}
