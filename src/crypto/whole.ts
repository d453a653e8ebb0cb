/** SHA-256 by the interpreter's own digest: in one slice, from flash that is mapped into memory. */
import { bytesOf } from "../hal/bytes";
import { digestOf } from "../hal/digest";
import { hex } from "./hex";

let size: number;
let read: (offset: number, length: number) => string;

export function begin(theSize: number, theRead: (offset: number, length: number) => string): void {
  size = theSize;
  read = theRead;
}

/** The result in lower-case hex. */
export function step(): string {
  return hex(bytesOf(digestOf("SHA256", read(0, size))));
}
