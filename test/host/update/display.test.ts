import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Display } from "../../../host/update/display.ts";

function shown(isTTY: boolean, columns: number, use: (display: Display) => void): string {
  let text = "";
  const display = new Display({ write: (part) => void (text += part), isTTY, columns });
  use(display);
  display.end();
  return text;
}

describe("the display of an update", () => {
  it("keeps the bar in the last line of a terminal, and lines above it", () => {
    const text = shown(true, 80, (display) => {
      display.line("one");
      display.progress(50, "half");
      display.line("two");
      display.progress(100, "all");
    });
    const bar = (filled: number, rest: string): string => `[${"#".repeat(filled)}${".".repeat(30 - filled)}] ${rest}`;
    const [half, all] = [bar(15, " 50 %  half"), bar(30, "100 %  all")];
    assert.equal(text, `one\n${half}\r\x1b[Ktwo\n${half}\r\x1b[K${all}\n`);
  });

  it("never fills the last column: the terminal would begin a new line", () => {
    const text = shown(true, 20, (display) => display.progress(10, "of many bytes"));
    assert.equal(text.trimEnd().length, 19);
  });

  it("writes a line for every ten per cent where nobody watches, and no control characters", () => {
    const text = shown(false, 80, (display) => {
      for (let percent = 1; percent <= 100; percent++) display.progress(percent, "x");
      display.progress(40, "again");
    });
    assert.deepEqual(text.trimEnd().split("\n"), [
      "  1 %  x",
      ...[10, 20, 30, 40, 50, 60, 70, 80, 90].map((n) => ` ${n} %  x`),
      "100 %  x",
    ]);
  });
});
