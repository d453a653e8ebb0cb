/** A file in blocks over MQTT (Aliyun IoT Platform, "Download files over MQTT"). */
import { DOWNLOAD, DOWNLOAD_REPLY } from "#product";
import type { Script, WaitStep } from "../api/script";
import type { UpdateTools } from "../api/update";
import { crc16 } from "../hal/flash";
import { members, parsed } from "../text/read-json";
import { request } from "./reports";

const REPLY_MS = 20000;
const BREATH_MS = 1;
/** Bytes whose checksum is made in one slice: 6.9 M instructions (callgrind on the 64-bit interpreter, 54,000 a byte). */
const SUMMED = 128;

let isOpen = false;
let wanted = -1;
/** Told the block that came; `""`: there is none. */
let onBlock: (block: string) => void;
/** Of that block: its size and checksum as the reply has them. */
let size: unknown;
let sum = 0;

/** Two bytes length of the JSON, big endian; the JSON; the block; CRC-16/ARC of the block, little endian. */
function takeReply(payload: string): void {
  const length = payload.charCodeAt(0) * 256 + payload.charCodeAt(1);
  const head = members(parsed(payload.substr(2, length)), ["code", "data"]);
  const data = members(head[1] || {}, ["bOffset", "bSize"]);
  if (wanted < 0) return;
  if (head[0] != 200) return onBlock("");
  // Late, of a request that was given up.
  if (data[0] != wanted) return;
  wanted = -1;
  size = data[1];
  sum = payload.charCodeAt(payload.length - 2) + payload.charCodeAt(payload.length - 1) * 256;
  onBlock(payload.slice(2 + length, -2));
}

export function openBlocks(tools: UpdateTools): void {
  isOpen = true;
  wanted = -1;
  tools.subscribe(DOWNLOAD_REPLY, 0, takeReply);
}

export function closeBlocks(tools: UpdateTools): void {
  if (isOpen) tools.unsubscribe(DOWNLOAD_REPLY);
  isOpen = false;
}

/** `file`: members of the request that name it. `then` gets the bytes, or `""`. */
export function getBlock(tools: UpdateTools, file: string, offset: number, length: number, then: (data: string) => Script): Script {
  let block = "";
  let done = 0;
  let crc = 0;
  const summing: WaitStep = {
    waitMs: BREATH_MS,
    then: () => {
      crc = crc16(block.substr(done, SUMMED), crc);
      done += SUMMED;
      return done < block.length ? summing : then(crc == sum && block.length == size ? block : "");
    },
  };
  return {
    start: (got) => {
      wanted = offset;
      onBlock = got;
      const params = '{"fileInfo":{' + file + '},"fileBlock":{"size":' + length + ',"offset":' + offset + "}}";
      tools.publish(DOWNLOAD, request(params, ""), 0, false, (error) => {
        if (error) got("");
      });
    },
    ms: REPLY_MS,
    then: (r) => {
      wanted = -1;
      block = r.text;
      return block ? summing : then("");
    },
  };
}
