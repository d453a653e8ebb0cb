/** Where the power may fail, and what that leaves in the flash. */
import type { FlashHook, FlashOperation } from "./flash.ts";

/** Bits that are through with it in a byte, or a page, that the power failed in: every second one. */
const HALF = 0x55;
/** States of an erase: a page falls to 0xFF as a whole over milliseconds, so there is no byte that is next. */
const ERASE_STEPS = 8;

/** The operation stopped after `bytes` of its bytes; of the next one, only the bits of `bits` are through. */
export function tearOperation({ before, after }: FlashOperation, bytes: number, bits = 0): Buffer {
  const left = Buffer.concat([after.subarray(0, bytes), before.subarray(bytes)]);
  if (bits && bytes < left.length) left[bytes] = mixed(before[bytes] as number, after[bytes] as number, bits);
  return left;
}

/** The operation got to every byte, but only to the bits of `bits`: cells of an erased page do not all come round at once. */
export function weakenOperation({ before, after }: FlashOperation, bits = HALF): Buffer {
  return Buffer.from(before.map((byte, i) => mixed(byte, after[i] as number, bits)));
}

/**
 * What the operation can leave behind, each state once, from `before` to `after`. A program: after every byte that it changes, and in the
 * middle of each. An erase: eight prefixes, and all bytes half done.
 */
export function* statesOf(operation: FlashOperation): Generator<Buffer> {
  const { kind, before, after } = operation;
  let last = before;
  yield last;
  for (const state of kind == "program" ? programStates(operation) : eraseStates(operation)) {
    if (state.equals(last) || state.equals(after)) continue;
    yield (last = state);
  }
  if (!last.equals(after)) yield after;
}

/** A hook that lets `count` operations happen, and cuts the power in the next one. */
export function cutAfter(count: number, leave: (operation: FlashOperation) => Buffer): FlashHook {
  let left = count;
  return (operation) => (left-- == 0 ? leave(operation) : undefined);
}

function* programStates(operation: FlashOperation): Generator<Buffer> {
  const { before, after } = operation;
  for (let i = 0; i < before.length; i++) {
    if (before[i] == after[i]) continue;
    yield tearOperation(operation, i, HALF);
    yield tearOperation(operation, i, 0xff);
  }
}

function* eraseStates(operation: FlashOperation): Generator<Buffer> {
  const size = operation.before.length;
  for (let i = 1; i < ERASE_STEPS; i++) yield tearOperation(operation, Math.floor((size * i) / ERASE_STEPS));
  yield weakenOperation(operation);
}

function mixed(before: number, after: number, bits: number): number {
  return (before & ~bits) | (after & bits);
}
