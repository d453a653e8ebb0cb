/** SHA-256, keyed or not, in slices: the UART is served in between. */
import { CHECK } from "#product";
import type { HashModule, ReadBytes } from "../api/hash";
import type { World } from "../api/world";

const BREATH_MS = 1;

/** `key`, `size`, `read`: see `HashModule`. */
export function hash(world: World, key: string | undefined, size: number, read: ReadBytes, then: (hex: string) => void): void {
  const digest = world.load(CHECK) as HashModule;
  digest.begin(key, size, read);

  function next(): void {
    const hex = digest.step();
    if (!hex) return void world.after(next, BREATH_MS);
    world.drop(CHECK);
    then(hex);
  }

  world.after(next, BREATH_MS);
}
