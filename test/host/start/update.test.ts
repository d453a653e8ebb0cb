import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ConfigError } from "../../../host/project/mistakes.ts";
import { nextVersion, withOtaKey } from "../../../host/start/update.ts";

describe("the update of a run", () => {
  it("is the next version", () => {
    for (const [version, next] of [["1.0.0", "1.0.1"], ["1.9", "1.10"], ["7", "8"]]) assert.equal(nextVersion(version), next); // prettier-ignore
    for (const version of ["1.0.0-rc1", "", "one", undefined]) assert.throws(() => nextVersion(version), ConfigError);
  });

  it("is signed with a key of the run, unless the user has one", () => {
    const [one, other] = [withOtaKey({ deviceName: "m" }), withOtaKey({})];
    assert.match(one.otaKey ?? "", /^[0-9a-f]{48}$/);
    assert.notEqual(one.otaKey, other.otaKey);
    assert.equal(one.deviceName, "m");
    assert.equal(withOtaKey({ otaKey: "the-user-s-own-key" }).otaKey, "the-user-s-own-key");
  });
});
