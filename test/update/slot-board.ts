/**
 * The real loader, module `ota` and its digest on a board in Node, without a link: in place of the core stands a short one whose
 * messages go over a UART to a cloud of this test. What is proved here is about flash, at thousands of moments; the whole device
 * is the subject of other tests.
 */
import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import type { FlashHook, Region } from "../../host/flash-model/flash.ts";
import { DEFAULT_CHOICE, MODULES, modulesNamed } from "../../host/compile/modules.ts";
import type { Choice, ModuleSpec } from "../../host/compile/modules.ts";
import { ROOT } from "../../host/project/root.ts";
import { shortNamer } from "../../host/compile/short-names.ts";
import { withSlots } from "../../host/image/slots.ts";
import { cachedBundle } from "../../host/compile/bundle-cache.ts";
import { VirtualClock } from "../../host/time/clock.ts";
import { NodeBoard } from "../../host/board/board.ts";
import { OTA_KEY } from "./package.ts";

export const CORE = "0.1.0";
const UART = "Serial1";

/** Applications that know their name and whether they are well. */
export function application(name: string, isWell = true): string {
  return `exports.name="${name}";exports.health=function(){return ${isWell}};`;
}

export interface SlotBoardOptions {
  region: Region;
  onFlash?: FlashHook;
  /** Of the first application. */
  app?: string;
  boardName?: string;
}

/** What the cloud offers: a package, and how it lies about it. */
export interface Offer {
  version: string;
  content: Buffer;
  size?: number;
  sign?: string;
  /** Blocks from this number on are not answered. */
  silentFrom?: number;
  /** May change an answer. */
  change?(frame: Buffer, offset: number): Buffer;
}

export interface SlotBoard {
  board: NodeBoard;
  clock: VirtualClock;
  /** What was printed since the last `power`. */
  lines: string[];
  /** `topic payload` of the device's messages since then. */
  said: string[];
  /** Blocks asked for since then. */
  asked: number;
  offer: Offer | null;
  /** Off and on again. */
  power(): void;
  /** Lets time pass until `fits` or the end. */
  until(fits: () => boolean, seconds: number): boolean;
}

/** The Storage of such a board. `core`: the text of its core. */
export async function slotBoardFiles(
  { region, app, boardName }: SlotBoardOptions,
  core: (n: (name: string) => string) => string,
): Promise<Map<string, Buffer>> {
  const choice: Choice = { ...DEFAULT_CHOICE, check: "native-sha256" };
  const runner: ModuleSpec = { name: "runner", entry: "src/script/runner.ts", life: "resident", shortenProperties: true };
  const modules = [...modulesNamed(choice, [".bootcde", "ota", "digest"]), runner];
  const files = new Map<string, Buffer>();
  for (const { module, code } of await cachedBundle(choice, modules)) files.set(module.name, Buffer.from(code, "latin1"));
  files.set("at", Buffer.from("exports.at=1;"));
  files.set("core", Buffer.from(core(shortNamer(ROOT, MODULES))));
  files.set("app", Buffer.from(app ?? application("one")));
  files.set("board", Buffer.from("{}"));
  const product = {
    name: "rig",
    version: "1.0.0",
    board: boardName ?? "linux",
    link: "cellular",
    modem: { model: "ec20" },
    cloud: { type: "aliyun" },
  };
  files.set("product", Buffer.from(JSON.stringify(product)));
  files.set("identity", Buffer.from(JSON.stringify({ otaKey: OTA_KEY })));
  return withSlots(files, { ...region, core: CORE });
}

export async function makeSlotBoard(options: SlotBoardOptions): Promise<SlotBoard> {
  const { region } = options;
  const files = await slotBoardFiles(options, (n) => core(n, OVER_UART));
  const clock = new VirtualClock();
  const lines: string[] = [];
  const said: string[] = [];
  let line = "";
  const board = new NodeBoard({
    clock,
    files,
    region,
    hashes: ["SHA256"],
    print: (text) => lines.push(text),
    queueSize: 65536,
    ...(options.onFlash && { onFlash: options.onFlash }),
    uarts: {
      [UART]: {
        write: (bytes) => {
          const parts = (line + bytes.toString("latin1")).split("\n");
          line = parts.pop() as string;
          for (const part of parts) hear(JSON.parse(part) as { topic: string; payload: string });
        },
      },
    },
  });
  const unit: SlotBoard = {
    board,
    clock,
    lines,
    said,
    asked: 0,
    offer: null,
    power: () => {
      lines.length = said.length = unit.asked = 0;
      line = "";
      board.boot();
    },
    until: (fits, seconds) => {
      for (let i = 0; i < seconds * 2 && !fits(); i++) clock.advanceSync(500);
      return fits();
    },
  };

  function send(topic: string, payload: Buffer): void {
    const text = `${JSON.stringify({ topic, payload: payload.toString("base64") })}\n`;
    clock.setTimeout(() => board.uartInput(UART, Buffer.from(text)), 1);
  }

  /** Cloud reference, 4. */
  function hear({ topic, payload }: { topic: string; payload: string }): void {
    said.push(`${topic} ${payload}`);
    const { offer } = unit;
    if (topic == "~/ota/get") {
      const { id } = JSON.parse(payload) as { id: string };
      send("~/ota/get_reply", Buffer.from(JSON.stringify({ id, code: 200, data: offer ? pushOf(offer) : {} })));
    }
    if (topic != "~/ota/download" || !offer) return;
    const { id, params } = JSON.parse(payload) as { id: string; params: { fileBlock: { size: number; offset: number } } };
    const { size, offset } = params.fileBlock;
    unit.asked++;
    if (offset / 1024 >= (offer.silentFrom ?? Infinity)) return;
    const frame = frameOf(offer.content, id, offset, size);
    send("~/ota/download_reply", offer.change?.(frame, offset) ?? frame);
  }

  return unit;
}

