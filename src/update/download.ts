/** An update, from what the cloud pushes to the restart: asked for in blocks, checked, written, resumed. */
import type { Identity, Product } from "../api/config";
import type { OtaTools } from "../api/update";
import type { Manifest, SlotFile, SlotRecord } from "../api/boot";
import { members, parsed } from "../text/read-json";
import { crc32 } from "../hal/flash";
import { HAS_RANGES } from "#product";
import { closeBlocks, getBlock, openBlocks } from "./blocks";
import { hash } from "./hashing";
import { getRange, LARGEST_RANGE } from "./ranges";
import { headLength, manifestOf, objection } from "./package";
import type { Running } from "./package";
import * as slots from "./slots";
import { inform, progress } from "./reports";
import type { Failure } from "./reports";

/** What is marked as written, and asked for over MQTT. */
const BLOCK = 1024;
/** Blocks in a row that may fail while the device is online. */
const TRIES = 8;
const RETRY_MS = 10000;
/** Bytes of the two groups that starts are counted in. */
const STARTS = 16;
const BLOCKS = 64;
/** Bytes that are copied in one slice. */
const COPIED = 256;
/** The last report has so long to leave. */
const GOODBYE_MS = 5000;

let tools: OtaTools;
let done: () => void;
let running: Running;
let identity: Identity;
let version: string;
let job: string;
let size: number;
let sign: string;
let file: string;
/** `""`: the file comes over MQTT. */
let url: string;
/** Of the slot that is written. */
let at: number;
let written: number;
let failures: number;
let told: number;

/** What runs, by the record of its slot or the product flashed by wire. */
export function whatRuns(theTools: OtaTools): Running {
  const record = JSON.parse(theTools.world.boot.record) as SlotRecord;
  const product = JSON.parse(theTools.world.read("product") as string) as Product;
  return { product: product, version: record.version || product.version, core: record.core || slots.core() };
}

/**
 * `data`: of a push or of the answer to a question. `theDone` is called when there is nothing more to do, but for a restart.
 * @returns false if there is no update in it for this device: it may be for another part of it.
 */
export function update(theTools: OtaTools, data: unknown, theDone: () => void): boolean {
  const push = members(data || {}, ["version", "size", "signMethod", "sign", "streamId", "streamFileId", "isDiff", "module", "url"]);
  version = push[0] as string;
  if (!version || (push[7] && push[7] != "default")) return false;
  tools = theTools;
  done = theDone;
  running = whatRuns(tools);
  identity = parsed(tools.world.read("identity") || "") as Identity;
  size = push[1] as number;
  // MD5 adds nothing to the package's own hash and signature.
  sign = ("" + push[2]).toUpperCase() == "SHA256" ? ("" + push[3]).toLowerCase() : "";
  file = '"streamId":' + push[4] + ',"fileId":' + push[5];
  url = (push[8] || "") as string;
  job = '{"version":"' + version + '","size":' + size + ',"sign":"' + push[3] + '"}';
  const known = slots.places().find((place) => slots.textAt(place + slots.JOB) == job);
  if (version == running.version) inform(tools, version, done);
  else if (push[6]) refuse("-2", "differential packages are not taken");
  else if (!identity.otaKey) refuse("-3", "identity has no otaKey");
  else if (!(size > 0)) refuse("-2", "no size");
  else if (url && !HAS_RANGES) refuse("-2", "no HTTPS here: choose MQTT for the download");
  else if (known !== undefined && (slots.recordAt(known) || slots.marks(known + slots.GIVEN_UP, slots.GROUP)))
    refuse("-1", "this package was tried before");
  else begin(known);
  return true;
}

/** `known`: the slot with the same job. */
function begin(known: number | undefined): void {
  if (!url) openBlocks(tools);
  failures = told = 0;
  if (known !== undefined) {
    at = known;
    start();
  } else if (size > slots.room()) stop("-4", size + " bytes, there is room for " + slots.room());
  else get(0, Math.min(BLOCK, size), checkHead);
}

function refuse(step: Failure, reason: string): void {
  progress(tools, step, reason, done);
}

function stop(step: Failure, reason: string): void {
  if (!url) closeBlocks();
  refuse(step, reason);
}

/** A block, however long it takes: what fails while offline does not count. */
function get(offset: number, length: number, then: (data: string) => void): void {
  const got = (data: string): void => {
    if (data.length == length) {
      failures = 0;
      return then(data);
    }
    if (tools.info.state == "online" && ++failures >= TRIES) return stop("-2", "no block at " + offset);
    tools.world.after(() => get(offset, length, then), RETRY_MS);
  };
  if (HAS_RANGES && url) getRange(tools, url, offset, length, got);
  else getBlock(file, offset, length, got);
}

/** The signature, and what the package is for: before anything is erased. */
function checkHead(block: string): void {
  verified(block, (manifest, head) => {
    const why = manifest.version == version ? objection(manifest, size, head, running) : "version " + manifest.version + ", not " + version;
    if (why) return stop("-3", why);
    const copies = slots.mustCopy() ? kept(manifest) : [];
    let need = size;
    for (const one of copies) need += (one[1][1] + 3) & -4;
    if (need > slots.room()) return stop("-4", need + " bytes, there is room for " + slots.room());
    slots.make(tools.world, need, (place) => {
      at = place;
      if (!at || !slots.writeText(at + slots.JOB, job, slots.JOB_SIZE)) return stop("-4", "flash is not blank");
      save(0, block, start);
    });
  });
}

