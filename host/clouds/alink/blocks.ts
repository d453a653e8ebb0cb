/**
 * Files in blocks over MQTT, as they are on the wire (Aliyun IoT Platform, "Download files over MQTT"): a request is JSON; an answer is
 * JSON, bytes and their checksum in one payload.
 */
import { isObject } from "../shared/json.ts";
import { badParameter, parseAlink } from "./messages.ts";
import type { Outcome } from "./messages.ts";

export interface BlockRequest {
  id: string;
  /** Which file. */
  streamId: number;
  fileId: number;
  /** Bytes. */
  offset: number;
  size: number;
  fileToken?: string;
}

type Refused = Outcome & { code: number };

/** The Link SDK for C leaves a comma where no value follows, and is served all the same. */
export function parseBlockRequest(payload: Buffer): BlockRequest | { id: string; wrong: Refused } {
  const lenient = Buffer.from(payload.toString("latin1").replace(/,\s*([}\]])/g, "$1"), "latin1");
  const request = parseAlink(lenient);
  if ("wrong" in request) return request;
  const { id, params } = request;
  const { fileToken, fileInfo, fileBlock } = isObject(params) ? params : { fileInfo: null };
  if (!isObject(fileInfo) || !isObject(fileBlock)) return { id, wrong: badParameter("params: fileInfo and fileBlock") };
  const { streamId, fileId } = fileInfo;
  const { size, offset } = fileBlock;
  if (!areWhole(streamId, fileId, size, offset)) return { id, wrong: badParameter("streamId, fileId, size and offset: whole numbers") };
  const numbers = { streamId, fileId, size, offset } as Pick<BlockRequest, "streamId" | "fileId" | "size" | "offset">;
  return { id, ...numbers, ...(typeof fileToken == "string" && { fileToken }) };
}

function areWhole(...values: unknown[]): boolean {
  return values.every((one) => Number.isInteger(one) && (one as number) >= 0);
}

/** The bytes that are asked for; fewer at the end of the file. `largest`: bytes that one answer may have. */
export function blockOf(file: Buffer, { offset, size }: BlockRequest, largest: number): Buffer | Refused {
  if (size === 0 || size > largest || offset >= file.length)
    return badParameter(`a block has 1 to ${largest} bytes and begins inside the file`);
  return file.subarray(offset, offset + size);
}

/** `fileLength`: bytes of the whole file; `isCorrupt`: with another checksum. */
export function blockFrame(request: BlockRequest, bytes: Buffer, fileLength: number, isCorrupt: boolean): Buffer {
  const { id, fileToken, offset } = request;
  const data = { ...(fileToken !== undefined && { fileToken }), bSize: bytes.length, bOffset: offset, fileLength };
  const sum = Buffer.alloc(2);
  sum.writeUInt16LE(crc16(bytes) ^ (isCorrupt ? 1 : 0));
  return Buffer.concat([headed({ id, code: 200, data }), bytes, sum]);
}

/** Without data and checksum. */
export function refusalFrame(id: string, refused: Refused): Buffer {
  return headed({ id, code: refused.code, msg: "message" in refused ? refused.message : "" });
}

/** Two bytes length of the JSON, big endian, and the JSON. */
function headed(value: object): Buffer {
  const json = Buffer.from(JSON.stringify(value), "utf8");
  const length = Buffer.alloc(2);
  length.writeUInt16BE(json.length);
  return Buffer.concat([length, json]);
}

/** CRC-16/ARC: polynomial 0x8005 reflected, from 0. Of "123456789" it is 0xBB3D. On the wire it is little endian. */
export function crc16(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xa001 : crc >>> 1;
  }
  return crc;
}
