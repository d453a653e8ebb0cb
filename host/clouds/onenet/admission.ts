/** Who comes in over MQTT, and why the others do not (cloud reference, section 7). */
import type { Admission, ConnectRequest } from "../../broker/rules.ts";
import { deviceGuest, keepaliveFor } from "../shared/guest.ts";
import type { World } from "../shared/start.ts";
import { DEVICE_NAME, pathOf, productKey } from "./products.ts";
import type { DeviceNames } from "./products.ts";
import { answersTo, prefixOf, TOPICS } from "./services.ts";
import type { Switches } from "./switches.ts";
import { isSigned, parseToken } from "./token.ts";
import type { Token } from "./token.ts";

/** Seconds. */
const KEEPALIVES_S = [10, 1800] as const;

export function admit({ clientId, username = "", password, keepaliveS, clean }: ConnectRequest, world: World<Switches>): Admission {
  const { switches, devices } = world;
  if (!DEVICE_NAME.test(clientId)) return { code: 2, why: "the client id is no device name: 1 to 64 letters, digits, - and _" };
  const refused = (why: string): Admission => ({ code: switches.refusalCode, why });
  const names = { productId: username, deviceName: clientId };
  const key = productKey(world.db, username);
  if (key === undefined) return refused(`the user name is no product: "${username}"`);
  const deviceKey = devices.secret(pathOf(names));
  if (deviceKey === undefined) return refused(`product "${username}" has no device "${clientId}"`);
  const token = parseToken(password?.toString("latin1") ?? "", switches.strictEncoding);
  if (typeof token == "string") return refused(token);
  const mine = ownerOf(token, names);
  if (!mine) return refused(`res of the token is neither ${resOf(names)} nor the product's`);
  const leftMs = token.et * 1000 - world.time.now();
  if (leftMs <= 0) return refused(`the token expired ${-leftMs / 1000} s ago`);
  if (!isSigned(token, mine == "device" ? deviceKey : key))
    return refused(`wrong signature: ${token.method} with the ${mine}'s key over et, method, res, version`);
  const keepalive = keepaliveFor(keepaliveS, KEEPALIVES_S, switches);
  if ("why" in keepalive) return { code: 2, why: keepalive.why };
  if (!clean && switches.strictClean) return { code: 2, why: "clean session 0; the platform keeps no sessions" };
  const warnings = [...keepalive.warnings, ...(clean ? [] : ["clean session 0 counts as 1"])];
  const device = { name: pathOf(names), ...keepalive, warnings, prefix: prefixOf(names), topics: TOPICS, forgets: true };
  const stays = switches.expiryCloses && { stays: { ms: leftMs, why: "its token has expired" } };
  return { guest: deviceGuest({ ...device, ...stays, answers: (path, message) => answersTo(path, message, names, world) }, world) };
}

function resOf({ productId, deviceName }: DeviceNames): string {
  return `products/${productId}/devices/${deviceName}`;
}

/** Whose key it is signed with; `null`: it is a token for something else. */
function ownerOf({ res }: Token, names: DeviceNames): "device" | "product" | null {
  if (res == resOf(names)) return "device";
  return res == `products/${names.productId}` ? "product" : null;
}
