/** `npm run package` as a user types it. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { LOADER } from "../../../host/loader/loader.ts";
import { ROOT } from "../../../host/project/root.ts";
import { readPackage } from "../../../host/update/format.ts";
import { packageOf } from "../../update/package.ts";
import { temporaryFolder } from "../../support/interpreter.ts";

const KEY = "0123456789abcdef-secret";
let folder: ReturnType<typeof temporaryFolder>;
const path = (name: string): string => join(folder.path, name);

function run(args: string[]): { code: number | null; out: string; err: string; last: string } {
  const result = spawnSync(process.execPath, ["--import", LOADER, join(ROOT, "host/update/package-cli.ts"), ...args], {
    cwd: folder.path,
    encoding: "utf8",
  });
  assert.ok(!(result.stdout + result.stderr).includes(KEY), "shows the key");
  return { code: result.status, out: result.stdout, err: result.stderr, last: result.stderr.trimEnd().split("\n").at(-1) ?? "" };
}

before(() => {
  folder = temporaryFolder();
  const cloud = { type: "aliyun", productKey: "a1B2c3D4e5F", region: "cn-shanghai", tls: {} };
  writeFileSync(path("product.json"), JSON.stringify({ name: "meter", version: "1.0.1", board: "linux", cloud }));
  writeFileSync(path("identity.json"), JSON.stringify({ deviceName: "m1", deviceSecret: "s", otaKey: KEY }));
  writeFileSync(path("keyless.json"), JSON.stringify({ deviceName: "m1", deviceSecret: "s" }));
  writeFileSync(path("short.json"), JSON.stringify({ otaKey: "short" }));
  writeFileSync(path("other.json"), JSON.stringify({ otaKey: "another-key-of-a-fleet" }));
  writeFileSync(path("made.ecu"), packageOf({ files: { app: "one", up: "two" }, key: KEY }));
  writeFileSync(path("cut.ecu"), packageOf({ files: { app: "one" }, key: KEY }).subarray(0, -1));
});
after(() => folder.remove());

const FILES = ["--product", "product.json", "--identity", "identity.json"];

describe("npm run package", () => {
  it("writes the package, and says what is in it, what to enter in the console, and what fits", () => {
    const { code, out, err } = run([...FILES, "--out", "new/one.ecu"]);
    assert.equal(code, 0, err);
    const data = readFileSync(path("new/one.ecu"));
    const { manifest, files } = readPackage(data, "one.ecu");
    assert.deepEqual([manifest.version, manifest.cloud, [...files.keys()]], ["1.0.1", "aliyun", ["app"]]);
    const hex = (algorithm: string): string => createHash(algorithm).update(data).digest("hex");
    for (const pattern of [
      /package of product "meter", version 1\.0\.1/,
      new RegExp(`  app +${files.get("app")?.length} bytes`),
      /to be entered in Aliyun's console:\n {2}module +default\n {2}version +1\.0\.1\n {2}signature +SHA256\n/,
      new RegExp(`  size +${data.length}\n  sha256 +${hex("sha256")}\n  md5 +${hex("md5")}\n`),
      /fits: a slot of linux has \d+ bytes for packages; \d+ are left/,
      /\nwritten: .*new\/one\.ecu\n$/,
    ])
      assert.match(out, pattern);
  });

  it("show: what is in it, and whether the key fits", () => {
    const plain = run(["show", "made.ecu"]);
    assert.equal(plain.code, 0);
    assert.match(plain.out, / {2}app +3 bytes\n {2}up +3 bytes\n/);
    assert.match(plain.out, /signature: not checked/);
    assert.match(run(["show", "made.ecu", "--identity", "identity.json"]).out, /signature: by the otaKey of identity\.json\n$/);
  });

  for (const [args, last] of [
    [["show", "made.ecu", "--identity", "other.json"], /made\.ecu: signed with another key than the otaKey of other\.json$/],
    [["show", "cut.ecu"], /cut\.ecu: \d+ bytes, but the manifest says \d+$/],
    [["show", "none.ecu"], /none\.ecu: no such file$/],
    [["--product", "product.json", "--identity", "keyless.json"], /keyless\.json: otaKey: missing/],
    [["--product", "product.json", "--identity", "short.json"], /short\.json: otaKey: .*16/],
    [["--product", "none.json", "--identity", "identity.json"], /none\.json: no such file$/],
  ] as const)
    it(`${args.join(" ")} fails with the reason as its last line, exit 1`, () => {
      const ended = run([...args]);
      assert.match(ended.last, /^package failed: /);
      assert.match(ended.last, last);
      assert.equal(ended.code, 1);
    });

  for (const [args, message] of [
    [["--identity", "identity.json"], /'--product <file>' not specified/],
    [["--product", "product.json"], /'--identity <file>' not specified/],
    [[...FILES, "--all", "--files", "app"], /only one of them/],
    [[...FILES, "--files", "app,,core"], /names with commas between them/],
    [[...FILES, "--files", ".bootcde"], /"\.bootcde": the loader/],
    [[...FILES, "--files", "app,secret"], /"secret" is each device's own/],
    [[...FILES, "--version", "1.0.1-rc1"], /numbers with dots/],
    [[...FILES, "--core", "new"], /wants FROM\.\.TO/],
    [[...FILES, "--board", "atari"], /argument 'atari' is invalid\. Allowed choices are esp32, /],
    [[...FILES, "--pretokenise", "1v0"], /pretokenise: 1v0/],
    [[...FILES, "--nonsense"], /unknown option/],
    [[...FILES, "more"], /unexpected argument "more"|too many arguments/],
    [["show"], /missing required argument 'file'/],
  ] as const)
    it(`${args.join(" ")} is wrong usage, exit 2`, () => {
      const { code, err } = run([...args]);
      assert.match(err, message);
      assert.equal(code, 2);
    });

  it("--help explains itself, exit 0", () => {
    const { code, out } = run(["--help"]);
    assert.equal(code, 0);
    assert.match(out, /--older/);
    assert.match(out, /show \[options\] <file>/);
  });
});
