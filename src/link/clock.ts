/** The time of day, as the network or the application told it. */
import type { World } from "../api/world";

let world: World;
/** Unix time minus `world.now()`, in milliseconds; `null` while unknown. */
let offset: number | null = null;

export function init(theWorld: World): void {
  world = theWorld;
}

/** Unix seconds; `null` while unknown. */
export function unixTime(): number | null {
  return offset === null ? null : Math.floor((world.now() + offset) / 1000);
}

export function setUnixTime(seconds: number): void {
  offset = seconds * 1000 - world.now();
}
