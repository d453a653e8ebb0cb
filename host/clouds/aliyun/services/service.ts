import type { AlinkRequest, Outcome } from "../../alink/messages.ts";
import type { DeviceNames } from "../identifier.ts";
import type { World } from "../world.ts";

export type Service = (request: AlinkRequest, names: DeviceNames, world: World) => Outcome;
