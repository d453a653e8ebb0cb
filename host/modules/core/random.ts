/** Repeatable randomness: the same seed gives the same session, byte for byte. */

/** Milliseconds: a mean and how far from it a value may lie on either side, evenly spread. */
export type Latency = readonly [meanMs: number, spreadMs: number];

export interface Random {
  /** 0 <= value < 1. */
  next(): number;
  /** A whole number, both ends included. */
  int(min: number, max: number): number;
  chance(probability: number): boolean;
  pick<T>(items: readonly T[]): T;
  within(latency: Latency): number;
}

/** A generator of the mulberry32 family: 32 bits of state are plenty for delays and noise. */
export function makeRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const int = (min: number, max: number): number => min + Math.floor(next() * (max - min + 1));
  return {
    next,
    int,
    chance: (probability) => next() < probability,
    pick: (items) => items[int(0, items.length - 1)] as (typeof items)[number],
    within: ([meanMs, spreadMs]) => meanMs + (2 * next() - 1) * spreadMs,
  };
}
