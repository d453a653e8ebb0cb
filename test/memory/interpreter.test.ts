/**
 * The image on the genuine interpreter loses its connection fifty times and gets it back: it must hold as many variables as before.
 * The emulated module answers at once, waits are shortened, and the clock is put on, so that each connection counts as proven and
 * the ladder stays at its foot.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { startDevice } from "../../host/bench/device.ts";
import { usage, withoutUpdates } from "../../host/bench/memory.ts";
import { INTERPRETER, SKIP } from "../support/interpreter.ts";

const RECONNECTS = 50;
/** Longer than a connection must stand to count as proven, shorter than a heartbeat. */
const PROVEN_S = 61;
const LONGEST_WAIT_MS = 20;
/** Message ids of three digits instead of one, in the last command and its answer. One variable lost each time would be fifty. */
const DIGITS = 5;
const LIMIT_MS = 60_000;
/** The least between two looks at deadlines: whatever waits for the next one has run by then. */
const QUIET_MS = 300;

/** Limits of states and scripts (90 and 400 s) stay as they are: they would end what they watch. */
const LIMITS_MS = 60_000;

/** Runs before the firmware: natives of the same name are not found any more. */
const FAST = `var skew=0,longest=1e9,now0=getTime,later0=setTimeout;
global.getTime=function(){return now0()+skew};
global.setTimeout=function(f,ms){return later0(f,ms<${LIMITS_MS}?Math.min(ms,longest):ms)};`;

describe("memory on the interpreter", { skip: SKIP }, () => {
  it(`is the same after ${RECONNECTS} lost connections`, { timeout: 600_000 }, async (t) => {
    const device = await startDevice({
      binary: INTERPRETER as string,
      cloud: "broker",
      change: (files) => files.set(".boot0", Buffer.from(FAST)),
    });
    try {
      await device.line(/-> online/, LIMIT_MS);
      await withoutUpdates(device);
      // Before, keys of the module must be held as long as they must.
      device.type(`longest=${LONGEST_WAIT_MS}`);
      const reconnect = async (): Promise<void> => {
        const from = device.lines.length;
        const published = device.received.length;
        device.type(`skew+=${PROVEN_S}`);
        await device.kick();
        await device.line(/-> online/, LIMIT_MS, from);
        await device.until(() => device.received.length > published, LIMIT_MS, "a publish");
        await sleep(QUIET_MS);
      };
      // The first one may leave what every later one uses again.
      await reconnect();
      const before = await usage(device);
      for (let i = 0; i < RECONNECTS; i++) await reconnect();
      const after = await usage(device);
      t.diagnostic(`${before} variables before, ${after} after`);
      assert.ok(after <= before + DIGITS, `${before} variables before, ${after} after`);
      assert.equal(device.lines.filter((line) => line.includes("-> online")).length, RECONNECTS + 2);
      assert.ok(!device.lines.includes("restarted"));
      assert.ok(device.lines.every((line) => !/next attempt/.test(line) || line.endsWith("(mqtt)")));
    } finally {
      await device.close();
    }
  });
});
