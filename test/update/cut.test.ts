/**
 * The power fails at every state of the flash that an update goes through: between two operations, in the middle of a byte, in a page half erased. `CUT_STEP=1` takes
 * each state (some minutes for each board), by default every 97th is taken.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";
import { loadBoard } from "../../host/config/board.ts";
import type { FlashOperation, Region } from "../../host/flash-model/flash.ts";
import { statesOf } from "../../host/flash-model/power.ts";
import { packageOf } from "./package.ts";
import { application, makeSlotBoard, slotStates } from "./slot-board.ts";
import type { Offer, SlotBoard } from "./slot-board.ts";

const STEP = Number(process.env["CUT_STEP"] ?? 97);
/** Pages of 1 and of 4 KiB; chains in one page of 64 KiB and in two of 128 KiB. */
const BOARDS = ["linux", "esp32", "espruino-wifi", "wio-lte"];
/** An image that does not prove itself has three trials of a quarter of an hour, and what was cut is done again. */
const LIMIT_S = 3 * 3600;

function regionOf(board: string): Region {
  const { address, pageSize, pages } = loadBoard(board).storage;
  return { address: Number(address), pageSize, pages };
}

function offerOf(version: string, files: Record<string, string>): Offer {
  return { version, content: packageOf({ version, files }) };
}

const SECOND = offerOf("1.0.1", { app: application("two") + " ".repeat(900), extra: "exports.more=1;" });
const OLD = offerOf("1.0.0.1", { app: application("zero") + " ".repeat(2000), extra: "exports.more=0;" });
const THIRD = offerOf("1.0.2", { app: application("three") + " ".repeat(300) });
const BAD = offerOf("1.0.2", { app: application("three", false) + " ".repeat(300) });

interface Scenario {
  title: string;
  /** Done before, without a cut. */
  before: Offer[];
  offer: Offer;
  /** What runs in the end. */
  ends: string;
  /** What the cloud has heard of it by then. */
  hears: string;
  /** What may run on the way. */
  runs: string[];
}

const SCENARIOS: Scenario[] = [
  { title: "the first update", before: [], offer: SECOND, ends: "two", hears: '"version":"1.0.1"', runs: ["one", "two"] },
  {
    title: "an update over an older one",
    before: [OLD, SECOND],
    offer: THIRD,
    ends: "three",
    hears: '"version":"1.0.2"',
    runs: ["two", "three"],
  },
  { title: "an image that is not well", before: [OLD, SECOND], offer: BAD, ends: "two", hears: '"step":"-1"', runs: ["two", "three"] },
];

interface Moment {
  flash: Buffer;
  operation: FlashOperation;
}

/** `heard`: since the power came back; what was heard before the cut counts, too. */
function finish(unit: SlotBoard, { ends, hears, offer, runs }: Scenario, heard: boolean): void {
  const slots = (): ReturnType<typeof slotStates> => slotStates(unit.board).sort((a, b) => b.nr - a.nr);
  const done = (): boolean => {
    const [newest] = slots();
    if (!newest || newest.version != offer.version) return false;
    if (!heard && !unit.said.some((one) => one.includes(hears))) return false;
    return (
      unit.lines
        .filter((line) => line.startsWith("runs "))
        .at(-1)
        ?.startsWith(`runs ${ends} `) === true && (ends == "two" && runs.includes("three") ? newest.told : newest.confirmed)
    );
  };
  unit.until(done, LIMIT_S);
  const state = JSON.stringify({ lines: unit.lines, said: unit.said.slice(-6), slots: slots() }, null, 1);
  assert.ok(done(), `not done: ${state}`);
  assert.ok(!unit.lines.some((line) => line.startsWith("no image")), `no image: ${state}`);
  for (const line of unit.lines)
    if (line.startsWith("runs ")) assert.ok(runs.includes(line.split(" ")[1] as string), `something else ran: ${state}`);
  // Whatever is confirmed and would run is whole.
  const [best] = slots().filter((slot) => slot.confirmed && !slot.givenUp);
  assert.ok(!best || best.whole, `confirmed, but not whole: ${state}`);
}

function sha1(bytes: Buffer): string {
  return createHash("sha1").update(bytes).digest("base64");
}

for (const name of BOARDS) {
  describe(`the power fails: ${name}`, () => {
    for (const scenario of SCENARIOS)
      it(scenario.title, { timeout: 3_600_000 }, async (t) => {
        let moments: Moment[] | null = null;
        const region = regionOf(name);
        const unit = await makeSlotBoard({
          region,
          onFlash: (operation) => {
            moments?.push({ flash: Buffer.from(unit.board.storage.flash.bytes), operation });
            return undefined;
          },
        });
        for (const offer of scenario.before) {
          unit.offer = offer;
          unit.power();
          assert.ok(unit.until(() => slotStates(unit.board).some((slot) => slot.confirmed && slot.version == offer.version), 600));
          unit.until(() => false, 60);
        }
        unit.offer = scenario.offer;
        unit.power();
        const seen: Moment[] = [];
        moments = seen;
        finish(unit, scenario, false);
        moments = null;

        const states = new Set<string>();
        let taken = 0;
        for (const { flash, operation } of seen) {
          const offset = operation.address - region.address;
          for (const left of statesOf(operation)) {
            left.copy(flash, offset);
            const key = sha1(flash);
            if (states.has(key)) continue;
            states.add(key);
            if (states.size % STEP) continue;
            taken++;
            unit.board.kill();
            unit.clock.advanceSync(1000);
            flash.copy(unit.board.storage.flash.bytes);
            const heard = slotStates(unit.board).some((slot) => slot.told);
            unit.power();
            finish(unit, scenario, heard);
          }
        }
        t.diagnostic(`${name}, ${scenario.title}: ${seen.length} operations, ${states.size} states of the flash, power failed at ${taken}`);
      });
  });
}
