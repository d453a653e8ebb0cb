/**
 * A SIM PIN is tried once per value: three wrong tries end in PUK. What was tried is remembered in a Storage file of eight bytes,
 * made before the first try: the value's mark, then one byte written when it worked and one when it failed.
 */
import type { World } from "../../api/world";

const FILE = "simpin";
const SIZE = 8;
const WORKED = 4;
const FAILED = 5;

/** Also remembers that it is being tried. */
export function mayTryPin(world: World, pin: string): boolean {
  // Not the PIN, but enough to know it again.
  let sum = 7;
  for (const digit of pin) sum = (sum * 31 + digit.charCodeAt(0)) % 9973;
  const mark = ("000" + sum).substr(-4);
  const known = world.read(FILE) || "";
  if (known.startsWith(mark)) return known[WORKED] == "+" && known[FAILED] != "-";
  world.save(FILE, mark, 0, SIZE);
  return true;
}

export function pinWorked(world: World): void {
  if ((world.read(FILE) as string)[WORKED] != "+") world.save(FILE, "+", WORKED, SIZE);
}

/** A PIN that worked once and fails now belongs to another SIM: not again until the identity holds another. */
export function pinFailed(world: World): void {
  world.save(FILE, "-", FAILED, SIZE);
}
