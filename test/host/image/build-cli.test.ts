/** What somebody types, and what they see: output, files, exit codes. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { LOADER } from "../../../host/loader/loader.ts";
import { loadBoard } from "../../../host/config/board.ts";
import { build } from "../../../host/image/build.ts";
import { ROOT } from "../../../host/project/root.ts";
import { readImage } from "../../../host/image/storage.ts";
import { makeCertificate } from "../../support/certificate.ts";
import { bootUntil, SKIP, temporaryFolder } from "../../support/interpreter.ts";

let folder: ReturnType<typeof temporaryFolder>;
let out: string;

const CLIS = { build: "build-cli.ts", image: "cli.ts" };

function run(tool: keyof typeof CLIS, ...args: string[]): { code: number | null; out: string; lastError: string; err: string } {
  const result = spawnSync(process.execPath, ["--import", LOADER, `host/image/${CLIS[tool]}`, ...args], { cwd: ROOT, encoding: "latin1" });
  const err = result.stderr.trimEnd();
  return { code: result.status, out: result.stdout, lastError: err.split("\n").at(-1) ?? "", err };
}

function write(name: string, content: unknown): string {
  const path = join(folder.path, name);
  writeFileSync(path, JSON.stringify(content));
  return path;
}

const PRODUCT = { name: "演示", version: "1", board: "esp32", cloud: { host: "mqtt.example.com", tls: { ca: "ca.pem" } } };

before(async () => {
  folder = temporaryFolder();
  out = join(folder.path, "out");
  const year = new Date().getFullYear();
  writeFileSync(join(folder.path, "ca.pem"), await makeCertificate(`${year - 1}-01-01`, `${year + 1}-12-31`));
});
after(() => folder.remove());

describe("npm run build", () => {
  it("writes the files, the image and their list, and shows what they cost", () => {
    const product = write("product.json", PRODUCT);
    const identity = write("identity.json", { username: "u", password: "secret" });
    const args = ["--board", "linux", "--product", product, "--uart", "/dev/pts/9", "--pin", "powerKey=/run/key", "--out", out];
    const first = run("build", ...args, "--identity", identity);
    assert.equal(first.code, 0, first.lastError);
    assert.match(first.out, /^module +life +bytes/);
    assert.match(first.out, /^resident: \d+ bytes, \d+ functions at load \(about \d+ variables\)$/m);
    const modules = ["at", "core", "app", "script", "up", "cloud", "why", "ota", "digest"];
    const names = ["slots", ...modules, "board", "product", "ca.pem", "identity", ".bootcde"];
    assert.deepEqual(readdirSync(join(out, "files")).sort(), [...names].sort());
    assert.deepEqual(
      readImage(readFileSync(join(out, "espruino.flash"))).map((file) => file.name),
      names,
    );
    const board = JSON.parse(readFileSync(join(out, "files/board"), "utf8")) as unknown;
    assert.deepEqual(board, { uart: "Serial1", uartOptions: { path: "/dev/pts/9" }, pins: { powerKey: { pin: "/run/key", active: 1 } } });
    assert.equal((JSON.parse(readFileSync(join(out, "files/product"), "utf8")) as { name: string }).name, "演示");
    assert.doesNotMatch(readFileSync(join(out, "files/product"), "latin1"), /\\u/);
    assert.equal(statSync(join(out, "files/identity")).mode & 0o077, 0, "secrets are for their owner's eyes");
    const record = JSON.parse(readFileSync(join(out, "image.json"), "utf8")) as { files: { name: string; size: number; sha256: string }[] };
    for (const { name, size, sha256 } of record.files) {
      const data = readFileSync(join(out, "files", name));
      assert.equal(data.length, size);
      assert.equal(createHash("sha256").update(data).digest("hex"), sha256);
    }

    const second = run("build", ...args);
    assert.equal(second.code, 0, second.lastError);
    assert.ok(!existsSync(join(out, "files/identity")), "what the last build wrote and this one did not is gone");
    const [byModule = "", byTier = ""] = second.out.split(/^tier +bytes/m);
    assert.doesNotMatch(byModule, /[+]\d/, "nothing grew");
    assert.match(
      byTier,
      /^connected +\d+ +\d+ +\d+ +\d+ .*\n(update .*\n)?loader +\d+ +\d+ +\d+ +\d+$/m,
      "no tier grew since the last build",
    );
  });

  it("writes pretokenised text for one version of the interpreter, and says which", () => {
    const product = write("product.json", PRODUCT);
    const folderOut = join(folder.path, "tokens");
    const result = run("build", "--board", "linux", "--product", product, "--pretokenise", "2v29", "--out", folderOut);
    assert.equal(result.code, 0, result.lastError);
    assert.match(result.out, /^pretokenised for 2v29 and no other: \d+ bytes$/m);
    const record = (path: string): { pretokenised: string | null } =>
      JSON.parse(readFileSync(join(path, "image.json"), "utf8")) as { pretokenised: string | null };
    assert.equal(record(folderOut).pretokenised, "2v29");
    assert.equal(record(out).pretokenised, null);
    const bytes = (path: string): number => readFileSync(join(path, "files/core")).length;
    assert.ok(bytes(folderOut) < 0.95 * bytes(out), `${bytes(folderOut)} and ${bytes(out)}`);
    assert.deepEqual(readFileSync(join(folderOut, "files/product")), readFileSync(join(out, "files/product")), "data stays as it is");
    assert.match(run("build", "--product", product, "--pretokenise", "2v20").lastError, /^error: .* 2v20 does not know all tokens/);
  });

  it("fails when the firmware outgrows its budget, names what grew, and draws a picture", () => {
    const product = write("product.json", PRODUCT);
    const roomy = { target: 1, ceiling: 100_000, others: {}, besides: {} };
    const budget = write("budget.json", {
      tiers: {
        connected: { ...roomy, ceiling: 2000, modules: { at: 10_000, core: 1000, app: 1000, up: 100_000, cloud: 10_000, why: 10_000 } },
        update: { ...roomy, modules: { ota: 10_000 } },
        loader: { ...roomy, modules: { ".bootcde": 100 } },
      },
    });
    const folderOut = join(folder.path, "outgrown");
    const result = run("build", "--board", "linux", "--product", product, "--budget", budget, "--out", folderOut);
    assert.equal(result.code, 1);
    assert.match(
      result.err,
      /^build failed: module "digest" \(\d+ bytes\) belongs to no tier of budget\.json; there are connected, update, loader$/m,
    );
    assert.match(
      result.lastError,
      /^build failed: connected: \d+ bytes, \d+ more than the budget allows \(the aim is 1\); grown: core \+\d+$/,
    );
    assert.match(result.out, /^module +life +bytes/);
    assert.match(result.out, /^connected +\d+ +1 +2000 +-\d+ /m);
    assert.match(
      readFileSync(join(folderOut, "size.svg"), "utf8"),
      /<title>core: \d+ bytes<\/title>[^]*<title>outbox\/messages\.ts: \d+ bytes<\/title>/,
    );
  });

  it("makes a boot file for a board whose wiring needs it", () => {
    const product = write("product.json", PRODUCT);
    const result = run("build", "--board", "wio-lte", "--product", product, "--out", join(folder.path, "wio"));
    assert.equal(result.code, 0, result.lastError);
    const image = readImage(readFileSync(join(folder.path, "wio/storage.bin")));
    assert.equal(image[0]?.name, ".boot0");
    assert.match(image[0].data.toString(), /^E\.setConsole/);
  });

  it("sets the module to a rate that the board keeps up with", async () => {
    const product = write("product.json", PRODUCT);
    for (const name of ["espruino-wifi", "esp32c3"]) {
      const result = await build({ board: name, product, out: join(folder.path, name) });
      const { storage, modem } = loadBoard(name);
      assert.equal(result.image.length, storage.pageSize * storage.pages, name);
      assert.equal(result.product.modem.baud, Math.min(115_200, modem.maxBaud), name);
      assert.equal(/warning: modem\.baud: board "[\w-]+" keeps up with 57600/.test(result.report), modem.maxBaud < 115_200, name);
      assert.deepEqual(result.overruns, [], name);
    }
  });

  it("fails with a named reason as its last line", () => {
    const product = write("wrong.json", { ...PRODUCT, cloud: { ...PRODUCT.cloud, prot: 1 } });
    const result = run("build", "--product", product, "--out", out);
    assert.equal(result.code, 1);
    assert.match(result.lastError, /^build failed: .*wrong\.json: cloud\.prot: unknown field/);
    const other = write("p.json", { ...PRODUCT, board: "uno" });
    assert.match(run("build", "--product", other).lastError, /^build failed: .*board/);
  });

  it("tells wrong usage from failure, and helps", () => {
    for (const args of [["--bord", "x"], ["extra"], ["--pin", "D18"], ["--board"], ["--board", "uno"]])
      assert.equal(run("build", ...args).code, 2, args.join(" "));
    const help = run("build", "--help");
    assert.equal(help.code, 0);
    assert.match(help.out, /--identity <file>/);
  });

  it("makes an image that boots on the interpreter", { skip: SKIP }, async () => {
    assert.ok(existsSync(join(out, "espruino.flash")));
    // The name as a build without Unicode strings prints it: its UTF-8 bytes.
    await bootUntil(out, new RegExp(`${Buffer.from(PRODUCT.name).toString("latin1")} 1 on linux, ec20, broker[^]*link: off -> powering`));
  });
});

describe("npm run image", () => {
  it("builds, lists, shows and compares", () => {
    const files = join(folder.path, "files");
    mkdirSync(files);
    writeFileSync(join(files, "a"), "\x00\xff", "latin1");
    writeFileSync(join(files, ".bootcde"), "print(1)");
    const one = join(folder.path, "one.bin");
    const two = join(folder.path, "two.bin");
    assert.equal(run("image", "build", files, "--board", "linux", "--out", one).code, 0);
    writeFileSync(join(files, "b"), "new");
    writeFileSync(join(files, "a"), "\x00\xfe", "latin1");
    assert.equal(run("image", "build", files, "--board", "linux", "--out", two).code, 0);

    assert.match(run("image", "ls", one).out, /^ +2 {2}000020 {2}a\n +8 {2}000044 {2}\.bootcde\n2 files, 76 of 262144 bytes used\n$/);
    assert.equal(run("image", "cat", one, "a").out, "\x00\xff");
    assert.deepEqual(run("image", "diff", one, one), { code: 0, out: "images hold the same files\n", lastError: "", err: "" });
    const different = run("image", "diff", one, two);
    assert.equal(different.code, 1);
    assert.match(different.lastError, /^image failed: .*one\.bin and .*two\.bin differ in 2 files$/);
    assert.equal(different.out, "! a (2 -> 2 bytes, first difference at byte 1)\n+ b (3 bytes)\nimages differ\n");
  });

  it("adds the secrets of one unit, which must fit the product, to an image that only its owner can read", () => {
    const files = join(out, "files");
    const image = join(folder.path, "unit.bin");
    const identity = write("unit.json", { deviceName: "meter-1", username: "u", password: "secret" });
    const result = run("image", "build", files, "--board", "linux", "--identity", identity, "--out", image);
    assert.equal(result.code, 0, result.lastError);
    assert.match(result.out, /to be written at 0x10000000\n$/);
    assert.doesNotMatch(result.out, /secret/);
    assert.equal(statSync(image).mode & 0o077, 0);
    assert.deepEqual(
      readImage(readFileSync(image))
        .slice(-2)
        .map((file) => file.name),
      ["identity", ".bootcde"],
    );
    const wrong = write("wrong-unit.json", { deviceSecret: "secret" });
    assert.match(
      run("image", "build", files, "--board", "linux", "--identity", wrong, "--out", image).lastError,
      /^image failed: .*wrong-unit\.json: deviceSecret: a product of cloud type "broker" has no use for it$/,
    );
  });

  it("fails with a named reason, and tells wrong usage", () => {
    assert.match(
      run("image", "cat", join(folder.path, "one.bin"), "none").lastError,
      /^image failed: .*one\.bin: there is no file "none"$/,
    );
    assert.match(run("image", "ls", join(folder.path, "none.bin")).lastError, /none\.bin: no such file$/);
    const empty = join(folder.path, "empty.bin");
    writeFileSync(empty, "");
    assert.match(run("image", "ls", empty).lastError, /^image failed: .*empty\.bin: 0 bytes are no Storage image/);
    assert.match(run("image", "build", join(folder.path, "gone"), "--board", "linux", "--out", "x").lastError, /gone: no such folder$/);
    assert.match(
      run("image", "ls", join(folder.path, "one.bin"), "--board", "esp32").lastError,
      /262144 bytes; the Storage of board "esp32" has 917504$/,
    );
    assert.equal(run("image", "frobnicate").code, 2);
    assert.equal(run("image", "ls", "a", "b").code, 2);
    assert.equal(run("image", "build", folder.path).code, 2);
    assert.equal(run("image", "ls", "--help").code, 0);
  });
});
