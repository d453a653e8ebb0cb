import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { BOARD_DOCUMENTS, boardDocuments } from "../../../host/boards/files.ts";
import { wiresOf, wiringSvg } from "../../../host/boards/wiring.ts";
import { boardNames, loadBoard } from "../../../host/config/board.ts";
import { ROOT } from "../../../host/project/root.ts";

const FOLDER = join(ROOT, BOARD_DOCUMENTS);

describe("docs/boards", () => {
  it("is what npm run boards writes from the files of boards/", async () => {
    const documents = await boardDocuments();
    assert.deepEqual(readdirSync(FOLDER).sort(), [...documents.keys()].sort());
    for (const [name, text] of documents) assert.equal(readFileSync(join(FOLDER, name), "utf8"), text, `${name}: npm run boards`);
  });

  for (const name of boardNames()) {
    it(`has a picture of ${name} with every pin that the firmware uses`, () => {
      const board = loadBoard(name);
      const svg = wiringSvg(board);
      const pins = [...Object.values(board.modem.options), ...Object.values(board.modem.pins).map(({ pin }) => pin)];
      for (const pin of pins) assert.match(svg, new RegExp(`>${pin} \\(`), pin);
    });
  }

  it("crosses TX and RX, shifts levels where the board's are not the module's, and never drives a key directly there", () => {
    assert.deepEqual(wiresOf(loadBoard("esp32")).slice(0, 3), [
      { from: "D4 (Serial2 TX)", through: "level shifter", to: "RXD" },
      { from: "D5 (Serial2 RX)", through: "level shifter", to: "TXD" },
      { from: "D18 (pressed = 1)", through: "transistor", to: "PWRKEY" },
    ]);
    assert.ok(wiresOf(loadBoard("wio-lte")).every(({ through }) => through == ""));
    assert.equal(wiresOf(loadBoard("linux"))[0]?.to, "USB or UART adapter");
  });
});
