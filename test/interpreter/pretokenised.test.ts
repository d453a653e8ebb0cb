/**
 * The pretokenised image on the genuine interpreter: signed on the device, online, a message in and one out. Runs when
 * `ESPRUINO` names the interpreter.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { startDevice } from "../../host/bench/device.ts";
import { INTERPRETER, SKIP, evaluate } from "../support/interpreter.ts";

const LIMIT_MS = 120_000;

describe("a pretokenised image", { skip: SKIP }, () => {
  it("gets online and carries every byte both ways", { timeout: 2 * LIMIT_MS }, async (t) => {
    const [version] = await evaluate(["process.version"]);
    if (!/^"2v29/.test(version as string)) return t.skip(`tokens of 2v29 mean something else on ${version as string}`);
    // No digests of its own: the one in JavaScript is put to work as well.
    const device = await startDevice({ binary: INTERPRETER as string, hashes: [], pretokenise: "2v29" });
    try {
      t.diagnostic(await device.line(/^online: \d+\/\d+ variables$/, LIMIT_MS));
      await device.until(() => device.received.some((payload) => payload.includes('"seq":1')), LIMIT_MS, "the first publish");
      const all = Buffer.concat([Buffer.from("["), Buffer.from(Array.from({ length: 256 }, (_, i) => i)), Buffer.from("]")]);
      await device.send(all);
      await device.until(() => device.received.some((payload) => payload.includes(all)), LIMIT_MS, "the answer");
      const from = device.lines.length;
      await device.kick();
      await device.line(/^error: connection-lost: /, LIMIT_MS, from);
      await device.line(/-> online/, LIMIT_MS, from);
      assert.ok(!device.lines.includes("restarted"));
    } finally {
      await device.close();
    }
  });
});
