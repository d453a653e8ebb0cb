/** The interpreter's own base64; texts of one character per byte. */
declare function atob(base64: string): string;
declare function btoa(bytes: string): string;

export function fromBase64(base64: string): string {
  return atob(base64);
}

export function toBase64(bytes: string): string {
  return btoa(bytes);
}
