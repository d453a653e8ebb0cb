/**
 * The genuine interpreter is killed at random moments while it updates itself again and again, and started anew, as a supply that comes and goes does it. Its Linux port
 * knows no watchdog and ends where a board restarts: the supervisor here plays both. `KILLS=500` kills so often (a quarter of an hour); by default it is a sample.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { LINUX_REGION } from "../../host/flash-model/flash.ts";
import { buildImage } from "../../host/image/storage.ts";
import { SKIP } from "../support/interpreter.ts";
import { packageOf } from "./package.ts";
import { FROM_FILES, live, offerIn, slotsIn } from "./life.ts";
import { application, core, slotBoardFiles } from "./slot-board.ts";

const KILLS = Number(process.env["KILLS"] ?? 12);
const SEED = Number(process.env["SEED"] ?? 1);
/** An update takes about two seconds here, restart included. */
const LONGEST_MS = 2500;
/** The watchdog: so long nothing is printed. */
const WATCHDOG_MS = 30_000;

/** Park and Miller's. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
}

describe("killed at random moments", { skip: SKIP }, () => {
  it(`${KILLS} times: each start runs a whole image, and updates go on`, { timeout: 3_600_000 }, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "espruino-kills-"));
    const random = randomOf(SEED);
    try {
      const files = await slotBoardFiles({ region: LINUX_REGION }, (n) => core(n, FROM_FILES));
      writeFileSync(join(folder, "espruino.flash"), buildImage(files, LINUX_REGION));
      let kills = 0;
      let updates = 0;
      let given = 0;
      const names = new Set(["one"]);
      const slots = (): ReturnType<typeof slotsIn> => slotsIn(folder);

      for (let version = 1; kills < KILLS; version++) {
        const name = `v${version}`;
        names.add(name);
        const content = packageOf({ version: `1.0.${version}`, files: { app: application(name) + " ".repeat(2000) } });
        offerIn(folder, `1.0.${version}`, content);
        /** It may be given up when the supply fails in three trials, and is not offered again then. */
        const done = (): boolean =>
          slots().some((slot) => slot.version == `1.0.${version}` && (slot.confirmed || slot.trials >= 3 || slot.givenUp));
        for (let life = 0; !done(); life++) {
          assert.ok(life < 60, `1.0.${version} does not get through`);
          const isLast = kills >= KILLS;
          const { lines, killed } = await live(folder, isLast ? WATCHDOG_MS : 100 + random() * LONGEST_MS, null);
          if (killed) kills++;
          assert.ok(!lines.some((line) => line.startsWith("no image") || line.includes("corrupt")), lines.join("\n"));
          for (const line of lines) if (line.startsWith("runs ")) assert.ok(names.has(line.split(" ")[1] as string), line);
        }
        if (slots().some((slot) => slot.version == `1.0.${version}` && slot.confirmed)) updates++;
        else given++;
      }
      const { lines } = await live(folder, WATCHDOG_MS, /said ~\/ota\/get /);
      const [best] = slots()
        .filter((slot) => slot.confirmed && !slot.givenUp)
        .sort((a, b) => b.nr - a.nr);
      const running = best ? `v${best.version.split(".")[2]}` : "one";
      assert.ok(
        lines.some((line) => line.startsWith(`runs ${running} at`)),
        lines.join("\n"),
      );
      t.diagnostic(`killed ${kills} times: ${updates} updates confirmed, ${given} given up after three cut trials`);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
