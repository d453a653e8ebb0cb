/** What the product chose. Made by the builder for each image (`productModule`); the committed file is that of the default product. */
import type { Path } from "./api/channel";
import * as at from "./cellular/at/index";
import { dialect } from "./cellular/modules/ec20/index";
import { withUart } from "./hal/uart";

export * from "./cellular/modules/ec20/index";
export * from "./cloud/broker/update-topics";

/** The way to the network; where there are two, the preferred one. */
export const path: Path = { channel: at, dialect: dialect, up: "up", prepare: withUart };
/** The other one. */
export const other: Path | undefined = undefined;
export const HAS_CHOICE: boolean = false;
/** Updates over the air; fetched over HTTPS, too; the module that checks them. */
export const HAS_UPDATES: boolean = true;
export const HAS_RANGES: boolean = false;
export const CHECK: string = "digest";
/** Modules that stay in memory, those that others need first. */
export const RESIDENT: string[] = ["at", "core"];
