/** Packages byte for byte, against ones that are made here with nothing but node:crypto, and all that is wrong with others. */
import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import { describe, it } from "node:test";
import { ConfigError } from "../../../host/project/mistakes.ts";
import {
  compareVersions,
  digests,
  encodePackage,
  HEAD_LIMIT,
  isSignedWith,
  nameRefusal,
  readPackage,
} from "../../../host/update/format.ts";
import type { Manifest } from "../../../host/update/format.ts";

const KEY = "fleet-key-0123456789";
const ABOUT: Omit<Manifest, "files" | "sha256"> = {
  product: "水表",
  board: "esp32",
  link: "cellular",
  model: "ec20",
  cloud: "aliyun",
  core: ["0.1.0", "0.2.0"],
  version: "1.0.1",
  older: false,
};
const FILES = new Map([
  ["app", Buffer.from("exports.app=1;\xff\x00", "latin1")],
  ["up", Buffer.from("up")],
]);

/** As the decision has it: `ECU1`, four hex digits, the manifest, 64 hex digits, the files. */
function golden(manifest: string, content: Buffer, key = KEY): Buffer {
  const text = Buffer.from(manifest);
  const head = Buffer.concat([Buffer.from(`ECU1${text.length.toString(16).padStart(4, "0")}`), text]);
  return Buffer.concat([head, Buffer.from(createHmac("sha256", key).update(head).digest("hex")), content]);
}

const CONTENT = Buffer.from("exports.app=1;\xff\x00up", "latin1");
const SHA256 = createHash("sha256").update(CONTENT).digest("hex");
const MANIFEST = `{"product":"水表","board":"esp32","link":"cellular","model":"ec20","cloud":"aliyun","core":["0.1.0","0.2.0"],"version":"1.0.1","older":false,"files":[["app",16],["up",2]],"sha256":"${SHA256}"}`;

function refused(data: Buffer, message: RegExp): void {
  assert.throws(
    () => readPackage(data, "p.ecu"),
    (error: Error) => error instanceof ConfigError && error.message.startsWith("p.ecu: ") && message.test(error.message),
    String(message),
  );
}

describe("a package", () => {
  it("is what the decision says, byte for byte", () => {
    assert.equal(encodePackage(ABOUT, FILES, KEY).toString("latin1"), golden(MANIFEST, CONTENT).toString("latin1"));
  });

  it("is read back whole, and knows its key", () => {
    const found = readPackage(golden(MANIFEST, CONTENT), "p.ecu");
    assert.deepEqual(found.manifest, { ...ABOUT, files: [["app", 16], ["up", 2]], sha256: SHA256 }); // prettier-ignore
    assert.deepEqual([...found.files], [...FILES]);
    assert.ok(isSignedWith(found, KEY));
    assert.ok(!isSignedWith(found, `${KEY}x`));
  });

  it("does not hide a change of any byte", () => {
    const data = golden(MANIFEST, CONTENT);
    for (let at = 0; at < data.length; at++) {
      const changed = Buffer.from(data);
      changed[at] = (changed[at] as number) ^ 1;
      let isTaken = false;
      try {
        isTaken = isSignedWith(readPackage(changed, "p.ecu"), KEY);
      } catch (error) {
        assert.ok(error instanceof ConfigError, `byte ${at}: ${String(error)}`);
      }
      assert.ok(!isTaken, `byte ${at}`);
    }
  });

  it("does not hide that it was cut off, or grew", () => {
    const data = golden(MANIFEST, CONTENT);
    for (let length = 0; length < data.length; length++) refused(data.subarray(0, length), /./);
    refused(Buffer.concat([data, Buffer.from("x")]), /bytes, but the manifest says/);
  });

  for (const [what, from, to, message] of [
    ["blanks", ',"older"', ', "older"', /blanks, or keys in another order/],
    ["another order", '"product":"水表","board":"esp32"', '"board":"esp32","product":"水表"', /keys in another order/],
    ["an unknown key", '"older":false', '"older":false,"x":1', /x: unknown field/],
    ["a missing key", '"older":false,', "", /older: missing/],
    ["no JSON", '{"product"', '"product"', /not valid JSON/],
    ["the loader", '"up"', '".bootcde"', /"\.bootcde": the loader/],
    ["an identity", '"up"', '"identity"', /"identity" is each device's own/],
    ["one name twice", '"up"', '"app"', /"app" is there twice/],
    ["a long name", '"up"', `"${"n".repeat(29)}"`, /1 to 28 characters/],
    ["another version", '"1.0.1"', '"1.0.1-beta"', /version: must be numbers with dots/],
    ["a range upside down", '["0.1.0","0.2.0"]', '["0.2.0","0.1.0"]', /core: 0\.2\.0 is newer than 0\.1\.0/],
    ["the core and a range", '"up"', '"core"', /must be its own version/],
    ["sizes that do not add up", '["up",2]', '["up",3]', /but the manifest says/],
    ["another content", SHA256, "0".repeat(64), /does not match the manifest's SHA-256/],
    ["a cloud without updates", '"aliyun"', '"tuya"', /cloud: must be one of "broker", "aliyun"/],
  ] as const) {
    it(`with ${what} is refused, although it is signed`, () => {
      assert.ok(MANIFEST.includes(from));
      refused(golden(MANIFEST.replace(from, to), CONTENT), message);
    });
  }

  it("has a head of 1,024 bytes at most", () => {
    const files = (count: number): Map<string, Buffer> =>
      new Map(Array.from({ length: count }, (_, i) => [`file-${String(i).padStart(20, "0")}`, Buffer.from("x")]));
    const most = encodePackage(ABOUT, files(20), KEY);
    assert.ok(readPackage(most, "p.ecu").headBytes <= HEAD_LIMIT);
    assert.throws(
      () => encodePackage(ABOUT, files(30), KEY),
      /head has \d+ bytes, devices take 1024: \d+ too many; put fewer of the 30 files/,
    );
    const manifest = golden(MANIFEST.replace('["up",2]', [...files(30).keys()].map((name) => `["${name}",1]`).join()), CONTENT);
    refused(manifest, /its head has \d+ bytes, devices take 1024/);
  });

  it("is not made with what devices refuse", () => {
    for (const name of [".bootcde", ".boot0", "identity", "board", "secret", "slots"]) {
      assert.notEqual(nameRefusal(name), "");
      assert.throws(() => encodePackage(ABOUT, new Map([[name, Buffer.from("x")]]), KEY), ConfigError);
    }
    assert.equal(nameRefusal("product"), "");
  });
});

describe("versions", () => {
  it("are compared number by number", () => {
    const inOrder = ["0.9", "1", "1.0.1", "1.0.10", "1.2", "1.10", "2.0.0.1"];
    for (const [i, a] of inOrder.entries())
      for (const [j, b] of inOrder.entries()) assert.equal(Math.sign(compareVersions(a, b)), Math.sign(i - j), `${a} ${b}`);
    assert.equal(compareVersions("1", "1.0.0"), 0);
  });
});

describe("digests", () => {
  it("are those of the whole file (cloud reference, 4.6: worked frame)", () => {
    assert.deepEqual(digests(Buffer.from("Hello, OTA block 0123456789\n")), {
      md5: "17a78668cb2b06e4f47064a212087811",
      sha256: "50cb5df224945c25ec9e50583dcfb59f3975dea9178f277634aa0195685a6cdf",
    });
  });
});
