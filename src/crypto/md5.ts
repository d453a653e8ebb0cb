/** The compression of MD5 (RFC 1321, 3.4), in two slices of 32 steps. */

/** No board's `crypto` has it. */
export const NAME = "MD5";
export const BIG_ENDIAN: boolean = false;
export const words = new Int32Array(16);
export const registers = new Int32Array(4);

const table = new Int32Array(64);
/** Steps done in the block. */
let done = 0;

/**
 * Begins anew. Returns the first state, and fills the table with 2^32 |sin(i)|, by sin(i + 1) = 2 cos(1) sin(i) - sin(i - 1): `Math.sin` of
 * boards with small flash (SAVE_ON_FLASH_MATH, as the Espruino Pico) makes 33 of the 64 wrong. The recurrence is off by 0.00002 at most,
 * and no term is nearer than 0.015 to a whole number.
 */
export function initial(): number[] {
  done = 0;
  const abs = Math.abs;
  const k = table;
  let odd = 0.8414709848078965;
  let even = 0;
  let i = 0;
  while (i < 64) {
    k[i++] = abs(odd) * 0x100000000;
    even = 1.0806046117362795 * odd - even;
    k[i++] = abs(even) * 0x100000000;
    odd = 1.0806046117362795 * even - odd;
  }
  return [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476];
}

/** Sums stay unreduced: they are exact as floating point (below 2^40), and every operator on bits takes 32 of them. */
function steps(): void {
  "ram";
  let b = registers[1] as number;
  let d = registers[3] as number;
  let c = registers[2] as number;
  let a = registers[0] as number;
  let t = 0;
  let s = 0;
  let i = done;
  const k = table;
  const x = words;
  if (i == 0) {
    while (i < 16)
      for (s of [7, 12, 17, 22]) {
        t = a + (d ^ (b & (c ^ d))) + (k[i] as number) + (x[i++] as number);
        a = d;
        d = c;
        c = b;
        b += (t << s) ^ (t >>> (32 - s));
      }
    while (i < 32)
      for (s of [5, 9, 14, 20]) {
        t = a + (c ^ (d & (b ^ c))) + (k[i] as number) + (x[(i++ * 5 + 1) & 15] as number);
        a = d;
        d = c;
        c = b;
        b += (t << s) ^ (t >>> (32 - s));
      }
  } else {
    while (i < 48)
      for (s of [4, 11, 16, 23]) {
        t = a + (b ^ c ^ d) + (k[i] as number) + (x[(i++ * 3 + 5) & 15] as number);
        a = d;
        d = c;
        c = b;
        b += (t << s) ^ (t >>> (32 - s));
      }
    while (i < 64)
      for (s of [6, 10, 15, 21]) {
        t = a + (c ^ (b | ~d)) + (k[i] as number) + (x[(i++ * 7) & 15] as number);
        a = d;
        d = c;
        c = b;
        b += (t << s) ^ (t >>> (32 - s));
      }
  }
  done = i & 63;
  registers.set([a, b, c, d]);
}

export const slices = [steps, steps];
