/** Values of options: what is taken, and what is refused by commander's own error. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { InvalidArgumentError } from "commander";
import { digits, numberAbove, numberFrom, wholeNumber } from "../../../host/command-line/values.ts";

describe("the value of an option", () => {
  const cases: [string, (text: string) => unknown, [string, unknown][], string[]][] = [
    [
      "a whole number",
      wholeNumber(1, 300),
      [
        ["1", 1],
        ["300", 300],
        ["007", 7],
      ],
      ["0", "301", "1.5", "-1", "1e2", "", " 3"],
    ],
    [
      "a number with its limits",
      numberFrom(0, 2),
      [
        ["0", 0],
        ["2", 2],
        ["0.5", 0.5],
      ],
      ["-0.1", "2.1", "", " ", "x", "NaN"],
    ],
    [
      "a number above a limit",
      numberAbove(0, 3600),
      [
        ["3600", 3600],
        ["0.1", 0.1],
      ],
      ["0", "3601", "", "soon", "Infinity"],
    ],
    ["digits", digits(10, 11), [["0123456789", "0123456789"]], ["123456789", "123456789012", "123456789x", ""]],
  ];
  for (const [what, value, good, bad] of cases)
    it(`is ${what}`, () => {
      for (const [text, expected] of good) assert.equal(value(text), expected, text);
      for (const text of bad) assert.throws(() => value(text), InvalidArgumentError, `"${text}"`);
    });
});
