/** SHA-256, keyed or not, in slices: the UART is served in between. */
import { CHECK } from "#product";
import type { HashModule, ReadBytes } from "../api/hash";
import type { Script, WaitStep } from "../api/script";
import type { World } from "../api/world";

const BREATH_MS = 1;

/** `key`, `size`, `read`: see `HashModule`. `then` gets the result in lower-case hex. */
export function hash(world: World, key: string | undefined, size: number, read: ReadBytes, then: (hex: string) => Script): Script {
  let digest: HashModule;
  const hashing: WaitStep = {
    waitMs: BREATH_MS,
    then: () => {
      const hex = digest.step();
      if (!hex) return hashing;
      world.drop(CHECK);
      return then(hex);
    },
  };
  // Loading is a slice of its own, and so is the beginning.
  return [() => void (digest = world.load(CHECK) as HashModule), BREATH_MS, () => void digest.begin(key, size, read), hashing];
}
