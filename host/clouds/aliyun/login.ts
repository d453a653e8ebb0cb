/** What all ways in have in common: who asks, and how he is refused. */
import type { Admission, ConnackRefusal, ConnectRequest } from "../../broker/rules.ts";
import type { DeviceNames, Identifier } from "./identifier.ts";
import type { Product } from "./registry.ts";
import type { World } from "./world.ts";

/** Seconds (Aliyun IoT Platform, "Limits", document 30527). */
export const LONGEST_KEEPALIVE_S = 1200;
/** Characters before the first `|` (document 73742). */
export const LONGEST_CLIENT_ID = 64;

export interface Login extends DeviceNames {
  identifier: Identifier;
  request: ConnectRequest;
}

export function refused(code: ConnackRefusal, why: string): Admission & { why: string } {
  return { code, why };
}

export function isTooLong(clientId: string): boolean {
  return clientId == "" || clientId.length > LONGEST_CLIENT_ID;
}

export function textOf(password: Buffer | undefined): string {
  return password?.toString("latin1") ?? "";
}

export function knownProduct(names: DeviceNames, world: World): { product: Product } | (Admission & { why: string }) {
  const product = world.registry.product(names.productKey);
  return product ? { product } : refused(4, `no product "${names.productKey}"`);
}

export function disabled({ deviceName }: DeviceNames, { switches }: World): Admission & { why: string } {
  return refused(switches.disabledCode, `device "${deviceName}" is disabled`);
}
