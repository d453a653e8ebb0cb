import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { boardMistakes } from "../../../host/config/board-checks.ts";
import { boardNames, bootPreamble, loadBoard, wiredBoard } from "../../../host/config/board.ts";
import { promiseOf } from "../../../host/image/slots.ts";
import { largestFirmware, loadBudget } from "../../../host/compile/budget.ts";

type Change = (board: ReturnType<typeof loadBoard>) => void;

/** The mistakes of a good file in which something is changed. */
function broken(name: string, change: Change): string[] {
  const board = structuredClone(loadBoard(name));
  change(board);
  return boardMistakes(board);
}

describe("the board files", () => {
  it("are those that the project promises, and say which are tested", () => {
    const tested = boardNames().filter((name) => loadBoard(name).support == "tested");
    assert.deepEqual(tested, ["esp32", "espruino-wifi", "linux", "wio-lte"]);
    const untested = boardNames().filter((name) => !tested.includes(name));
    assert.deepEqual(untested, ["esp32c3", "esp32s3", "nucleof411re", "pico", "stm32f4discovery"]);
  });

  for (const name of boardNames()) {
    it(`${name} is complete and agrees with itself`, () => {
      const board = loadBoard(name);
      const modem = board.uarts.find((uart) => uart.name == board.modem.uart);
      assert.match(modem?.use ?? "", /modem/);
      // A reference is one of 8,191 variables in 13 bytes, or of 16,383 in 14.
      assert.equal(board.variables.bytes, board.variables.count > 8191 ? 14 : 13);
      const { releases, builds } = board.interpreter;
      assert.ok(releases.every((release) => release == "2v25") && builds == "2v29.96", "what the tests run on, and what has no fault");
      assert.equal(board.flashing.methods.at(-1)?.by, "console", "the way that needs no tool");
      if (board.modem.levelShifter == "needed") assert.ok(board.warnings.some(({ text }) => text.includes("1.8 V")));
      assert.ok(board.warnings.some(({ text }) => text.includes("2 A")) || board.modem.supply.includes("2 A"));
    });

    it(`${name} promises the updates that its Storage has room for`, () => {
      const { storage, update } = loadBoard(name);
      const { application, whole } = promiseOf(storage, largestFirmware(loadBudget()));
      assert.deepEqual({ application: update.application, whole: update.whole }, { application, whole });
    });
  }

  it("are no neighbours' copies: what names a board is its own", () => {
    const boards = boardNames().map(loadBoard);
    const all = boards.flatMap((board) => board.interpreter.boards);
    assert.equal(new Set(all).size, all.length);
    assert.equal(new Set(boards.map((board) => board.title)).size, boards.length);
  });

  it("put the console away before anything else, then give the wiring its levels", () => {
    assert.equal(bootPreamble(loadBoard("linux")), "");
    assert.equal(bootPreamble(loadBoard("esp32")), 'E.setConsole("Serial1",{force:true});');
    assert.match(bootPreamble(loadBoard("wio-lte")), /^E\.setConsole\("USB",\{force:true\}\);digitalWrite\(B5,1\);/);
  });

  it("release every key of the module before the firmware starts", () => {
    const board = loadBoard("wio-lte");
    for (const wiring of [board.modem.pins.powerKey, board.modem.pins.reset]) {
      assert.ok(board.startup.some((one) => one.pin == wiring?.pin && one.level != wiring.active));
    }
  });

  it("are refused when their parts do not agree", () => {
    const cases: [string, Change, RegExp][] = [
      ["esp32", (board) => (board.storage.pages = 225), /^storage: 0x320000 to 0x401000 is not inside/],
      ["wio-lte", (board) => (board.storage.pages = 3), /^storage: 0x080C0000 to 0x8120000 is not inside the flash of 1048576 bytes/],
      ["wio-lte", (board) => (board.storage.address = "0x080D0000"), /^storage: .*is not inside/],
      ["espruino-wifi", (board) => (board.storage.address = "0x08018000"), /does not begin a page of 65536 bytes/],
      ["esp32", (board) => (board.modem.uart = "Serial4"), /^modem\.uart: Serial4 is not one of Serial1, Serial2, Serial3$/],
      ["esp32", (board) => (board.modem.options["tx"] = "D6"), /^modem\.options: must be the pins of Serial2, tx D4 and rx D5$/],
      ["esp32", (board) => (board.console.device = "Serial2"), /^console\.device: Serial2 is the module's$/],
      ["wio-lte", (board) => (board.console.device = null), /^console\.device: without USB the console takes Serial2, the module's UART/],
      ["esp32", (board) => (board.modem.pins.reset = { pin: "D4", active: 1 }), /^modem\.pins\.reset: D4 is used by Serial2 tx too$/],
      ["wio-lte", (board) => board.startup.push({ pin: "A2", level: 1, why: "" }), /^startup: A2 belongs to a UART$/],
      ["wio-lte", (board) => board.startup.push({ pin: "B5", level: 1, why: "" }), /^startup: B5 is set twice$/],
      ["wio-lte", (board) => (board.modem.pins.powerKey = { pin: "C4", active: 0 }), /^startup: C4 = 0 would press powerKey$/],
      ["pico", (board) => board.uarts.push({ name: "Serial1", tx: "C6", rx: "C7", use: "" }), /^uarts: Serial1 is listed twice$/],
      ["pico", (board) => board.flashing.methods.push({ by: "console" }), /^flashing\.methods: console is listed twice$/],
      [
        "nucleof411re",
        (board) => board.flashing.methods.unshift({ by: "dfu-util", firmwareAddress: "0x0", enter: "" }),
        /^flashing\.methods: dfu-util: 0x0 is not in the chip's flash$/,
      ],
    ];
    for (const [name, change, expected] of cases) assert.match(broken(name, change).join("\n"), expected, `${name}: ${String(change)}`);
  });

  it("are named when one is unknown", () => {
    assert.throws(() => loadBoard("arduino"), /^Error: board "arduino": unknown; there are esp32, esp32c3, /);
    assert.throws(() => loadBoard("../product"), /unknown/);
  });
});

describe("a board's wiring", () => {
  it("is what the firmware reads, with what the command line changes", () => {
    assert.deepEqual(wiredBoard("wio-lte", loadBoard("wio-lte"), {}), {
      uart: "Serial2",
      uartOptions: { tx: "A2", rx: "A3" },
      pins: { powerKey: { pin: "C4", active: 1 }, reset: { pin: "C3", active: 0 } },
    });
    assert.deepEqual(
      wiredBoard("linux", loadBoard("linux"), { uart: "/dev/pts/3", pins: { powerKey: "/run/key:0", status: "/run/status" } }),
      {
        uart: "Serial1",
        uartOptions: { path: "/dev/pts/3" },
        pins: { powerKey: { pin: "/run/key", active: 0 }, status: { pin: "/run/status", active: 1 } },
      },
    );
  });

  it("refuses what the board or the firmware does not know", () => {
    assert.throws(
      () => wiredBoard("esp32", loadBoard("esp32"), { uart: "/dev/x" }),
      /^Error: --uart: the UART of board "esp32" is Serial2, not a path/,
    );
    assert.throws(
      () => wiredBoard("esp32", loadBoard("esp32"), { pins: { led: "D2" } }),
      /^Error: --pin led: unknown pin; there are powerKey, reset, status/,
    );
    assert.throws(() => wiredBoard("esp32", loadBoard("esp32"), { pins: { reset: "" } }), /wants a pin/);
  });
});
