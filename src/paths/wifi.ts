/** The way to the network: the board's Wi-Fi. */
import * as mqtt from "../wifi/index";
import type { Path } from "../api/modem";
import { dialect } from "../wifi/dialect";

export { withWifi as prepare } from "../hal/wifi";

export const path: Path = { channel: mqtt, dialect: dialect, up: "up-wifi" };

/** There is no other. */
export const other = undefined;
