/** Two ways to the network: the 4G module and the board's Wi-Fi. */
import * as at from "../at/index";
import * as mqtt from "../wifi/index";
import { dialect as atDialect } from "#modem";
import type { Identity, WifiConfig } from "../api/config";
import type { Path } from "../api/modem";
import type { World } from "../api/world";
import { withUart } from "../hal/uart";
import { withWifi } from "../hal/wifi";
import { dialect } from "../wifi/dialect";

export function prepare(world: World): void {
  withUart(world);
  withWifi(world);
}

export const cellular: Path = { channel: at, dialect: atDialect, up: "up" };

export const wifi: Path = {
  channel: mqtt,
  dialect: dialect,
  up: "up-wifi",
  // Its radio is another one: it can be tried while the 4G module carries the session.
  isThere: (world, then) => {
    const network = (JSON.parse(world.read("identity") || "{}") as Identity).wifi || ({} as WifiConfig);
    mqtt.join(network.ssid, network.password, (failure) => then(!failure));
  },
};
