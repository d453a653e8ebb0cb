/** The compression of SHA-1 (FIPS 180-4, 6.1.2): the message schedule in one slice, then two slices of 40 rounds. */

export const NAME = "SHA1";
export const BIG_ENDIAN: boolean = true;
export const words = new Int32Array(80);
export const registers = new Int32Array(5);

const CONSTANTS = [0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6];
/** Rounds done in the block. */
let done = 0;

/** Begins anew. Returns the first state. */
export function initial(): number[] {
  done = 0;
  return [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0];
}

function schedule(): void {
  "ram";
  let x = 0;
  let i = 0;
  const back3 = words.subarray(13);
  const back8 = words.subarray(8);
  const back14 = words.subarray(2);
  const next = words.subarray(16);
  for (x of words.subarray(0, 64)) {
    x ^= (back14[i] as number) ^ (back8[i] as number) ^ (back3[i] as number);
    next[i++] = (x << 1) ^ (x >>> 31);
  }
}

/** Sums stay unreduced: they are exact as floating point (below 2^40), and every operator on bits takes 32 of them. */
function rounds(): void {
  "ram";
  let b = registers[1] as number;
  let a = registers[0] as number;
  let d = registers[3] as number;
  let c = registers[2] as number;
  let e = registers[4] as number;
  let t = 0;
  let word = 0;
  let k = CONSTANTS[done / 20] as number;
  if (done == 0)
    for (word of words.subarray(0, 20)) {
      t = e + word + k + ((a << 5) ^ (a >>> 27)) + (d ^ (b & (c ^ d)));
      e = d;
      d = c;
      c = (b << 30) ^ (b >>> 2);
      b = a;
      a = t;
    }
  else
    for (word of words.subarray(40, 60)) {
      t = e + word + k + ((a << 5) ^ (a >>> 27)) + ((b & c) | (d & (b | c)));
      e = d;
      d = c;
      c = (b << 30) ^ (b >>> 2);
      b = a;
      a = t;
    }
  k = CONSTANTS[done / 20 + 1] as number;
  for (word of words.subarray(done + 20, done + 40)) {
    t = e + word + k + ((a << 5) ^ (a >>> 27)) + (b ^ c ^ d);
    e = d;
    d = c;
    c = (b << 30) ^ (b >>> 2);
    b = a;
    a = t;
  }
  done = 40 - done;
  registers.set([a, b, c, d, e]);
}

export const slices = [schedule, rounds, rounds];
