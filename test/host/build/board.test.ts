import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { boardNames, bootPreamble, loadBoard, wiredBoard } from "../../../host/build/board.ts";

describe("the board files", () => {
  it("are those that the project promises", () => {
    assert.deepEqual(boardNames(), ["esp32", "linux", "wio-lte"]);
  });

  for (const name of boardNames()) {
    it(`${name} is complete and agrees with itself`, () => {
      const board = loadBoard(name);
      const modem = board.uarts.find((uart) => uart.name == board.modem.uart);
      assert.ok(modem, "the modem's UART is in the list");
      assert.match(modem.use, /modem/);
      if (!("path" in board.modem.options)) assert.deepEqual(board.modem.options, { tx: modem.tx, rx: modem.rx });
      // A reference is one of 8,191 variables in 13 bytes, or of 16,383 in 14.
      assert.equal(board.variables.bytes, board.variables.count > 8191 ? 14 : 13);
      assert.notEqual(board.console.device, board.modem.uart);
      for (const note of board.notes) assert.ok(note.text && note.source);
    });
  }

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

  it("are named when one is unknown", () => {
    assert.throws(() => loadBoard("pico"), /^Error: board "pico": unknown; there are esp32, linux, wio-lte$/);
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
