/** Which interpreters a board takes. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { boardNames, loadBoard } from "../../../host/config/board.ts";
import { compareVersions, versionIn, versionMistake } from "../../../host/config/interpreter-version.ts";

describe("a version of the interpreter", () => {
  it("is older or newer than another", () => {
    const sorted = ["2v08", "2v25", "2v25.334", "2v26", "2v29", "2v29.96", "2v29.277", "2v30"];
    assert.deepEqual([...sorted].reverse().sort(compareVersions), sorted);
    assert.throws(() => compareVersions("2.29", "2v29"), /^Error: "2\.29" is no version of the interpreter; one is 2v29\.277$/);
  });

  it("is the only one in a binary", () => {
    assert.equal(versionIn(Buffer.from("\0Espruino 2v25\x002v25\0")), "2v25");
    assert.equal(versionIn(Buffer.from("\x002v25\x002v29.277\0")), undefined);
  });

  for (const name of boardNames()) {
    it(`is refused for ${name} where it loses data, with what to use instead`, () => {
      const { interpreter } = loadBoard(name);
      for (const version of ["2v29.96", "2v29.277", "2v30", "2v30.1"])
        assert.equal(versionMistake(version, interpreter), undefined, version);
      assert.equal(versionMistake("2v25", interpreter) === undefined, interpreter.releases.includes("2v25"));
      const wanted = interpreter.releases.length ? "the release 2v25, or a build 2v29.96 or newer" : "a build 2v29.96 or newer";
      for (const version of ["2v08", "2v24", "2v25.334", "2v26", "2v27", "2v28.5", "2v29", "2v29.95"])
        assert.equal(versionMistake(version, interpreter), `${version}, wanted is ${wanted} (${interpreter.note})`);
    });
  }
});
