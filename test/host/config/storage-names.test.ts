import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MODULES } from "../../../host/compile/modules.ts";
import { MODULE_FILES, nameProblem } from "../../../host/config/storage-names.ts";

describe("names of Storage files", () => {
  it("of the firmware's modules are those that the compiler makes", () => {
    assert.deepEqual([...MODULE_FILES].sort(), MODULES.map(({ name }) => name).sort());
  });

  it("are free for certificates where the firmware has no such file", () => {
    for (const name of ["ca.pem", "a", "x".repeat(28)]) assert.equal(nameProblem(name), "");
    for (const name of [...MODULE_FILES, "board", "identity", "wrong-ca"])
      assert.match(nameProblem(name), /is taken by a file of the firmware/);
    for (const name of ["", "x".repeat(29), "a b", "ä.pem"]) assert.match(nameProblem(name), /must be 1 to 28 letters/);
  });
});
