/** What somebody types, and what they see: output, files, exit codes. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { LOADER } from "../../../host/loader/loader.ts";
import { ROOT } from "../../../host/project/root.ts";
import { temporaryFolder } from "../../support/interpreter.ts";

const SECRETS = ["hunter2", "0123456789abcdef", "8642"];
let folder: ReturnType<typeof temporaryFolder>;
const path = (name: string): string => join(folder.path, name);

function run(args: string[], input = ""): { code: number | null; out: string; lastError: string } {
  const result = spawnSync(process.execPath, ["--import", LOADER, join(ROOT, "host/identity/cli.ts"), ...args], {
    cwd: folder.path,
    encoding: "utf8",
    input,
  });
  const all = result.stdout + result.stderr;
  for (const secret of SECRETS) assert.ok(!all.includes(secret), `shows ${secret}: ${all}`);
  return { code: result.status, out: result.stdout, lastError: result.stderr.trimEnd().split("\n").at(-1) ?? "" };
}

function read(name: string): Record<string, string> {
  return JSON.parse(readFileSync(path(name), "utf8")) as Record<string, string>;
}

before(() => {
  folder = temporaryFolder();
  writeFileSync(path("product.json"), JSON.stringify({ name: "x", version: "1", board: "linux", cloud: { host: "h", port: 1883 } }));
});
after(() => folder.remove());

describe("npm run identity -- make", () => {
  it("writes a file for its owner's eyes, with secrets that were not on the command line", () => {
    writeFileSync(path("pin"), "8642\n");
    const args = ["make", "--out", "one.json", "--product", "product.json", "deviceName=m1", "username=u", "password=@-", "simPin=@pin"];
    const { code, out, lastError } = run(args, "hunter2\n");
    assert.equal(code, 0, lastError);
    assert.equal(out, "one.json: m1, with username, password, simPin\n");
    assert.deepEqual(read("one.json"), { deviceName: "m1", username: "u", password: "hunter2", simPin: "8642" });
    assert.equal(statSync(path("one.json")).mode & 0o777, 0o600);
  });

  it("makes a password that nobody has seen", () => {
    for (const name of ["r1.json", "r2.json"]) assert.equal(run(["make", "--out", name, "password=random"]).code, 0);
    assert.match(read("r1.json")["password"] ?? "", /^[A-Za-z0-9]{24}$/);
    assert.notEqual(read("r1.json")["password"], read("r2.json")["password"]);
  });

  it("makes a key for a fleet's updates, which is a secret as well", () => {
    assert.equal(run(["make", "--out", "fleet.json", "otaKey=random"]).code, 0);
    assert.match(read("fleet.json")["otaKey"] ?? "", /^[A-Za-z0-9]{24}$/);
    assert.match(run(["make", "--out", "x.json", "otaKey=0123456789abcdef"]).lastError, /^error: otaKey: a secret on a command line/);
  });

  it("refuses to replace a file, a field that is unknown or does not fit, and a secret on the command line", () => {
    assert.match(run(["make", "--out", "one.json", "deviceName=m2"]).lastError, /^identity failed: one\.json: is there already/);
    assert.equal(read("one.json")["deviceName"], "m1");
    assert.match(run(["make", "--out", "x.json", "devicename=m2"]).lastError, /identity: devicename: unknown field; known are deviceName/);
    writeFileSync(path("ds"), "0123456789abcdef");
    const wrong = run(["make", "--out", "x.json", "--product", "product.json", "deviceSecret=@ds"]);
    assert.match(wrong.lastError, /deviceSecret: a product of cloud type "broker" has no use for it/);
    assert.equal(run(["make", "--out", "x.json", "password=hunter2"]).code, 2);
    assert.equal(run(["make", "--out", "x.json", "password=@none"]).code, 1);
    assert.equal(run(["make", "--out", "x.json", "deviceName=a", "deviceName=b"]).code, 2);
    assert.equal(run(["make", "deviceName=a"]).code, 2);
    assert.ok(!existsSync(path("x.json")));
  });
});

describe("npm run identity -- csv", () => {
  const csv = (text: string): string => {
    writeFileSync(path("units.csv"), text);
    return "units.csv";
  };

  it("writes one file for each line", () => {
    const file = csv('\ufeffdeviceName,username,password,simPin\r\nm1,u1,"hunter2, and more",\r\n\r\nm2, u2 ,p2,1111\r\n');
    const { code, out, lastError } = run(["csv", file, "--out", "units", "--product", "product.json"]);
    assert.equal(code, 0, lastError);
    assert.equal(out, "units: 2 identities\n");
    assert.deepEqual(readdirSync(path("units")).sort(), ["m1.json", "m2.json"]);
    assert.deepEqual(read("units/m1.json"), { deviceName: "m1", username: "u1", password: "hunter2, and more" });
    assert.deepEqual(read("units/m2.json"), { deviceName: "m2", username: "u2", password: "p2", simPin: "1111" });
    assert.equal(statSync(path("units/m2.json")).mode & 0o777, 0o600);
  });

  it("writes nothing at all when a line is wrong, and names the line", () => {
    const cases: [string, RegExp][] = [
      ["deviceName,password\na,hunter2\na,other\n", /units\.csv:3: deviceName: the same as in units\.csv:2$/],
      ["deviceName,deviceSecret\na,0123456789abcdef\nb,0123456789abcdef\n", /units\.csv:3: deviceSecret: the same as in units\.csv:2$/],
      ["deviceName,password\na,hunter2,x\n", /units\.csv:2: another number of cells than the first line$/],
      ['deviceName,password\na,"hunter2\n', /units\.csv:2: a quote is opened and not closed$/],
      ['\ufeffdeviceName,password\r\na,"x\r\ny"\r\n\r\nb,"hunter2\r\nc,d\r\n', /units\.csv:5: a quote is opened and not closed$/],
      ['deviceName,password\na,"x\ny"\nb,hunter2,z\n', /units\.csv:4: another number of cells than the first line$/],
      ["deviceName,password\n\na,x\n\na,hunter2\n", /units\.csv:5: deviceName: the same as in units\.csv:3$/],
      ["deviceName,password,username,password\na,hunter2,u,other\n", /units\.csv:1: column "password" is there twice$/],
      ['deviceName,password\na,hun"ter2\n', /units\.csv:\d: this is not valid CSV/],
      ["deviceName,pasword\na,hunter2\n", /units\.csv:2: pasword: unknown field/],
      ["deviceName,simPin\na,8642x\n", /units\.csv:2: simPin: 3GPP TS 27\.007: 4 to 8 digits$/],
      ["password\nhunter2\n", /units\.csv:1: the first line must name the fields/],
      [
        "m1,user1,hunter2\nm2,user2,hunter3\n",
        /units\.csv:1: the first line must name the fields, separated by commas, and "deviceName" among them; it does not$/,
      ],
      ["deviceName,password\n,hunter2\n", /units\.csv:2: deviceName: missing/],
      ["deviceName\n../x\n", /units\.csv:2: deviceName: /],
      ["deviceName\n", /units\.csv: no units in it/],
    ];
    for (const [text, message] of cases) {
      const { code, lastError } = run(["csv", csv(text), "--out", "none"]);
      assert.equal(code, 1, text);
      assert.match(lastError, message);
      assert.ok(!existsSync(path("none")), text);
    }
    assert.match(run(["csv", "gone.csv", "--out", "none"]).lastError, /^identity failed: gone\.csv: no such file$/);
  });

  it("goes on where a run was killed: what it has written, whole or in part, is its own; another identity is not", () => {
    const file = csv("deviceName,password\nk1,p-k1\nk2,p-k2\nk3,p-k3\n");
    assert.equal(run(["csv", file, "--out", "killed"]).code, 0);
    const whole = readFileSync(path("killed/k2.json"), "utf8");
    writeFileSync(path("killed/k2.json"), whole.slice(0, 20));
    unlinkSync(path("killed/k3.json"));
    const again = run(["csv", file, "--out", "killed"]);
    assert.equal(again.code, 0, again.lastError);
    assert.equal(again.out, "killed: 3 identities, 2 of them were there already\n");
    assert.equal(readFileSync(path("killed/k2.json"), "utf8"), whole);
    assert.equal(read("killed/k3.json")["password"], "p-k3");
    assert.equal(statSync(path("killed/k2.json")).mode & 0o777, 0o600);
    const other = run(["csv", csv("deviceName,password\nk1,another\n"), "--out", "killed"]);
    assert.match(other.lastError, /^identity failed: units\.csv:2: deviceName: the same as in killed\/k1\.json$/);
    assert.equal(read("killed/k1.json")["password"], "p-k1");
  });

  it("compares with the units that are there, and shares what it is told to", () => {
    const again = run(["csv", csv("deviceName,password\nm3,p2\n"), "--out", "units"]);
    assert.match(again.lastError, /units\.csv:2: password: the same as in units\/m2\.json$/);
    assert.equal(run(["csv", "units.csv", "--out", "units", "--shared", "password"]).code, 0);
    assert.ok(existsSync(path("units/m3.json")));
  });
});

describe("npm run identity -- check", () => {
  it("says who the units are, and what is wrong with them", () => {
    const good = run(["check", "units/m1.json", "units/m2.json", "--product", "product.json"]);
    assert.equal(good.code, 0, good.lastError);
    assert.equal(good.out, "m1.json: m1, with username, password\nm2.json: m2, with username, password, simPin\n");
    assert.match(run(["check", "units/m2.json", "units/m3.json"]).lastError, /units\/m3\.json: password: the same as in units\/m2\.json$/);
    chmodSync(path("units/m1.json"), 0o644);
    assert.match(run(["check", "units/m1.json"]).lastError, /others can read it; chmod 600/);
    writeFileSync(path("bad.json"), '{"password": hunter2}', { mode: 0o600 });
    assert.match(run(["check", "bad.json"]).lastError, /^identity failed: bad\.json(:\d+:\d+)?: this is not valid JSON/);
    assert.equal(run(["check"]).code, 2);
    assert.equal(run(["--help"]).code, 0);
  });
});
