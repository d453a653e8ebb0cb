/** A file in blocks over MQTT (Aliyun IoT Platform, "Download files over MQTT"). */
import { DOWNLOAD, DOWNLOAD_REPLY } from "#product";
import type { OtaTools } from "../api/update";
import { members, parsed } from "../text/read-json";
import { crc16 } from "../hal/flash";
import { request } from "./reports";

const REPLY_MS = 20000;
/** Bytes whose checksum is made in one slice: 6.9 M instructions (callgrind on the 64-bit interpreter, 54,000 a byte). */
const SUMMED = 128;

let wanted = -1;
let answer: (data: string) => void;
let timer = 0;
let tools: OtaTools;

function end(data: string): void {
  tools.world.cancel(timer);
  wanted = -1;
  answer(data);
}

/** Two bytes length of the JSON, big endian; the JSON; the block; CRC-16/ARC of the block, little endian. */
function onReply(payload: string): void {
  const length = payload.charCodeAt(0) * 256 + payload.charCodeAt(1);
  const head = members(parsed(payload.substr(2, length)), ["code", "data"]);
  const data = members(head[1] || {}, ["bOffset", "bSize"]);
  if (wanted < 0) return;
  if (head[0] != 200) return end("");
  // Late, of a request that was given up.
  if (data[0] != wanted) return;
  const block = payload.slice(2 + length, -2);
  const sum = payload.charCodeAt(payload.length - 2) + payload.charCodeAt(payload.length - 1) * 256;
  const here = wanted;
  let done = 0;
  let crc = 0;

  function next(): void {
    if (here != wanted) return;
    crc = crc16(block.substr(done, SUMMED), crc);
    done += SUMMED;
    if (done < block.length) return void tools.world.after(next, 1);
    end(crc == sum && block.length == data[1] ? block : "");
  }

  next();
}

export function openBlocks(theTools: OtaTools): void {
  tools = theTools;
  wanted = -1;
  tools.subscribe(DOWNLOAD_REPLY, 0, onReply);
}

export function closeBlocks(): void {
  tools.unsubscribe(DOWNLOAD_REPLY);
}

/** `file`: members of the request that name it. `then` gets the bytes, or `""`. */
export function getBlock(file: string, offset: number, size: number, then: (data: string) => void): void {
  wanted = offset;
  answer = then;
  timer = tools.world.after(() => end(""), REPLY_MS);
  const params = '{"fileInfo":{' + file + '},"fileBlock":{"size":' + size + ',"offset":' + offset + "}}";
  tools.publish(DOWNLOAD, request(params, ""), 0, false, (error) => {
    if (error && wanted == offset) end("");
  });
}
