/**
 * Texts of one character per byte, and bytes as numbers: the interpreter's own conversions, where a loop costs 20 k instructions per byte.
 */

declare const E: {
  toString(data: Uint8Array): string;
  toUint8Array(data: string | Uint8Array): Uint8Array;
  mapInPlace(from: Uint8Array, to: Uint8Array, map: Uint8Array): void;
};

export function bytesOf(text: string): Uint8Array {
  return E.toUint8Array(text);
}

/** May share memory with `bytes`, until a part of the text is taken. */
export function textOf(bytes: Uint8Array): string {
  return E.toString(bytes);
}

/** `to[i]` becomes the byte of `data` at `order[i]`, for each `i` of `order`. */
export function reorder(order: Uint8Array, to: Uint8Array, data: string | Uint8Array): void {
  E.mapInPlace(order, to, E.toUint8Array(data));
}
