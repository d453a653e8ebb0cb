/**
 * A SIM PIN is tried once per value: three wrong tries end in PUK. What was tried is remembered in a Storage file of eight bytes,
 * made before the first try: the value's mark, then one byte written when it worked and one when it failed later.
 */
import type { World } from "../api/world";

const FILE = "simpin";
const SIZE = 8;
const WORKED = 4;
const TRIED_AGAIN = 5;

/** Not the PIN, but enough to know it again. */
function mark(pin: string): string {
  let sum = 7;
  for (let i = 0; i < pin.length; i++) sum = (sum * 31 + pin.charCodeAt(i)) % 9973;
  return ("000" + sum).substr(-4);
}

/** Also remembers that it is being tried. */
export function mayTryPin(world: World, pin: string): boolean {
  const known = world.read(FILE);
  if (known === undefined || known.substr(0, WORKED) != mark(pin)) {
    world.save(FILE, mark(pin), 0, SIZE);
    return true;
  }
  return known[WORKED] == "+" && known[TRIED_AGAIN] != "-";
}

export function pinWorked(world: World, pin: string): void {
  const known = world.read(FILE);
  if (known !== undefined && known.substr(0, WORKED) == mark(pin) && known[WORKED] != "+") world.save(FILE, "+", WORKED, SIZE);
}

/** A PIN that worked once and fails now belongs to another SIM: not again until the identity holds another. */
export function pinFailed(world: World): void {
  const known = world.read(FILE);
  if (known !== undefined && known[WORKED] == "+") world.save(FILE, "-", TRIED_AGAIN, SIZE);
}
