/** Slices out of counted parts: what was said says where they belong, what the module got says what they wrote. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { slicesOf, withCommands } from "../../../host/bench/slices.ts";
import type { Slice } from "../../../host/bench/slices.ts";

const BOOT = "jsfLoadBootCodeFromFlash";
const TURN = "jsiIdle";
const PACKET = "jsiHandleIOEventForSerial";
const PRINT = "jsiConsolePrintStringVar";

function part(end: string, instructions: number, timers = 0, writes = 0): Parameters<typeof slicesOf>[0][number] {
  return { end, instructions, calls: { jsiExecuteEventCallbackArgsArray: timers, jswrap_serial_write: writes } };
}

function slice(phase: string, writes: number): Slice {
  return { phase, next: phase, instructions: 1, packet: false, timers: 0, writes, wrote: [], printed: [] };
}

describe("slices", () => {
  it("end at packets and turns; the start of the program on the PC is none", () => {
    const lines = ["demo 1.0.0", "link: off -> powering (start)", "link: powering -> sim (done)"];
    const parts = [
      ...[part(BOOT, 5000), part(PRINT, 100), part(PRINT, 10), part(TURN, 1)],
      ...[part(PACKET, 7), part(PRINT, 20, 0, 1), part(PACKET, 2), part(TURN, 30, 1)],
      part("", 9),
    ];
    const found = slicesOf(parts, lines);
    assert.deepEqual(
      found.map(({ phase, next, instructions, packet, timers, writes }) => [phase, next, instructions, packet, timers, writes]),
      [
        ["boot", "powering", 111, false, 0, 0],
        ["powering", "powering", 7, false, 0, 0],
        ["powering", "sim", 22, true, 0, 1],
        ["sim", "sim", 30, true, 1, 0],
      ],
    );
    assert.deepEqual(found[0]?.printed, lines.slice(0, 2));
  });

  it("are told by what they wrote, command by command and piece by piece", () => {
    const upload = 'AT+QFUPL="UFS:ca.pem",600,5';
    const life = [slice("powering", 9), slice("setting-up", 1), slice("securing", 2), slice("securing", 2), slice("online", 1)];
    const commands = ["AT", "ATE0", "AT+CMEE=1", upload, 'AT+QMTPUBEX=0,3,1,0,"t",36'];
    const named = withCommands(life, commands).map((one) => one.wrote);
    assert.deepEqual(named, [[], ["AT+CMEE=1"], [upload, "data of AT+QFUPL"], ["data of AT+QFUPL", "data of AT+QFUPL"], [commands[4]]]);
  });

  it("stay without names in a life that wrote more than the module heard", () => {
    const life = [slice("powering", 1), slice("setting-up", 3), slice("waiting", 0), slice("powering", 2), slice("setting-up", 1)];
    const named = withCommands(life, ["ATE0", "AT+CMEE=1", "ATE0", "AT+GSN"]).map((one) => one.wrote);
    assert.deepEqual(named, [[], [], [], [], ["AT+GSN"]]);
  });
});