export function pushOf({ version, content, size, sign }: Offer): object {
  const digest = createHash("sha256").update(content).digest("hex");
  return {
    size: size ?? content.length,
    streamId: 7,
    sign: sign ?? digest,
    dProtocol: "mqtt",
    version,
    signMethod: "SHA256",
    streamFileId: 1,
  };
}

/** Two bytes of length, JSON, the block, its checksum. */
export function frameOf(content: Buffer, id: string, offset: number, size: number): Buffer {
  const bytes = content.subarray(offset, offset + size);
  const head = Buffer.from(JSON.stringify({ id, code: 200, data: { bSize: bytes.length, bOffset: offset, fileLength: content.length } }));
  const length = Buffer.alloc(2);
  length.writeUInt16BE(head.length);
  const sum = Buffer.alloc(2);
  sum.writeUInt16LE(crc16(bytes));
  return Buffer.concat([length, head, bytes, sum]);
}

/** CRC-16/ARC, bit by bit. */
function crc16(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xa001 : crc >>> 1;
  }
  return crc;
}

/** Messages as JSON lines on a UART. */
const OVER_UART = `Serial1.setup(115200);
var rest="";
function say(t,p){Serial1.write(JSON.stringify({topic:t,payload:p})+"\\n")}
Serial1.on("data",function(d){rest+=d;var parts=rest.split("\\n");rest=parts.pop();parts.forEach(function(p){
var m=JSON.parse(p);hear(m.topic,atob(m.payload))})});
`;

/** A core of its own: no link, a console that names what runs. `n`: the short form of a name; `wire`: defines `say`, and calls `hear`. */
export function core(n: (name: string) => string, wire: string): string {
  return `exports.start=function(){
var app=boot.module("app"),subs={};
print("runs "+app.name+" at "+boot.slot);
function hear(t,p){if(subs[t])subs[t](p,t)}
${wire}
var w={${n("log")}:print,${n("read")}:boot.file,${n("load")}:boot.module,${n("drop")}:function(m){if(Modules.getCached().indexOf(m)>=0)Modules.removeCached(m)},${n("after")}:setTimeout,
${n("cancel")}:function(t){if(t)clearTimeout(t)},${n("now")}:function(){return getTime()*1000},${n("boot")}:boot};
var runner=boot.module("runner");runner.${n("init")}(w);
var tools={${n("world")}:w,${n("info")}:{state:"online"},${n("unixTime")}:function(){return 1790000000},${n("isHealthy")}:app.health,
${n("publish")}:function(t,p,q,r,d){say(t,p);if(d)setTimeout(function(){d(null)},1)},
${n("subscribe")}:function(t,q,f){subs[t]=f},${n("unsubscribe")}:function(t){subs[t]=undefined},${n("expand")}:function(t){return t},
${n("run")}:function(s,d){runner.${n("run")}(s,{},0,d)},${n("pushed")}:function(p){boot.module("ota").${n("begin")}(tools,p)},${n("restart")}:function(){E.reboot()}};
boot.module("ota").${n("begin")}(tools,"");
};`;
}

/** What the slots hold, read here without any code of the project: place, number, whether it is confirmed, given up, and whole. */
export interface SlotState {
  at: number;
  nr: number;
  version: string;
  confirmed: boolean;
  givenUp: boolean;
  trials: number;
  told: boolean;
  whole: boolean;
}

export function slotStates(board: NodeBoard): SlotState[] {
  return statesOf(board.storage.read("slots") as Buffer);
}

export function statesOf(slots: Buffer): SlotState[] {
  const { page, places } = JSON.parse(slots.toString("latin1", 0, 96)) as { page: number; places: number[] };
  const found: SlotState[] = [];
  for (const first of places)
    for (let at = first; ;) {
      const text = (from: number): string | null => {
        const length = Number(slots.toString("latin1", from, from + 3));
        const body = slots.subarray(from + 13, from + 13 + length);
        return length && crc32(body) == Number(slots.toString("latin1", from + 3, from + 13)) ? body.toString("latin1") : null;
      };
      const record = text(at + 352);
      if (record !== null) {
        const { nr, version, files } = JSON.parse(record) as {
          nr: number;
          version: string;
          files: Record<string, [number, number, number]>;
        };
        found.push({
          at,
          nr,
          version,
          confirmed: slots.subarray(at, at + 4).includes(0),
          givenUp: slots.subarray(at + 4, at + 8).some((byte) => byte != 0xff),
          trials: slots.subarray(at + 8, at + 12).filter((byte) => byte != 0xff).length,
          told: slots.subarray(at + 12, at + 16).some((byte) => byte != 0xff),
          whole: Object.values(files).every(([from, size, crc]) => crc32(slots.subarray(from, from + size)) == crc),
        });
      }
      if (page || !/^\d/.test(slots.toString("latin1", at + 96, at + 97))) break;
      const halves = slots.toString("latin1", at + 96, at + 106);
      at += halves.slice(0, 5) == halves.slice(5) ? Number(halves.slice(5)) - 10000 : 1024;
    }
  return found;
}
