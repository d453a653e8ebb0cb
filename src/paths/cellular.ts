/** The way to the network: a 4G module. */
import * as at from "../at/index";
import { dialect } from "#modem";
import type { Path } from "../api/modem";

export { withUart as prepare } from "../hal/uart";

export const path: Path = { channel: at, dialect: dialect, up: "up" };

/** There is no other. */
export const other = undefined;
