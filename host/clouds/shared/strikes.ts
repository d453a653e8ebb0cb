/** Faults that are counted down as they happen. */

/** @returns whether it happens this time. */
export function takeFault<Name extends string>(faults: Record<Name, number>, name: Name): boolean {
  if (faults[name] <= 0) return false;
  faults[name]--;
  return true;
}
