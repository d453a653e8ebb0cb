/** Callgrind's file, cut at marks; and a genuine count, where there is a 64-bit interpreter and valgrind. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { callgrindMissing, readParts, splitInstructions } from "../../../host/bench/callgrind.ts";
import { MARK, markStatements, countPerTurn, programImage, PROLOGUE } from "../../../host/bench/program.ts";

/** What callgrind 3.19 writes, shortened: names are numbered where they come first, costs of calls are not the caller's own. */
const FILE = `# callgrind format
version: 1
creator: callgrind-3.19.0
pid: 1
part: 1
thread: 1
desc: Trigger: --dump-before=jsiIdle
positions: line
events: Ir
fl=(1) main.c
fn=(1) jsiIdle
10 300
cfn=(2) jswrap_serial_write
calls=2 0
+3 150
fn=(2)
20 90
fn=(3) jshGetCharToTransmit
30 60
totals: 450

part: 2
thread: 1
desc: Trigger: Program termination
fn=(1)
10 5
cfn=(2)
calls=1 0
* 7
fn=(3)
* 4
totals: 16

part: 2
thread: 2
desc: Trigger: Program termination
fn=(3)
30 9999
cfn=(2)
calls=9 0
* 7
totals: 9999
`;

const BINARY = process.env["ESPRUINO64"];

describe("callgrind's file", () => {
  it("is read in parts: main thread only, without the time spent waiting for the transmitter", () => {
    assert.deepEqual(readParts(FILE), [
      { end: "jsiIdle", instructions: 390, calls: { jswrap_serial_write: 2 } },
      { end: "", instructions: 12, calls: { jswrap_serial_write: 1 } },
    ]);
  });

  it("gives the mean of each statement, without the mark", () => {
    // A turn: the loop, nothing, two statements.
    const turn = [70, 10, 110, 15];
    const parts = [999, ...turn, ...turn.map((n) => n + (n > 100 ? 2 : 0))].map((instructions) => ({ end: MARK, instructions, calls: {} }));
    assert.deepEqual(countPerTurn(parts, 2, 2), [101, 5]);
    assert.throws(() => countPerTurn(parts, 2, 3), /9 marks were counted, 12 expected/);
  });

  it("comes from a genuine interpreter", { skip: callgrindMissing(BINARY) || false, timeout: 120_000 }, async () => {
    const program = `${PROLOGUE}var x=0;for(var i=0;i<4;i++){${markStatements(["x=x+1;", "x=x+1;x=x+1;x=x+1;"])}}print("x "+x);E.reboot();`;
    const { parts, output } = await splitInstructions(BINARY as string, programImage(new Map(), program), [MARK]);
    assert.match(output, /x 16/);
    const [one = 0, three = 0] = countPerTurn(parts, 2, 3);
    // espruino.md, section 3: 8 k instructions.
    assert.ok(one > 4000 && one < 20_000, `${one}`);
    assert.ok(three > 2.5 * one && three < 3.5 * one, `${three}`);
  });
});
