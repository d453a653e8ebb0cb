/** A file in blocks over MQTT (Aliyun IoT Platform, "Download files over MQTT"): an answer is JSON, bytes and their checksum in one payload. */
import type { Message } from "../../../broker/rules.ts";
import { isObject } from "../../json.ts";
import { strikes } from "../faults.ts";
import type { DeviceNames } from "../identifier.ts";
import { STREAM_FILE } from "../jobs.ts";
import type { World } from "../world.ts";
import { badParameter, CODES, parseAlink } from "./alink.ts";
import type { AlinkRequest, Outcome } from "./alink.ts";

interface Block {
  fileToken?: string;
  offset: number;
  bytes: Buffer;
  fileLength: number;
}

export function blockAnswer({ topic, payload }: Message, names: DeviceNames, world: World): Message[] {
  // The Link SDK for C leaves a comma where no value follows, and is served all the same.
  const lenient = Buffer.from(payload.toString("latin1").replace(/,\s*([}\]])/g, "$1"), "latin1");
  const request = parseAlink(lenient);
  const found = "wrong" in request ? request.wrong : blockOf(request, names, world);
  return [{ topic: `${topic}_reply`, payload: "bytes" in found ? frame(request.id, found, world) : refusal(request.id, found), qos: 0 }];
}

function blockOf({ params }: AlinkRequest, names: DeviceNames, { jobs, switches }: World): Block | Outcome {
  const { fileToken, fileInfo, fileBlock } = isObject(params) ? params : { fileInfo: null };
  if (!isObject(fileInfo) || !isObject(fileBlock)) return badParameter("params: fileInfo and fileBlock");
  const { streamId, fileId } = fileInfo;
  const { size, offset } = fileBlock;
  if (![streamId, fileId, size, offset].every((one) => Number.isInteger(one) && (one as number) >= 0))
    return badParameter("streamId, fileId, size and offset: whole numbers");
  const file = fileId === STREAM_FILE ? jobs.stream(names, streamId as number) : undefined;
  if (!file) return badParameter("no such stream and file of this device");
  const at = offset as number;
  if (size === 0 || (size as number) > switches.largestBlock || at >= file.length)
    return badParameter(`a block has 1 to ${switches.largestBlock} bytes and begins inside the file`);
  const bytes = file.subarray(at, at + (size as number));
  return { offset: at, bytes, fileLength: file.length, ...(typeof fileToken == "string" && { fileToken }) };
}

/** Two bytes length of the JSON, big endian; the JSON; the bytes; their CRC-16, little endian. */
function frame(id: string, { fileToken, offset, bytes, fileLength }: Block, { faults }: World): Buffer {
  const data = { ...(fileToken !== undefined && { fileToken }), bSize: bytes.length, bOffset: offset, fileLength };
  const head = headed({ id, code: 200, data });
  const sum = Buffer.alloc(2);
  sum.writeUInt16LE(crc16(bytes) ^ (strikes(faults, "corruptBlocks") ? 1 : 0));
  return Buffer.concat([head, bytes, sum]);
}

/** Without data and checksum. */
function refusal(id: string, outcome: Outcome): Buffer {
  const { code, message } = "code" in outcome ? outcome : CODES.badRequest;
  return headed({ id, code, msg: message });
}

function headed(value: object): Buffer {
  const json = Buffer.from(JSON.stringify(value), "utf8");
  const length = Buffer.alloc(2);
  length.writeUInt16BE(json.length);
  return Buffer.concat([length, json]);
}

/** CRC-16/ARC: polynomial 0x8005 reflected, from 0. Of "123456789" it is 0xBB3D. */
export function crc16(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xa001 : crc >>> 1;
  }
  return crc;
}
