/** Images that do not work, on the genuine interpreter: the device is back on the old one after three trials, and says so. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { LINUX_REGION } from "../../host/flash-model/flash.ts";
import { buildImage } from "../../host/image/storage.ts";
import { SKIP } from "../support/interpreter.ts";
import { FROM_FILES, live, offerIn, slotsIn } from "./life.ts";
import { packageOf } from "./package.ts";
import { core, slotBoardFiles } from "./slot-board.ts";

/** The watchdog: a board's has 25 s. */
const SILENT_MS = 6000;

const BROKEN: [string, string][] = [
  ["throws at once", "nothing();"],
  ["is no program", "exports.name=((("],
  ["hangs", "while(true);"],
  ["runs out of memory", "var all=[];while(true)all.push(new Uint8Array(1000));"],
];

describe("an image that does not work, on the interpreter", { skip: SKIP }, () => {
  for (const [what, app] of BROKEN)
    it(what, { timeout: 300_000 }, async () => {
      const folder = mkdtempSync(join(tmpdir(), "espruino-broken-"));
      try {
        const files = await slotBoardFiles({ region: LINUX_REGION }, (n) => core(n, FROM_FILES));
        writeFileSync(join(folder, "espruino.flash"), buildImage(files, LINUX_REGION));
        offerIn(folder, "1.0.1", packageOf({ files: { app } }));
        const all: string[] = [];
        for (let life = 0; life < 8 && !all.some((line) => line.includes('"desc":"not confirmed in 3 boots"')); life++)
          all.push(...(await live(folder, SILENT_MS, /"desc":"not confirmed in 3 boots"/, SILENT_MS)).lines);
        const text = all.join("\n");
        assert.match(text, /"desc":"not confirmed in 3 boots"/);
        assert.equal(slotsIn(folder)[0]?.trials, 3, text);
        assert.match(all.filter((line) => line.startsWith("runs ")).at(-1) as string, /^runs one at 0/);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });
});
