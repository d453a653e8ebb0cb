/**
 * The image on the genuine interpreter, booted from flash: emulated EC20 on a pseudo-terminal, real TLS, real broker, real time.
 * Runs when `ESPRUINO` names the interpreter.
 */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createRig, type InterpreterRig } from "../../host/rig/rig.ts";
import { RealClock } from "../../host/time/clock.ts";
import { INTERPRETER, SKIP } from "../support/interpreter.ts";

/** DESIGN: variables in use when online and idle, on a board with 5,450. */
const MOST_VARIABLES = 1500;
/** Real milliseconds, on a busy machine. */
const LIMIT_MS = 60_000;

describe("on the interpreter", { skip: SKIP }, () => {
  const lines: string[] = [];
  let rig: InterpreterRig;

  async function comes(payload: string | Buffer): Promise<void> {
    await rig.until(() => rig.received.some((one) => one.payload.includes(payload)), LIMIT_MS, "a message");
  }

  before(async () => {
    rig = await createRig({
      clock: new RealClock(),
      board: { interpreter: INTERPRETER as string },
      modem: { chunk: 17, noise: true },
      product: { app: { telemetryS: 3600 } },
      on: { restart: () => lines.push("restarted") },
    });
    rig.board.boot();
  });
  after(() => rig.close());

  it("gets online from the power key, in chunks and noise, with room in memory", async (t) => {
    const online = await rig.waitFor(/^online: \d+\/\d+ variables$/, LIMIT_MS);
    t.diagnostic(online);
    assert.ok(parseInt(online.slice(8)) <= MOST_VARIABLES, online);
    await comes('"seq":1');
  });

  for (const [name, payload] of [
    ["Chinese text", Buffer.from('{"温度":"25℃，湿度：60％"}')],
    ["every byte", Buffer.concat([Buffer.from("["), Buffer.from(Array.from({ length: 256 }, (_, i) => i)), Buffer.from("]")])],
    ["1,500 bytes", Buffer.concat([Buffer.from("["), Buffer.alloc(1474, "\r\nOK\r\n> "), Buffer.from("]")])],
  ] as const) {
    it(`carries ${name} unharmed both ways`, async () => {
      await rig.operator.publish(rig.topic("down"), payload);
      await comes(payload);
    });
  }

  it("comes back from a module that restarted", async () => {
    rig.modem.control({ fault: "reboot" });
    await rig.waitFor(/^error: module-rebooted/, LIMIT_MS);
    await rig.waitFor(/-> online/, LIMIT_MS);
    await rig.operator.publish(rig.topic("down"), '{"back":1}');
    await comes('{"back":1}');
    assert.deepEqual(lines, [], rig.lines.join("\n"));
  });
});
