/** What the loader leaves to the firmware: which image runs, and its files (docs/decisions/0014-over-the-air.md). */

/** Of the Storage file `slots`, as it was flashed by wire. */
export interface Slots {
  /** Version of the core that was flashed with it. */
  core: string;
  /** Bytes that are erased together; 0: nothing is ever erased, the slots are a chain. */
  page: number;
  /** Bytes of a slot, or of the chain. */
  room: number;
  /** Where each slot begins, or the chain. */
  places: number[];
  /** Address of the Storage. */
  flash: number;
}

/** Place in `slots`, bytes, CRC-32. */
export type SlotFile = [offset: number, size: number, crc?: number];

/** What a slot runs. */
export interface SlotRecord {
  /** Number of the update: the highest that is good runs. */
  nr: number;
  /** Of the product. */
  version: string;
  core: string;
  /** Those that are not the ones flashed by wire. */
  files: Record<string, SlotFile>;
}

/** The global `boot`. Its names are the loader's, which devices in the field keep: they are not shortened. */
export interface Boot {
  /** Place of the running slot; 0: the files flashed by wire run. */
  slot: number;
  /** Its record, JSON; with number 0 of no slot. */
  record: string;
  /** A file's bytes: the running slot's, or the one flashed by wire. */
  file(name: string): string | undefined;
  /** Loads a module, of the running slot or the one flashed by wire. */
  module(name: string): unknown;
}

/** What the head of a package says: the device looks at no other name but `product`, `board`, `link`, `model` and `cloud`. */
export interface Manifest {
  version: string;
  /** Lowest and highest version of the core that its files run on; its own where they include the core. */
  core: [string, string];
  /** It may be older than what runs. */
  older: boolean;
  files: [name: string, size: number][];
  /** Of the content, hex. */
  sha256: string;
}
