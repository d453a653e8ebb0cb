/** The compression of SHA-256 (FIPS 180-4, 6.2.2): the message schedule in one slice, then two slices of 32 rounds. */

export const NAME = "SHA256";
export const BIG_ENDIAN: boolean = true;
export const words = new Int32Array(64);
export const registers = new Int32Array(8);

/** From each of the first 64 primes to the next, halved; the step from 2 to 3 is 0. */
const STEPS = "0112121231321233132132342121272315133233151216621231533313215721";

const table = new Int32Array(64);
/** Rounds done in the block. */
let done = 0;

/**
 * The first state, and the table of constants: fractions of the square and cube roots of primes (FIPS 180-4, 4.2.2 and 5.3.3). The nearest any comes to a
 * whole number, times 2^32, is 0.005; a `pow` of exponential and logarithm is off by less than 0.0001.
 */
export function initial(): Int32Array {
  const state = new Int32Array(8);
  let prime = 2;
  let i = 0;
  let gap = "";
  for (gap of STEPS) {
    table[i] = Math.pow(prime, 1 / 3) * 0x100000000;
    if (i < 8) state[i] = Math.pow(prime, 1 / 2) * 0x100000000;
    i++;
    prime += +gap * 2 || 1;
  }
  return state;
}

function schedule(): void {
  "ram";
  let x = 0;
  let y = words[14] as number;
  let z = words[15] as number;
  let w = words[0] as number;
  let i = 0;
  const back15 = words.subarray(1);
  const back7 = words.subarray(9);
  const next = words.subarray(16);
  // Two at a time, so that no word is moved to another name.
  while (i < 48) {
    x = back15[i] as number;
    next[i] = y =
      w +
      (back7[i++] as number) +
      ((x >>> 7) ^ (x << 25) ^ (x >>> 18) ^ (x << 14) ^ (x >>> 3)) +
      ((y >>> 17) ^ (y << 15) ^ (y >>> 19) ^ (y << 13) ^ (y >>> 10));
    w = back15[i] as number;
    next[i] = z =
      x +
      (back7[i++] as number) +
      ((w >>> 7) ^ (w << 25) ^ (w >>> 18) ^ (w << 14) ^ (w >>> 3)) +
      ((z >>> 17) ^ (z << 15) ^ (z >>> 19) ^ (z << 13) ^ (z >>> 10));
  }
}

/**
 * Four rounds a turn, so that no register is moved to another name: after four, each letter is what it was. Sums stay unreduced: they are exact as floating
 * point (below 2^50), and every shift takes 32 bits of them.
 */
function rounds(): void {
  "ram";
  let a = registers[0] as number;
  let e = registers[4] as number;
  let b = registers[1] as number;
  let f = registers[5] as number;
  let c = registers[2] as number;
  let g = registers[6] as number;
  let d = registers[3] as number;
  let h = registers[7] as number;
  let t = 0;
  let i = done;
  const end = i + 32;
  const k = table;
  const w = words;
  while (i < end) {
    t =
      h +
      ((e >>> 6) ^ (e << 26) ^ (e >>> 11) ^ (e << 21) ^ (e >>> 25) ^ (e << 7)) +
      (g ^ (e & (f ^ g))) +
      (k[i] as number) +
      (w[i++] as number);
    h = d + t;
    d = t + ((a >>> 2) ^ (a << 30) ^ (a >>> 13) ^ (a << 19) ^ (a >>> 22) ^ (a << 10)) + ((b & c) | (a & (b | c)));
    t =
      g +
      ((h >>> 6) ^ (h << 26) ^ (h >>> 11) ^ (h << 21) ^ (h >>> 25) ^ (h << 7)) +
      (f ^ (h & (e ^ f))) +
      (k[i] as number) +
      (w[i++] as number);
    g = c + t;
    c = t + ((d >>> 2) ^ (d << 30) ^ (d >>> 13) ^ (d << 19) ^ (d >>> 22) ^ (d << 10)) + ((a & b) | (d & (a | b)));
    t =
      f +
      ((g >>> 6) ^ (g << 26) ^ (g >>> 11) ^ (g << 21) ^ (g >>> 25) ^ (g << 7)) +
      (e ^ (g & (h ^ e))) +
      (k[i] as number) +
      (w[i++] as number);
    f = b + t;
    b = t + ((c >>> 2) ^ (c << 30) ^ (c >>> 13) ^ (c << 19) ^ (c >>> 22) ^ (c << 10)) + ((d & a) | (c & (d | a)));
    t =
      e +
      ((f >>> 6) ^ (f << 26) ^ (f >>> 11) ^ (f << 21) ^ (f >>> 25) ^ (f << 7)) +
      (h ^ (f & (g ^ h))) +
      (k[i] as number) +
      (w[i++] as number);
    e = a + t;
    a = t + ((b >>> 2) ^ (b << 30) ^ (b >>> 13) ^ (b << 19) ^ (b >>> 22) ^ (b << 10)) + ((c & d) | (b & (c | d)));
  }
  done = end & 63;
  registers.set([a, b, c, d, e, f, g, h]);
}

export const slices = [schedule, rounds, rounds];
