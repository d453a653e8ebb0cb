/** The compression of SHA-256 (FIPS 180-4, 6.2.2): the message schedule in one slice, then two slices of 32 rounds. */

export const NAME = "SHA256";
export const BIG_ENDIAN: boolean = true;
export const words = new Int32Array(64);
export const registers = new Int32Array(8);

/** From each of the first 64 primes to the next, halved; the step from 2 to 3 is 0. */
const STEPS = "0112121231321233132132342121272315133233151216621231533313215721";

/** The words 15 and 7 before the one that is made, and where it goes. */
let back15: TypedArray;
let back7: TypedArray;
let next: TypedArray;
const table = new Int32Array(64);
/** Rounds done in the block. */
let done = 0;

/**
 * Begins anew. Returns the first state, and fills the table: fractions of the square and cube roots of the first primes (FIPS 180-4,
 * 4.2.2 and 5.3.3), times 2^32. The interpreter's `pow`, an exponential of a logarithm, is off by 0.00001 then, and no value is nearer
 * than 0.005 to a whole number.
 */
export function initial(): Int32Array {
  "ram";
  done = 0;
  back15 = words.subarray(1);
  back7 = words.subarray(9);
  next = words.subarray(16);
  const state = new Int32Array(8);
  const pow = Math.pow;
  let prime = 2;
  let i = 0;
  let gap = "";
  for (gap of STEPS) {
    table[i] = pow(prime, 1 / 3) * 0x100000000;
    if (i < 8) state[i] = pow(prime, 0.5) * 0x100000000;
    i++;
    prime += +gap * 2 || 1;
  }
  return state;
}

/** Two words a turn, so that none is moved to another name. Values are named where they are first read: a statement less for each. */
function schedule(): void {
  "ram";
  let x = 0;
  let y = words[14] as number;
  let w = words[0] as number;
  let z = words[15] as number;
  let i = 0;
  const from15 = back15;
  const from7 = back7;
  const to = next;
  do {
    to[i] = y =
      w +
      (from7[i] as number) +
      ((y >>> 17) ^ (y << 15) ^ (y >>> 19) ^ (y << 13) ^ (y >>> 10)) +
      (((x = from15[i++] as number) >>> 7) ^ (x << 25) ^ (x >>> 18) ^ (x << 14) ^ (x >>> 3));
    to[i] = z =
      x +
      (from7[i] as number) +
      ((z >>> 17) ^ (z << 15) ^ (z >>> 19) ^ (z << 13) ^ (z >>> 10)) +
      (((w = from15[i++] as number) >>> 7) ^ (w << 25) ^ (w >>> 18) ^ (w << 14) ^ (w >>> 3));
  } while (i < 48);
}

/**
 * Four rounds a turn, so that no register is moved to another name: after four, each letter is what it was. Sums stay unreduced: they are
 * exact as floating point (below 2^50), and every operator on bits takes 32 of them.
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
  const k = table;
  const w = words;
  do {
    h =
      d +
      (t =
        h +
        ((e >>> 6) ^ (e << 26) ^ (e >>> 11) ^ (e << 21) ^ (e >>> 25) ^ (e << 7)) +
        (g ^ (e & (f ^ g))) +
        (k[i] as number) +
        (w[i++] as number));
    d = t + ((a >>> 2) ^ (a << 30) ^ (a >>> 13) ^ (a << 19) ^ (a >>> 22) ^ (a << 10)) + ((b & c) | (a & (b | c)));
    g =
      c +
      (t =
        g +
        ((h >>> 6) ^ (h << 26) ^ (h >>> 11) ^ (h << 21) ^ (h >>> 25) ^ (h << 7)) +
        (f ^ (h & (e ^ f))) +
        (k[i] as number) +
        (w[i++] as number));
    c = t + ((d >>> 2) ^ (d << 30) ^ (d >>> 13) ^ (d << 19) ^ (d >>> 22) ^ (d << 10)) + ((a & b) | (d & (a | b)));
    f =
      b +
      (t =
        f +
        ((g >>> 6) ^ (g << 26) ^ (g >>> 11) ^ (g << 21) ^ (g >>> 25) ^ (g << 7)) +
        (e ^ (g & (h ^ e))) +
        (k[i] as number) +
        (w[i++] as number));
    b = t + ((c >>> 2) ^ (c << 30) ^ (c >>> 13) ^ (c << 19) ^ (c >>> 22) ^ (c << 10)) + ((d & a) | (c & (d | a)));
    e =
      a +
      (t =
        e +
        ((f >>> 6) ^ (f << 26) ^ (f >>> 11) ^ (f << 21) ^ (f >>> 25) ^ (f << 7)) +
        (h ^ (f & (g ^ h))) +
        (k[i] as number) +
        (w[i++] as number));
    a = t + ((b >>> 2) ^ (b << 30) ^ (b >>> 13) ^ (b << 19) ^ (b >>> 22) ^ (b << 10)) + ((c & d) | (b & (c | d)));
  } while (i & 31);
  done = i & 63;
  registers.set([a, b, c, d, e, f, g, h]);
}

export const slices = [schedule, rounds, rounds];
