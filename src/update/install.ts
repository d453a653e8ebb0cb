/**
 * From a package that lies in its slot as a whole to the restart into it: checked again from flash, completed, and
 * written down for the loader.
 */
import { Slot, SlotSize } from "../api/boot";
import type { Manifest, SlotFile, SlotRecord } from "../api/boot";
import type { Script } from "../api/script";
import type { UpdateTools } from "../api/update";
import { crc32 } from "../hal/flash";
import { closeBlocks } from "./blocks";
import { hash } from "./hashing";
import { objection } from "./package";
import type { Running } from "./package";
import { progress } from "./reports";
import * as slots from "./slots";

/** Bytes at its start that hold a package's head. */
const HEAD_BYTES = 1024;
/** Bytes that are copied in one slice. */
const COPIED = 256;
const BREATH_MS = 1;
/** The last report has so long to leave. */
const GOODBYE_MS = 5000;

export interface Job {
  tools: UpdateTools;
  /** Place of its slot. */
  at: number;
  /** Bytes of the package. */
  size: number;
  /** SHA-256 of the whole file, as the cloud says; `""`: it says none. */
  sign: string;
  running: Running;
  /** Checks the signature of a package by its first bytes. */
  verify(block: string, then: (manifest: Manifest, head: number) => Script): Script;
}

export function install(job: Job): Script {
  const world = job.tools.world;

  function read(offset: number, length: number): string {
    return slots.part(job.at + Slot.Head + offset, length);
  }

  closeBlocks(job.tools);
  return hash(world, undefined, job.size, read, (whole) => {
    if (job.sign && whole != job.sign) return spoilt(job, "the file has another digest");
    return job.verify(read(0, Math.min(job.size, HEAD_BYTES)), (manifest, head) => {
      const why = objection(manifest, job.size, head, job.running);
      if (why) return spoilt(job, why);
      const readContent = (offset: number, length: number): string => read(head + offset, length);
      return hash(world, undefined, job.size - head, readContent, (content) =>
        content == manifest.sha256 ? takeOver(job, manifest, head) : spoilt(job, "the content has another digest"),
      );
    });
  });
}

/** What was downloaded is of no use, and would not be of more use a second time. */
function spoilt(job: Job, reason: string): string {
  slots.mark(job.at + Slot.GivenUp, SlotSize.Group, "\x01");
  return "-3: " + reason;
}

/** Files of the running slot that the package does not bring. */
export function keptFiles(tools: UpdateTools, manifest: Manifest): [string, SlotFile][] {
  const files = (JSON.parse(tools.world.boot.record) as SlotRecord).files;
  return Object.keys(files)
    .filter((name) => !manifest.files.find((one) => one[0] == name))
    .map((name) => [name, files[name] as SlotFile]);
}

/** Copies them behind the package, or names them where they lie. */
function takeOver(job: Job, manifest: Manifest, head: number): Script {
  const files: Record<string, SlotFile> = {};
  let place = job.at + Slot.Head + head;
  for (const one of manifest.files) {
    files[one[0]] = [place, one[1]];
    place += one[1];
  }
  place = (place + 3) & -4;
  const copies = keptFiles(job.tools, manifest);
  let offset = 0;

  function copy(): Script {
    const one = copies[0];
    if (!one) return;
    const name = one[0];
    const from = one[1];
    if (!slots.mustCopy()) files[name] = from;
    else if (offset < from[1]) {
      const data = slots.part(from[0] + offset, Math.min(COPIED, from[1] - offset));
      if (!slots.write(place + offset, data)) return spoilt(job, "flash keeps other bytes at " + (place + offset));
      offset += COPIED;
      return [BREATH_MS, copy];
    } else {
      files[name] = [place, from[1]];
      place += (from[1] + 3) & -4;
      offset = 0;
    }
    copies.shift();
    return copy;
  }

  return [copy, () => record(job, manifest, files)];
}

/** The record is what makes the loader take the slot. */
function record(job: Job, manifest: Manifest, files: Record<string, SlotFile>): Script {
  let newest = 0;
  for (const place of slots.places()) {
    const known = slots.recordAt(place);
    if (known) newest = Math.max(newest, known.nr);
  }
  for (const name in files) {
    const one = files[name] as SlotFile;
    one[2] = crc32(slots.part(one[0], one[1]));
  }
  const isCore = files.core && manifest.files.find((one) => one[0] == "core");
  const core = isCore ? manifest.core[0] : job.running.core;
  const text = JSON.stringify({ nr: newest + 1, version: manifest.version, core: core, files: files });
  if (!slots.writeText(job.at + Slot.Record, text, SlotSize.Record)) return spoilt(job, "no room for the record");
  progress(job.tools, 100);
  // Nothing follows.
  return [GOODBYE_MS, () => void job.tools.restart(), GOODBYE_MS];
}
