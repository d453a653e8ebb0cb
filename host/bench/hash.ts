/** What a signature costs: instructions for each block of 64 bytes, and the longest slice of the work. */
import { createHmac } from "node:crypto";
import { DEFAULT_CHOICE, modulesNamed } from "../compile/modules.ts";
import type { Choice } from "../compile/modules.ts";
import { cachedBundle } from "../compile/bundle-cache.ts";
import { callgrindMissing, splitInstructions } from "./callgrind.ts";
import type { Part } from "./figure.ts";
import { FIRMWARE } from "./origin.ts";
import { MARK, programImage, PROLOGUE, short } from "./program.ts";
import { table } from "./table.ts";

const DIGESTS = [
  { name: "md5", title: "MD5", target: 8_000_000 },
  { name: "sha1", title: "SHA-1", target: 12_000_000 },
  { name: "sha256", title: "SHA-256", target: 16_000_000 },
] as const;
const BLOCKS = DIGESTS.map(({ name, title, target }) => ({
  name: `hash-${name}`,
  title: `instructions, one block of 64 bytes, ${title}`,
  target,
  unit: "",
}));
const SLICE = { name: "hash-slice", title: "instructions, longest slice of a signature", target: 8_000_000, unit: "" };

const KEY = "a secret of 32 characters, no more";
const MESSAGE_BYTES = 300;
/** The key's and those of the message, filled up; then the key's again, and the inner result. */
const HASHED_BLOCKS = 1 + Math.ceil((MESSAGE_BYTES + 9) / 64) + 2;
/** Slices that work on no block: one before the first, one after each of the two digests. */
const FIRST = 1;
const OTHER_SLICES = FIRST + 2;

export const hash: Part = {
  name: "hash",
  title: "HMAC in JavaScript",
  figures: [...BLOCKS, SLICE],
  on: "ESPRUINO64, callgrind",
  sources: [...FIRMWARE, "host/image", "host/bench"],
  counts: true,
  missing: ({ espruino64 }) => callgrindMissing(espruino64),
  run: async ({ espruino64, progress }) => {
    const rows: (readonly [string, number, number, number, number])[] = [];
    const values: Record<string, number> = {};
    for (const { name, title } of DIGESTS) {
      progress(title);
      const { begin, steps, perBlock } = await countSteps(espruino64 as string, name);
      const longest = Math.max(begin, ...steps);
      values[`hash-${name}`] = perBlock;
      values[SLICE.name] = Math.max(values[SLICE.name] ?? 0, longest);
      rows.push([title, perBlock, longest, begin, steps.length]);
    }
    return { values, details: table(["digest", "a block", "longest slice", "begin()", `slices of ${HASHED_BLOCKS} blocks`], rows) };
  },
};

interface Steps {
  begin: number;
  steps: number[];
  /** All slices of a block that is neither first nor last. */
  perBlock: number;
}

async function countSteps(binary: string, name: (typeof DIGESTS)[number]["name"]): Promise<Steps> {
  const choice: Choice = { ...DEFAULT_CHOICE, hash: name };
  const [module] = await cachedBundle(choice, modulesNamed(choice, ["hash"]));
  const message = Array.from({ length: MESSAGE_BYTES }, (_, i) => String.fromCharCode(33 + ((i * 7) % 90))).join("");
  const program = `${PROLOGUE}
var hash=require("hash"),r="",m=${JSON.stringify(message)};
function read(o,n){return m.substr(o,n)}
mark();mark();hash.${short("begin")}(${JSON.stringify(KEY)},${message.length},read);mark();
while(!r){mark();r=hash.${short("step")}();mark()}
print("hmac "+r);
E.reboot();`;
  const image = programImage(new Map([["hash", Buffer.from(module?.code ?? "", "latin1")]]), program);
  const { parts, output } = await splitInstructions(binary, image, [MARK]);
  const expected = createHmac(name, KEY).update(message).digest("hex");
  if (!output.includes(`hmac ${expected}`)) throw new Error(`${name}: a wrong signature: ${output.trim()}`);
  const counts = parts.filter((part) => part.end == MARK).map((part) => part.instructions);
  const [, nothing = 0, begin = 0, ...turns] = counts;
  // Before each slice the loop's own part, then the slice.
  const steps = turns.filter((_, i) => i % 2 == 1).map((count) => count - nothing);
  const perSlice = (steps.length - OTHER_SLICES) / HASHED_BLOCKS;
  if (!Number.isInteger(perSlice)) throw new Error(`${name}: ${steps.length} slices for ${HASHED_BLOCKS} blocks`);
  // The second block of the message: nothing begins or ends with it.
  const perBlock = steps.slice(FIRST + 2 * perSlice, FIRST + 3 * perSlice).reduce((sum, count) => sum + count, 0);
  return { begin: begin - nothing, steps, perBlock };
}