function verified(block: string, then: (manifest: Manifest, head: number) => void): void {
  const length = headLength(block);
  const head = block.substr(0, length);
  if (!length || head.length < length) return stop("-3", "not a package");
  hash(
    tools.world,
    identity.otaKey,
    length - 64,
    (from, count) => head.substr(from, count),
    (signature) => {
      if (signature != head.substr(-64)) stop("-3", "wrong signature");
      else then(manifestOf(head), length);
    },
  );
}

/**
 * Goes on where the last start ended. Each start that gets no further clears a bit of the mark of the block it begins with; when six are gone, there is one a day,
 * for sixteen days.
 */
function start(): void {
  const first = slots
    .part(at + slots.BLOCKS, BLOCKS)
    .split("")
    .findIndex((mark) => mark != "\0");
  const place = at + slots.BLOCKS + first;
  const left = slots.part(place, 1).charCodeAt(0);
  const time = tools.unixTime();
  const day = String.fromCharCode(Math.floor((time || 0) / 86400) % 0xff);
  if (left & 0x3f ? !slots.write(place, String.fromCharCode(left & (left - 1))) : time === null || isMarked(day))
    return stop("-2", "started too often, next try tomorrow");
  next();
}

/** Whether there was a start on that day already; marks it. */
function isMarked(day: string): boolean {
  return slots.marks(at + slots.STARTS, STARTS).includes(day) || !slots.mark(at + slots.STARTS, STARTS, day);
}

function save(offset: number, data: string, then: () => void): void {
  if (!slots.write(at + slots.HEAD + offset, data)) return stop("-4", "flash keeps other bytes at " + offset);
  for (let i = 0; i < data.length; i += BLOCK) slots.write(at + slots.BLOCKS + (offset + i) / BLOCK, "\0");
  then();
}

function next(): void {
  const blocks = slots.part(at + slots.BLOCKS, Math.ceil(size / BLOCK));
  written = 0;
  while (blocks[written / BLOCK] == "\0") written += BLOCK;
  if (written >= size) return checkAll();
  const percent = Math.floor((written / size) * 10);
  if (percent > told) {
    told = percent;
    progress(tools, percent * 10 + "", "");
  }
  get(written, Math.min(HAS_RANGES && url ? LARGEST_RANGE : BLOCK, size - written), (data) => save(written, data, next));
}

function read(offset: number, length: number): string {
  return slots.part(at + slots.HEAD + offset, length);
}

/** Everything again, from flash. */
function checkAll(): void {
  if (!url) closeBlocks();
  hash(tools.world, undefined, size, read, (whole) => {
    if (sign && whole != sign) return spoilt("the file has another digest");
    verified(read(0, Math.min(size, BLOCK)), (manifest, head) => {
      const why = objection(manifest, size, head, running);
      if (why) return spoilt(why);
      hash(
        tools.world,
        undefined,
        size - head,
        (offset, length) => read(head + offset, length),
        (content) => {
          if (content != manifest.sha256) return spoilt("the content has another digest");
          takeOver(manifest, head);
        },
      );
    });
  });
}

/** What was downloaded is of no use, and would not be of more use a second time. */
function spoilt(reason: string): void {
  slots.mark(at + slots.GIVEN_UP, slots.GROUP, "\x01");
  refuse("-3", reason);
}

/** Files of the running slot that the package does not bring. */
function kept(manifest: Manifest): [string, SlotFile][] {
  const files = (JSON.parse(tools.world.boot.record) as SlotRecord).files;
  return Object.keys(files)
    .filter((name) => !manifest.files.find((one) => one[0] == name))
    .map((name) => [name, files[name] as SlotFile]);
}

/** Copies them behind the package, or names them where they lie. */
function takeOver(manifest: Manifest, head: number): void {
  const files: Record<string, SlotFile> = {};
  let place = at + slots.HEAD + head;
  for (const one of manifest.files) {
    files[one[0]] = [place, one[1]];
    place += one[1];
  }
  place = (place + 3) & -4;
  const copies = kept(manifest);
  let offset = 0;

  function copy(): void {
    const one = copies[0];
    if (!one) return install(manifest, files);
    const name = one[0];
    const from = one[1];
    if (!slots.mustCopy()) files[name] = from;
    else if (offset < from[1]) {
      const data = slots.part(from[0] + offset, Math.min(COPIED, from[1] - offset));
      if (!slots.write(place + offset, data)) return spoilt("flash keeps other bytes at " + (place + offset));
      offset += COPIED;
      return void tools.world.after(copy, 1);
    } else {
      files[name] = [place, from[1]];
      place += (from[1] + 3) & -4;
      offset = 0;
    }
    copies.shift();
    copy();
  }

  copy();
}

/** The record is what makes the loader take the slot. */
function install(manifest: Manifest, files: Record<string, SlotFile>): void {
  let newest = 0;
  for (const place of slots.places()) {
    const record = slots.recordAt(place);
    if (record) newest = Math.max(newest, record.nr);
  }
  for (const name in files) {
    const one = files[name] as SlotFile;
    one[2] = crc32(slots.part(one[0], one[1]));
  }
  const isCore = files.core && manifest.files.find((one) => one[0] == "core");
  const core = isCore ? manifest.core[0] : running.core;
  const record = JSON.stringify({ nr: newest + 1, version: manifest.version, core: core, files: files });
  if (!slots.writeText(at + slots.RECORD, record, slots.RECORD_SIZE)) return spoilt("no room for the record");
  progress(tools, "100", "");
  tools.world.after(tools.restart, GOODBYE_MS);
}
