/** The composition root: the resident module `core`. */
// The interpreter searches a name in the order of declaration: what runs for each message is declared first.
import * as messages from "./link/messages";
import { other, path, prepare } from "#path";
import type { Product } from "./api/config";
import type { Application, Device, DeviceInfo } from "./api/device";
import { makeWorld } from "./hal/espruino";
import { emit, makeDevice } from "./link/device";
import * as link from "./link/link";

export function start(): void {
  const world = makeWorld();
  const product = JSON.parse(world.read("product") as string) as Product;
  const info: DeviceInfo = { imei: "", iccid: "", imsi: "", model: "", firmware: "", rssiDbm: null, state: "off" };
  world.log(product.name + " " + product.version + " on " + product.board + ", " + product.modem.model + ", " + product.cloud.type);
  prepare(world);
  link.init(world, path, other, info, { online: () => emit("online"), offline: () => emit("offline") });
  messages.init(world, path, info, product.cloud.keepaliveS, link.fail, link.early);
  const module = world.load("app") as { app(device: Device): Application };
  messages.call(() => module.app(makeDevice(world, info, product.app)));
  link.start();
}
