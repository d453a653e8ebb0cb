/** What the loader leaves to the firmware: which image runs, and its files (docs/decisions/0014-over-the-air.md). */

/** Name of the Storage file with the slots. */
export const enum SlotsFile {
  Name = "slots",
}

/**
 * Where things stand in a slot, bytes from its start: with `SlotSize` one place for loader, firmware and PC. What is in them:
 * docs/decisions/0014-over-the-air.md, "A slot".
 */
export const enum Slot {
  /** Groups of state, blank until something is marked: confirmed; given up; boots on trial; reported. */
  Confirmed = 0,
  GivenUp = 4,
  Trials = 8,
  Told = 12,
  /** Days on which a download was started. */
  Starts = 16,
  /** A byte for each block of 1 KiB that was written. */
  Blocks = 32,
  /** Of a slot in a chain: its length and `SlotSize.LengthBase`, in five digits, twice. */
  Length = 96,
  /** What is downloaded, and what the slot runs: texts, each with its length in three digits and its CRC-32 in ten before it. */
  Job = 112,
  Record = 352,
  /** Where the package begins. */
  Head = 1024,
}

/** Bytes. */
export const enum SlotSize {
  /** Of the description at the start of the file, before the first slot of a chain. */
  Description = 96,
  Group = 4,
  Starts = 16,
  Blocks = 64,
  Job = 240,
  Record = 672,
  /** Before a text. */
  TextHead = 13,
  /** Added to the length of a slot in a chain: its five digits never begin with 0. */
  LengthBase = 10000,
  /** No slot is longer: its blocks have 64 marks. */
  Longest = 65536,
}

/** Boots on trial that an image has. */
export const enum Trial {
  Boots = 3,
}

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
