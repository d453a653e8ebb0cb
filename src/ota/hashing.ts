/** SHA-256 in slices: the UART is served in between. */
import type { DigestModule } from "../api/ota";
import type { World } from "../api/world";

const BREATH_MS = 1;

export function hash(world: World, size: number, read: (offset: number, length: number) => string, then: (hex: string) => void): void {
  const digest = world.load("digest") as DigestModule;
  digest.begin(size, read);

  function next(): void {
    const hex = digest.step();
    if (!hex) return void world.after(next, BREATH_MS);
    world.drop("digest");
    then(hex);
  }

  world.after(next, BREATH_MS);
}

export function hashText(world: World, text: string, then: (hex: string) => void): void {
  hash(world, text.length, (offset, length) => text.substr(offset, length), then);
}
