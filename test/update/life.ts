/** Lives of the genuine interpreter in a folder of its own, with a cloud that is files beside its flash. */
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LINUX_REGION } from "../../host/flash-model/flash.ts";
import { readImage } from "../../host/image/storage.ts";
import { INTERPRETER } from "../support/interpreter.ts";
import { frameOf, pushOf, statesOf } from "./slot-board.ts";
import type { SlotState } from "./slot-board.ts";

/** The cloud is files: what is offered, and each block. */
export const FROM_FILES = `var fs=require("fs");
function say(t,p){print("said "+t+" "+p);
if(t=="~/ota/get")setTimeout(function(){hear("~/ota/get_reply",fs.readFileSync("offer"))},5);
if(t=="~/ota/download")setTimeout(function(){hear("~/ota/download_reply",fs.readFileSync("block-"+JSON.parse(p).params.fileBlock.offset))},5);}
`;

export interface Ended {
  lines: string[];
  killed: boolean;
}

/** One life of the process: until it ends, is killed after `ms` (`silentMs`: without a line), or `enough` is printed. */
export function live(folder: string, ms: number, enough: RegExp | null, silentMs = 0): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(INTERPRETER as string, [], { cwd: folder, stdio: ["pipe", "pipe", "ignore"] });
    const lines: string[] = [];
    let rest = "";
    let killed = false;
    const end = (): void => {
      killed = true;
      child.kill("SIGKILL");
    };
    let timer = setTimeout(end, ms);
    child.stdin.on("error", () => {});
    child.stdout.setEncoding("latin1").on("data", (text: string) => {
      const parts = (rest + text).split("\n");
      rest = parts.pop() as string;
      if (silentMs) {
        clearTimeout(timer);
        timer = setTimeout(end, silentMs);
      }
      lines.push(...parts.map((part) => part.replace(/^>?\r\x1b\[J|\r|\x1b\[[0-9;?]*[A-Za-z]/g, "")));
      if (enough && lines.some((line) => enough.test(line))) end();
    });
    child.on("error", reject);
    child.on("close", () => {
      clearTimeout(timer);
      resolve({ lines, killed });
    });
  });
}

/** What the cloud has for the device from now on. */
export function offerIn(folder: string, version: string, content: Buffer): void {
  writeFileSync(join(folder, "offer"), JSON.stringify({ id: "1", code: 200, data: pushOf({ version, content }) }));
  for (let at = 0; at < content.length; at += 1024) writeFileSync(join(folder, `block-${at}`), frameOf(content, "1", at, 1024));
}

export function slotsIn(folder: string): SlotState[] {
  const files = readImage(readFileSync(join(folder, "espruino.flash")), LINUX_REGION.pageSize);
  return statesOf(files.find((file) => file.name == "slots" && !file.deleted)?.data as Buffer);
}
