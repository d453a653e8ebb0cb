/** The module `hash` as the builder makes it, run on the board in Node and on a genuine interpreter. */
import { createHmac } from "node:crypto";
import { bundle } from "../../host/compile/bundles.ts";
import { DEFAULT_CHOICE, MODULES, modulesNamed } from "../../host/compile/modules.ts";
import type { Hash } from "../../host/compile/modules.ts";
import { ROOT } from "../../host/project/root.ts";
import { shortNamer } from "../../host/compile/short-names.ts";
import { LINUX_REGION } from "../../host/flash-model/flash.ts";
import { VirtualClock } from "../../host/time/clock.ts";
import { NodeBoard } from "../../host/board/board.ts";
import { runScript } from "../support/interpreter.ts";

export type Case = readonly [key: Buffer, message: Buffer];

/** What came out, and the calls of `step` that it took. */
export interface Result {
  hex: string;
  steps: number;
}

export async function hashModule(hash: Hash): Promise<string> {
  const choice = { ...DEFAULT_CHOICE, hash };
  const [module] = await bundle(choice, ROOT, modulesNamed(choice, ["hash"]));
  return (module as { code: string }).code;
}

const short = shortNamer(ROOT, MODULES);
/** As the finished module `h` calls its functions. */
export const BEGIN = `h.${short("begin")}`;
export const STEP = `h.${short("step")}`;

const RUN = `function run(k,m){${BEGIN}(k,m.length,function(o,n){return m.substr(o,n)});var r="",n=0;while(!r){r=${STEP}();n++}out(r+" "+n)}`;

function literal(text: Buffer): string {
  return `"${[...text].map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("")}"`;
}

/** `out` prints: a line for each case. `prelude`: statements before the first. */
function script(cases: readonly Case[], prelude: string): string {
  return [`var h=require("hash");${prelude}`, RUN, ...cases.map(([key, message]) => `run(${literal(key)},${literal(message)});`)].join(
    "\n",
  );
}

function parse(lines: readonly string[]): Result[] {
  return lines.map((line) => {
    const [hex = "", steps] = line.split(" ");
    return { hex, steps: Number(steps) };
  });
}

export function inNode(code: string, cases: readonly Case[], prelude = ""): Result[] {
  const lines: string[] = [];
  const files = new Map([
    ["hash", Buffer.from(code, "latin1")],
    [".bootcde", Buffer.from(`function out(s){print(s)}\n${script(cases, prelude)}`, "latin1")],
  ]);
  const region = { ...LINUX_REGION, pages: 4096 };
  const hashes = ["SHA1", "SHA256"];
  new NodeBoard({ clock: new VirtualClock(), files, hashes, region, print: (line) => lines.push(line) }).boot();
  return parse(lines);
}

export async function onInterpreter(code: string, cases: readonly Case[]): Promise<Result[]> {
  return parse(await runScript(`require("Storage").write("hash",${JSON.stringify(code)});\n${script(cases, "")}`));
}

/** Every beginning of `key` and of `message` with the other's `short` first bytes: so many cases would not fit into its memory. */
export async function beginningsOnInterpreter(code: string, [key, message]: Case, short: number): Promise<Result[]> {
  return parse(
    await runScript(`require("Storage").write("hash",${JSON.stringify(code)});
var h=require("hash"),k=${literal(key)},m=${literal(message)};
${RUN}
for(var i=0;i<=k.length;i++)run(k.substr(0,i),m.substr(0,${short}));
for(i=0;i<=m.length;i++)run(k.substr(0,${short}),m.substr(0,i));`),
  );
}

export function expected(digest: string, [key, message]: Case): string {
  return createHmac(digest, key).update(message).digest("hex");
}

/** Bytes that do not repeat within a block. */
export function bytes(length: number, seed = 1): Buffer {
  return Buffer.from(Array.from({ length }, (_, i) => (i * i * 7 + i * seed + seed) & 255));
}
