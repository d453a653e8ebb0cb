/** The board in Node: boots, restarts, loses bytes and throws as the interpreter does. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { cutAfter, tearOperation } from "../../../host/flash-model/power.ts";
import { VirtualClock } from "../../../host/time/clock.ts";
import { NodeBoard } from "../../../host/board/board.ts";
import { BoardTimers } from "../../../host/board/timers.ts";
import type { NodeBoardOptions } from "../../../host/board/board.ts";

interface Rig {
  board: NodeBoard;
  clock: VirtualClock;
  lines: string[];
  sent: { at: number; text: string; baud: number }[];
  pins: [string, number][];
}

function rig(boot: string, files: Record<string, string> = {}, options: Partial<NodeBoardOptions> = {}): Rig {
  const clock = new VirtualClock();
  const lines: string[] = [];
  const sent: Rig["sent"] = [];
  const pins: Rig["pins"] = [];
  const all = { ".bootcde": boot, ...files };
  const board = new NodeBoard({
    clock,
    files: new Map(Object.entries(all).map(([name, text]) => [name, Buffer.from(text, "latin1")])),
    uarts: { Serial1: { write: (bytes, baud) => void sent.push({ at: clock.now(), text: bytes.toString("latin1"), baud }) } },
    pins: { onWrite: (pin, level) => void pins.push([pin, level]), read: (pin) => (pin == "D5" ? 1 : 0) },
    print: (line) => lines.push(line),
    ...options,
  });
  board.boot();
  return { board, clock, lines, sent, pins };
}

const LISTEN = 'Serial1.setup(115200,{});Serial1.on("data",function(d){print(d.length)});';

describe("boot", () => {
  it("runs .bootPowerOn, .boot0 to .boot3, then .bootrst instead of .bootcde, then init", () => {
    const say = (text: string): string => `print("${text}")`;
    const { lines } = rig(say("code"), {
      ".bootrst": `E.on("init",function(){print("init")});${say("reset code")}`,
      ".boot3": say("3"),
      ".boot0": say("0"),
      ".bootPowerOn": say("on"),
    });
    assert.deepEqual(lines, ["on", "0", "3", "reset code", "init"]);
  });

  it("goes on after a file that throws, and prints where", () => {
    const { lines } = rig('print("on we go")', { ".boot0": "\nthrow new Error('oops')" });
    assert.deepEqual(lines, ["Uncaught Error: oops", " at .boot0:2:7", "on we go"]);
  });

  it("hides what the interpreter does not have", () => {
    const names = [
      "Map",
      "Set",
      "Symbol",
      "BigInt",
      "Buffer",
      "structuredClone",
      "WebAssembly",
      "Array.from",
      "Object.freeze",
      "Number.isInteger",
    ];
    const { lines } = rig(
      `print([${names.map((name) => `typeof ${name}`).join(",")}, typeof [].flat, typeof "".at, typeof E.hwRand].join())`,
    );
    assert.equal(lines[0], `${"undefined,".repeat(names.length + 2)}function`);
  });
});

describe("the flash of a board", () => {
  const region = { address: 0x8010000, pageSize: 4096, pages: 4 };
  const WRITER = `print(require("Storage").list().join());for(var i=0;i<3;i++)try{require("Storage").write("n"+i,"12345678")}catch(e){print(e)}print("end");`;

  it("has the pages that it is given, and keeps what is written over restarts", () => {
    const { board, lines } = rig(
      'var p=require("Flash").getPage(0x8011234);print(p.addr-0x8010000,p.length,require("Storage").getStats().totalBytes);require("Storage").write("n","1")',
      {},
      { region },
    );
    assert.deepEqual(lines, ["4096 4096 16384"]);
    board.boot();
    assert.equal(board.storage.read("n")?.toString(), "1");
  });

  it("is erased at the start when the Storage is corrupt, loader included", () => {
    const { board, lines } = rig('print("booted")', { big: "x".repeat(5000), next: "x".repeat(5000) }, { region });
    board.storage.flash.erasePage(region.address + 4096);
    board.boot();
    assert.deepEqual(lines, ["booted", "Storage is corrupt.", "Erasing Storage Area...", "Erase complete."]);
    assert.deepEqual(board.storage.list(), []);
  });

  it("stops the program where the power fails, whatever that catches", () => {
    const cut = cutAfter(3, (operation) => tearOperation(operation, 4));
    const { board, lines, clock } = rig(`setTimeout(function(){print("late")},10);${WRITER}`, {}, { region, onFlash: cut });
    assert.equal(board.info().running, false);
    assert.equal(clock.pending, 0);
    board.boot();
    assert.deepEqual(lines, [".bootcde", ".bootcde,n0,n1", "end"]);
    assert.equal(board.storage.read("n1")?.toString(), "12345678");
  });

  it("may lose its power while a corrupt Storage is erased", () => {
    let isOn = false;
    const { board } = rig(
      "print()",
      { big: "x".repeat(5000), next: "x".repeat(5000) },
      { region, onFlash: ({ after }) => (isOn ? after : undefined) },
    );
    board.storage.flash.erasePage(region.address + 4096);
    isOn = true;
    board.boot();
    assert.equal(board.info().running, false);
    isOn = false;
    board.boot();
    assert.equal(board.info().running, true);
  });
});

describe("modules", () => {
  it("are Storage files, evaluated once until they are dropped", () => {
    const { lines, board } = rig(
      'print(require("m").n, require("m").n); Modules.removeCached("m"); print(require("m").n, Modules.getCached());',
      { m: "global.count=(global.count||0)+1; exports.n=count; exports.self=this===exports" },
    );
    assert.deepEqual(lines, ["1 1", '2 [ "m" ]']);
    assert.deepEqual(board.info().modules, ["m"]);
  });

  it("that are not there or not loaded throw", () => {
    const { lines } = rig('try{require("nope")}catch(e){print(e, e instanceof Error)} try{Modules.removeCached("nope")}catch(e){print(e)}');
    assert.deepEqual(lines, ['Error: Module "nope" not found true', 'Error: Module "nope" not found']);
  });
});

describe("a UART", () => {
  it("delivers 1 byte, then up to 63", () => {
    const { board, clock, lines } = rig(LISTEN);
    board.uartInput("Serial1", Buffer.alloc(150));
    assert.deepEqual(lines, [], "not before the program's slice is over");
    clock.advanceSync(0);
    assert.deepEqual(lines.map(Number), [1, 63, 63, 23]);
  });

  it("sends at the speed of the wire", () => {
    const { clock, sent } = rig('Serial1.setup(9600,{});Serial1.write("abc");Serial1.write("d")');
    clock.advanceSync(100);
    assert.deepEqual(
      sent.map(({ at, text }) => [Math.round(at * 1000), text]),
      [
        [3125, "abc"],
        [4167, "d"],
      ],
    );
  });

  it("holds 986 bytes while the program computes, and loses the rest with a flag", () => {
    const { board, clock, lines } = rig(`${LISTEN}E.on("errorFlag",function(f){print(f[0])});`);
    board.stall(200);
    for (let i = 0; i < 110; i++) {
      board.uartInput("Serial1", Buffer.alloc(10));
      clock.advanceSync(1);
    }
    clock.advanceSync(300);
    assert.equal(
      lines.filter((line) => Number(line)).reduce((sum, line) => sum + Number(line), 0),
      986,
    );
    assert.equal(lines.filter((line) => line == "FIFO_FULL").length, 1);
  });

  it("keeps 512 bytes without a listener, for the one that comes", () => {
    const { board, clock, lines } = rig(
      'Serial1.setup(115200,{});setTimeout(function(){print(E.getErrorFlags());Serial1.on("data",function(d){print(d.length)})},500)',
    );
    board.uartInput("Serial1", Buffer.alloc(600));
    clock.advanceSync(1000);
    assert.deepEqual(lines, ['[ "BUFFER_FULL" ]', "512"]);
  });

  it("hears nothing before it is set up", () => {
    const { board, clock, lines } = rig('Serial1.on("data",print)');
    board.uartInput("Serial1", Buffer.from("x"));
    clock.advanceSync(10);
    assert.deepEqual(lines, []);
  });

  it("passes every byte unharmed both ways", () => {
    const { board, clock, sent } = rig('Serial1.setup(9600,{});Serial1.on("data",function(d){Serial1.write(d)})');
    const all = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    board.uartInput("Serial1", all);
    clock.advanceSync(2000);
    assert.equal(sent.map((piece) => piece.text).join(""), all.toString("latin1"));
    assert.equal(sent[0]?.baud, 9600);
  });

  it("takes source text byte by byte", () => {
    const { clock, sent } = rig(`Serial1.setup(9600,{});Serial1.write("${Buffer.from("温度").toString("latin1")}")`);
    clock.advanceSync(100);
    assert.equal(Buffer.from(sent[0]?.text ?? "", "latin1").toString(), "温度");
  });
});

describe("callbacks", () => {
  it("that throw do not stop the board", () => {
    const { clock, lines } = rig("var n=0;setInterval(function(){n++;if(n==2)throw new Error('two');print(n)},100)");
    clock.advanceSync(350);
    assert.deepEqual(lines, ["1", "Uncaught Error: two", " at .bootcde:1:50", "3"]);
  });

  it("that throw are told to process.on instead", () => {
    const { lines, clock } = rig(
      'process.on("uncaughtException",function(e){print("caught "+e)});setTimeout(function(){throw new Error("x")},1)',
    );
    clock.advanceSync(5);
    assert.deepEqual(lines, ["caught Error: x"]);
  });

  it("of an interval are made up for when they were late", () => {
    const { board, clock, lines } = rig('setInterval(function(){print("t")},100)');
    board.stall(350);
    clock.advanceSync(400);
    assert.equal(lines.length, 4);
  });
});

describe("timers", () => {
  it("run in order, can be changed and cleared, and refuse undefined", () => {
    const { clock, lines, board } = rig(
      'setTimeout(print,20,"b");setTimeout(print,10,"a");var i=setInterval(function(){print("i");clearInterval(i)},5);changeInterval(i,15);' +
        "try{clearTimeout(undefined)}catch(e){print(e)}",
    );
    clock.advanceSync(100);
    assert.deepEqual(lines, ["Error: clearTimeout(undefined) not allowed. Use clearTimeout() instead", "a", "i", "b"]);
    assert.equal(board.info().timers, 0);
  });
});

describe("an interval", () => {
  it("that took too long is made up for at once", () => {
    const clock = new VirtualClock();
    const timers = new BoardTimers(clock);
    const turns: number[] = [];
    timers.add(
      () => {
        turns.push(clock.now());
        if (turns.length == 1) clock.advanceSync(250);
      },
      100,
      true,
    );
    clock.advanceSync(400);
    assert.deepEqual(turns, [100, 350, 350, 400]);
  });
});

describe("a restart", () => {
  it("by E.reboot ends the running code at once and starts afresh, with the Storage kept", () => {
    const code =
      'var s=require("Storage");var n=+(s.read("n")||0);print("start",n,typeof left);global.left=1;if(n<2){s.write("n",""+(n+1));E.reboot();print("never")}';
    const { board, clock, lines } = rig(code);
    clock.advanceSync(10);
    assert.deepEqual(lines, ["start 0 undefined", "start 1 undefined", "start 2 undefined"]);
    assert.equal(board.restarts, 2);
  });

  it("cannot be caught by the program", () => {
    const { clock, sent } = rig(
      'Serial1.setup(9600,{});var s=require("Storage");if(!s.read("n")){s.write("n","1");try{E.reboot()}catch(e){Serial1.write("still here")}}',
    );
    clock.advanceSync(100);
    assert.deepEqual(sent, []);
  });

  it("comes from a watchdog that nobody kicks", () => {
    const { board, clock } = rig("E.enableWatchdog(2,false);var n=0;setInterval(function(){if(n++<5)E.kickWatchdog()},1000)");
    clock.advanceSync(6900);
    assert.equal(board.restarts, 0);
    clock.advanceSync(300);
    assert.equal(board.restarts, 1);
  });

  it("does not come from a watchdog that the idle loop kicks", () => {
    const { board, clock } = rig("E.enableWatchdog(2)");
    clock.advanceSync(10_000);
    assert.equal(board.restarts, 0);
  });

  it("by kill leaves no timer behind", () => {
    const { board, clock } = rig(`${LISTEN}E.enableWatchdog(5,false);setInterval(print,10);setTimeout(print,1000);Serial1.write("abc")`);
    board.uartInput("Serial1", Buffer.alloc(300));
    board.kill();
    assert.equal(clock.pending, 0);
    assert.equal(board.info().running, false);
  });
});

describe("pins", () => {
  it("are written by name, as object and as a Linux path, and read", () => {
    const { pins, lines } = rig(
      'digitalWrite(D18,1);digitalWrite(new Pin("D18"),0);require("fs").writeFileSync("/gpio/1","1");print(digitalRead(D5),digitalRead(D6),""+D5);' +
        'try{digitalWrite("Q1",1)}catch(e){print(e)}',
    );
    assert.deepEqual(pins, [
      ["D18", 1],
      ["D18", 0],
      ["/gpio/1", 1],
    ]);
    assert.deepEqual(lines, ["1 0 D5", "Error: Invalid pin!"]);
  });

  it("are watched, with debounce", () => {
    const { board, clock, lines } = rig(
      'setWatch(function(e){print(e.state,""+e.pin)},D7,{repeat:true,edge:"rising"});setWatch(function(e){print("d",e.state)},D8,{repeat:true,debounce:20})',
    );
    board.pinInput("D7", 1);
    board.pinInput("D7", 0);
    board.pinInput("D7", 1);
    for (const level of [1, 0, 1] as const) {
      board.pinInput("D8", level);
      clock.advanceSync(5);
    }
    clock.advanceSync(100);
    board.pinInput("D8", 0);
    board.pinInput("D8", 1);
    clock.advanceSync(100);
    assert.deepEqual(lines, ["true D7", "true D7", "d true"]);
  });
});

describe("text", () => {
  it("is bytes: JSON cuts and escapes as the interpreter does", () => {
    const { lines } = rig(
      'print(JSON.stringify("\\xe4\\x7f"), JSON.parse("\\"\\\\u4e2d\\\\\\\\u4e2d\\"").length, String.fromCharCode(0x4e2d).charCodeAt(0))',
    );
    assert.equal(lines[0], '"\\u00E4\\u007F" 7 45');
  });

  it("of typed arrays goes through E.toString and back", () => {
    const { lines } = rig(
      "print(E.toString(new Uint8Array([65,66,200])).charCodeAt(2), E.toUint8Array('AB')[1], E.toUint8Array('AB') instanceof Uint8Array)",
    );
    assert.equal(lines[0], "200 66 true");
  });
});

describe("random numbers", () => {
  it("repeat with the seed", () => {
    const code = "print(Math.random(),E.hwRand())";
    assert.deepEqual(rig(code, {}, { seed: 7 }).lines, rig(code, {}, { seed: 7 }).lines);
    assert.notDeepEqual(rig(code, {}, { seed: 7 }).lines, rig(code, {}, { seed: 8 }).lines);
  });
});
