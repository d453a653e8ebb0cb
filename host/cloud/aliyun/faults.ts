/** What goes wrong on demand, to see what devices make of it. Each counts down as it happens. */
export interface Faults {
  /** So many next blocks of a file over MQTT have a wrong checksum. */
  corruptBlocks: number;
  /** So many next downloads over HTTPS break off... */
  cutDownloads: number;
  /** ... after so many bytes. */
  cutAfterBytes: number;
}

export const NO_FAULTS: Faults = { corruptBlocks: 0, cutDownloads: 0, cutAfterBytes: 0 };

/** @returns whether it happens this time. */
export function strikes(faults: Faults, name: "corruptBlocks" | "cutDownloads"): boolean {
  if (faults[name] <= 0) return false;
  faults[name]--;
  return true;
}
