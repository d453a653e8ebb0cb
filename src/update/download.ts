/**
 * An update, from what the cloud pushes to its last block: what is not for this device is refused before anything is
 * erased; what was begun is resumed.
 */
import { HAS_RANGES } from "#product";
import { Slot, SlotSize } from "../api/boot";
import type { Manifest, SlotRecord } from "../api/boot";
import type { Identity, Product } from "../api/config";
import type { Script } from "../api/script";
import type { UpdateTools } from "../api/update";
import { members, parsed } from "../text/read-json";
import { getBlock, openBlocks } from "./blocks";
import { hash } from "./hashing";
import { install, keptFiles } from "./install";
import { headLength, manifestOf, objection } from "./package";
import type { Running } from "./package";
import { getRange, LARGEST_RANGE } from "./ranges";
import { inform, progress } from "./reports";
import * as slots from "./slots";

/** What is marked as written, and asked for over MQTT. */
const BLOCK = 1024;
/** Blocks in a row that may fail while the device is online. */
const TRIES = 8;
const RETRY_MS = 10000;

let tools: UpdateTools;
let running: Running;
let key: string | undefined;
let version: string;
let job: string;
let size: number;
let sign: string;
let file: string;
/** `""`: the file comes over MQTT. */
let url: string;
/** Of the slot that is written. */
let at: number;
let failures: number;
let told: number;

/** What runs, by the record of its slot or the product flashed by wire. */
export function whatRuns(theTools: UpdateTools): Running {
  const record = JSON.parse(theTools.world.boot.record) as SlotRecord;
  const product = JSON.parse(theTools.world.read("product") as string) as Product;
  return { product: product, version: record.version || product.version, core: record.core || slots.core() };
}

/**
 * `message`: a push, or the answer to a question. Nothing is done if there is no update in it for this device: it
 * may be for another part of it.
 */
export function update(theTools: UpdateTools, message: string): Script {
  const data = members(parsed(message), ["data"])[0];
  const push = members(data || {}, ["version", "size", "signMethod", "sign", "streamId", "streamFileId", "isDiff", "module", "url"]);
  version = push[0] as string;
  if (!version || (push[7] && push[7] != "default")) return;
  tools = theTools;
  running = whatRuns(tools);
  key = (parsed(tools.world.read("identity") || "") as Identity).otaKey;
  size = push[1] as number;
  // MD5 adds nothing to the package's own hash and signature.
  sign = ("" + push[2]).toUpperCase() == "SHA256" ? ("" + push[3]).toLowerCase() : "";
  file = '"streamId":' + push[4] + ',"fileId":' + push[5];
  url = (push[8] || "") as string;
  job = '{"version":"' + version + '","size":' + size + ',"sign":"' + push[3] + '"}';
  failures = told = 0;
  const known = slots.places().find((place) => slots.textAt(place + Slot.Job) == job);
  if (version == running.version) return inform(tools, version);
  if (push[6]) return "-2: differential packages are not taken";
  if (!key) return "-3: identity has no otaKey";
  if (!(size > 0)) return "-2: no size";
  if (url && !HAS_RANGES) return "-2: no HTTPS here: choose MQTT for the download";
  if (known !== undefined && (slots.recordAt(known) || slots.marks(known + Slot.GivenUp, SlotSize.Group)))
    return "-1: this package was tried before";
  if (known === undefined && size > slots.room()) return "-4: " + size + " bytes, there is room for " + slots.room();
  at = known as number;
  return [
    () => void (url || openBlocks(tools)),
    known === undefined && (() => get(0, Math.min(BLOCK, size), makeSlot)),
    countStart,
    download,
    () => install({ tools: tools, at: at, size: size, sign: sign, running: running, verify: verify }),
  ];
}

/** A block, however long it takes: what fails while offline does not count. */
function get(offset: number, length: number, then: (data: string) => Script): Script {
  function take(data: string): Script {
    if (data.length == length) {
      failures = 0;
      return then(data);
    }
    if (tools.info.state == "online" && ++failures >= TRIES) return "-2: no block at " + offset;
    return [RETRY_MS, () => get(offset, length, then)];
  }

  return HAS_RANGES && url ? getRange(tools, url, offset, length, take) : getBlock(tools, file, offset, length, take);
}

/** The signature, and what the package is for: before anything is erased. */
function makeSlot(block: string): Script {
  return verify(block, (manifest, head) => {
    const why = manifest.version == version ? objection(manifest, size, head, running) : "version " + manifest.version + ", not " + version;
    if (why) return "-3: " + why;
    let need = size;
    if (slots.mustCopy()) for (const one of keptFiles(tools, manifest)) need += (one[1][1] + 3) & -4;
    if (need > slots.room()) return "-4: " + need + " bytes, there is room for " + slots.room();
    return slots.make(need, (place) => {
      at = place;
      if (!at || !slots.writeText(at + Slot.Job, job, SlotSize.Job)) return "-4: flash is not blank";
      return save(0, block);
    });
  });
}

/** `block`: the package's first; `then` gets what it says, and the length of its head. */
function verify(block: string, then: (manifest: Manifest, head: number) => Script): Script {
  const length = headLength(block);
  const head = block.substr(0, length);
  if (!length || head.length < length) return "-3: not a package";
  const read = (offset: number, count: number): string => head.substr(offset, count);
  return hash(tools.world, key, length - 64, read, (signature) =>
    signature == head.substr(-64) ? then(manifestOf(head), length) : "-3: wrong signature",
  );
}

/**
 * Goes on where the last start ended. Each start that gets no further clears a bit of the mark of the block it begins with; when six are
 * gone, there is one a day, for sixteen days.
 */
function countStart(): Script {
  const first = slots
    .part(at + Slot.Blocks, SlotSize.Blocks)
    .split("")
    .findIndex((mark) => mark != "\0");
  const place = at + Slot.Blocks + first;
  const left = slots.part(place, 1).charCodeAt(0);
  const time = tools.unixTime();
  const day = String.fromCharCode(Math.floor((time || 0) / 86400) % 0xff);
  if (left & 0x3f ? !slots.write(place, String.fromCharCode(left & (left - 1))) : time === null || isMarked(day))
    return "-2: started too often, next try tomorrow";
}

/** Whether there was a start on that day already; marks it. */
function isMarked(day: string): boolean {
  return slots.marks(at + Slot.Starts, SlotSize.Starts).includes(day) || !slots.mark(at + Slot.Starts, SlotSize.Starts, day);
}

function save(offset: number, data: string): Script {
  if (!slots.write(at + Slot.Head + offset, data)) return "-4: flash keeps other bytes at " + offset;
  for (let i = 0; i < data.length; i += BLOCK) slots.write(at + Slot.Blocks + (offset + i) / BLOCK, "\0");
}

/** What is not written yet, block by block. */
function download(): Script {
  const blocks = slots.part(at + Slot.Blocks, Math.ceil(size / BLOCK));
  let written = 0;
  while (blocks[written / BLOCK] == "\0") written += BLOCK;
  if (written >= size) return;
  const tenths = Math.floor((written / size) * 10);
  if (tenths > told) {
    told = tenths;
    progress(tools, tenths * 10);
  }
  return get(written, Math.min(HAS_RANGES && url ? LARGEST_RANGE : BLOCK, size - written), (data) => [save(written, data), download]);
}
