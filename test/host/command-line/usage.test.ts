/**
 * Every command line of the project: 0 done, 1 failed with a named reason as the last line, 2 wrong usage. The file that is missing and the
 * value that cannot be meant are different things: with the first the same command may do tomorrow.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { LOADER } from "../../../host/loader/loader.ts";
import { CLOUD_NAMES, cloudNamed } from "../../../host/clouds/find.ts";
import { boardNames } from "../../../host/config/board.ts";
import { LINKS } from "../../../host/config/product.ts";
import { MODELS } from "../../../host/modules/find.ts";
import { temporaryFolder } from "../../support/interpreter.ts";
import { commandFiles, type Outcome } from "./in-turn.ts";

const IN_TURN = join(import.meta.dirname, "in-turn.ts");
/** A command that should have ended and did not. */
const LIMIT_MS = 240_000;

/** What there is, from the registries themselves. */
const PLATFORMS = CLOUD_NAMES.filter((name) => cloudNamed(name).platform);
const choices = (before: string, names: readonly string[]): RegExp => new RegExp(`^error: ${before}: ${names.join(", ")}$`);
const BOARDS = boardNames().join(", ");
const FLASH = "flash --board linux --port /dev/null";

/** What is typed (blanks between words), the exit code, and what the last line is like. */
const CASES: readonly (readonly [typed: string, code: 1 | 2, last: RegExp])[] = [
  ["build --board uno", 2, new RegExp(`argument 'uno' is invalid. Allowed choices are ${BOARDS}\\.$`)],
  ["build --pin D18", 2, /argument 'D18' is invalid. It must be NAME=PIN\.$/],
  ["build --pin led=D18", 2, /--pin led: unknown pin; there are powerKey, reset, status$/],
  ["build --pin reset=", 2, /--pin reset: wants a pin, as reset=D18 or reset=D18:0$/],
  ["build --pretokenise 1v99", 2, /1v99 does not know all tokens; 2v26 is the first$/],
  ["build --board esp32 --product product.json --uart /dev/ttyUSB2", 2, /^error: --uart: the UART of board "esp32" is Serial2, not a path/],
  ["build --product product.json more", 2, /^error: too many arguments/],
  ["build --nonsense", 2, /^error: unknown option '--nonsense'$/],
  ["build --product none.json", 1, /^build failed: none\.json: no such file$/],
  ["build --product broken.json", 1, /^build failed: broken\.json: this is not valid JSON/],
  ["build --product product.json --identity none.json", 1, /^build failed: none\.json: no such file$/],
  ["build --product product.json --budget none.json", 1, /^build failed: none\.json: no such file$/],

  ["image", 2, /Exit codes/],
  ["image frobnicate", 2, /^error: unknown command 'frobnicate'$/],
  ["image ls", 2, /^error: missing required argument 'image'$/],
  ["image ls none.bin --board uno", 2, /Allowed choices are /],
  ["image ls none.bin", 1, /^image failed: none\.bin: no such file$/],
  ["image ls broken.json", 1, /^image failed: broken\.json: 1 bytes are no Storage image/],
  ["image diff none.bin none.bin", 1, /^image failed: none\.bin: no such file$/],
  ["image diff empty.bin one.bin", 1, /^image failed: empty\.bin and one\.bin differ in 1 file$/],
  ["image cat empty.bin app", 1, /^image failed: empty\.bin: there is no file "app"$/],
  ["image build files --out x.bin", 2, /^error: required option '--board <name>' not specified$/],
  ["image build none --board esp32 --out x.bin", 1, /^image failed: none: no such folder$/],
  ["image build files --board linux --out none/x.bin", 1, /^image failed: none\/x\.bin: no such file or folder$/],

  ["identity", 2, /Exit codes/],
  ["identity make", 2, /^error: required option '--out <file>' not specified$/],
  ["identity make --out x.json meter", 2, /^error: "meter": a field is given as NAME=VALUE$/],
  ["identity make --out x.json name=meter", 2, /^error: identity: name: unknown field; known are deviceName, /],
  ["identity make --out x.json password=p", 2, /^error: password: a secret on a command line is seen by others/],
  ["identity make --out x.json deviceName=a deviceName=b", 2, /^error: deviceName: given twice$/],
  ["identity make --out x.json password=@none", 1, /^identity failed: password: none: no such file$/],
  ["identity make --out product.json deviceName=a", 1, /^identity failed: product\.json: is there already/],
  ["identity csv none.csv --out units --shared imei", 2, /argument 'imei' is invalid. Allowed choices are deviceName, .*clientKey\.$/],
  ["identity csv none.csv --out units", 1, /^identity failed: none\.csv: no such file$/],
  ["identity check", 2, /^error: missing required argument 'files'$/],
  ["identity check none.json", 1, /^identity failed: none\.json: no such file$/],
  ["identity check none.json --product nowhere.json", 1, /^identity failed: nowhere\.json: no such file$/],

  ["console", 2, /^error: required option '--port <port>' not specified$/],
  ["console --port tcp:x", 2, /It must be a path, as \/dev\/ttyUSB0, or tcp:HOST:PORT\.$/],
  ["console --port /dev/none --board uno", 2, /Allowed choices are /],
  ["console --port /dev/none --baud fast", 2, /It must be a whole number from 1 to /],
  ["console --port /dev/none", 1, /^console failed: .*\/dev\/none/],
  ["console --port /dev/none --identity none.json", 1, /^console failed: none\.json: no such file$/],

  ["modem", 2, /^error: required option '--model <name>' not specified$/],
  ["modem --model sim800 --pty", 2, choices('no model "sim800"; there are', MODELS)],
  ["modem --model ec20", 2, /^error: one of --pty, --tcp, --serial is needed$/],
  ["modem --model ec20 --pty --tcp 0", 2, /^error: one of --pty, --tcp, --serial is needed$/],
  ["modem --model ec20 --pty --rssi 50", 2, /It must be a whole number from 0 to 31\.$/],
  ["modem --model ec20 --pty --imei 12", 2, /It must be a number of 15 digits\.$/],
  ["modem --model ec20 --serial /dev/none", 1, /^modem failed: .*\/dev\/none/],

  ["cloud --platform azure", 2, choices('no platform "azure"; there are', PLATFORMS)],
  ["cloud --mqtt 70000", 2, /It must be a whole number from 0 to 65535\.$/],
  ["cloud --data wrong --set strict=true", 2, /^error: no switch "strict"; there are: strictSecuremode, /],
  ["cloud --data wrong --set limits", 2, /^error: switch limits: "" is none of true, false$/],
  ["cloud --data wrong --platform tuya --set qos2=maybe", 2, /^error: switch qos2: "maybe" is none of close, refuse$/],
  ["cloud --data wrong more", 2, /^error: too many arguments/],
  ["cloud --data product.json", 1, /^cloud failed: .*product\.json/],
  ["cloud --data data --listen 203.0.113.1", 1, /^cloud failed: 203\.0\.113\.1 is no address of this PC$/],

  ["ca", 2, /^error: missing required argument 'host:port'$/],
  ["ca mqtt.example.com", 2, /It is HOST:PORT, as in mqtt\.example\.com:8883/],
  ["ca localhost:1 --timeout 0", 2, /It must be a number of seconds above 0, at most 3600\.$/],
  ["ca localhost:1 --out product.json", 1, /^ca failed: product\.json exists; --force overwrites it/],
  ["ca localhost:1", 1, /^ca failed: localhost:1: refused/],

  ["sign", 2, /^error: required option '--product <file>' not specified$/],
  ["sign --product product.json --identity none.json --imei 1", 2, /It must be a number of 15 digits\.$/],
  ["sign --product none.json --identity none.json", 1, /^sign failed: none\.json: no such file$/],
  ["sign --product product.json --identity none.json", 1, /^sign failed: none\.json: no such file$/],

  ["package", 2, /^error: required option '--product <file>' not specified$/],
  ["package --product product.json", 2, /^error: required option '--identity <file>' not specified$/],
  ["package --product product.json --identity none.json --board uno", 2, /Allowed choices are /],
  ["package --product product.json --identity none.json --version one", 2, /--version one: wants numbers with dots between them/],
  ["package --product product.json --identity none.json --core a..b", 2, /--core a\.\.b: wants FROM\.\.TO/],
  ["package --product product.json --identity none.json --files ,", 2, /--files ,: wants names with commas between them/],
  ["package --product product.json --identity none.json --files app --all", 2, /^error: --all and --files: only one of them$/],
  ["package --product product.json --identity none.json --pretokenise 29", 2, /"29" is no version of the interpreter/],
  ["package --product product.json --identity none.json more", 2, /^error: too many arguments/],
  ["package --product none.json --identity none.json", 1, /^package failed: none\.json: no such file$/],
  ["package show", 2, /^error: missing required argument 'file'$/],
  ["package show none.ecu", 1, /^package failed: none\.ecu: no such file$/],
  ["package show product.json", 1, /^package failed: product\.json: /],

  ["ota --to m1 --package none.ecu", 2, /^error: --broker or --cloud is needed$/],
  ["ota --to m/1 --package none.ecu", 2, /It must be the name of one device\.$/],
  ["ota --to m1 --package none.ecu --broker example.com", 2, /It must be mqtt:\/\/host:port or mqtts:\/\/host:port\.$/],
  ["ota --to m1 --package none.ecu --broker mqtt://localhost:1 --ca ca.pem", 2, /^error: --ca is for mqtts:\/\//],
  ["ota --to m1 --package none.ecu --cloud http://localhost:1 --transport ftp", 2, /Allowed choices are mqtt, https\.$/],
  ["ota --to m1 --package none.ecu --broker mqtt://localhost:1 --topic-base a/#", 2, /^error: --topic-base a\/#: a topic/],
  ["ota --to m1 --package none.ecu --broker mqtt://localhost:1", 1, /^ota failed: none\.ecu: no such file$/],

  ["start --modem sim800", 2, choices("--modem sim800 is not available; available", MODELS)],
  ["start --cloud azure", 2, choices("--cloud azure is not available; available", CLOUD_NAMES)],
  ["start --link lora", 2, choices("--link lora is not available; available", LINKS)],
  ["start --cloud tuya --auth https", 2, /^error: --auth https is not available; available: device-secret$/],
  ["start --cloud tuya --ota", 2, /^error: --ota: cloud tuya has no updates over the air; those of broker and aliyun have$/],
  ["start more", 2, /^error: too many arguments/],
  ["start --product none.json", 1, /^configuration-wrong: none\.json: no such file$/],
  ["start --identity none.json", 1, /^configuration-wrong: none\.json: no such file$/],

  ["test --jobs 0", 2, /It must be a whole number from 1\.$/],
  ["test --nonsense", 2, /^error: unknown option '--nonsense'$/],
  ["quick more", 2, /^error: too many arguments/],

  ["bench --only speed", 2, /argument 'speed' is invalid. Allowed choices are yardstick, bytes, .*, month\.$/],
  ["bench more", 2, /^error: too many arguments/],
  ["house more", 2, /^error: too many arguments/],
  ["boards more", 2, /^error: too many arguments/],
  ["short-names more", 2, /^error: too many arguments/],

  ["flash", 2, /^error: required option '--board <name>' not specified$/],
  ["flash --board uno --port /dev/null", 2, /Allowed choices are /],
  ["flash --board linux --port tcp:x", 2, /It must be a path, as \/dev\/ttyUSB0, or tcp:HOST:PORT\.$/],
  [`${FLASH} --method by-hand`, 2, /Allowed choices are esptool, st-flash, dfu-util, bootloader, console\.$/],
  [`${FLASH} --method esptool`, 2, /^error: /],
  [`${FLASH} --seal wax`, 2, /Allowed choices are /],
  [`${FLASH} --seal password`, 2, /^error: --seal password needs --password-file$/],
  [`${FLASH} --app-only --fresh`, 2, /^error: --app-only keeps what is there; leave --fresh out$/],
  [`${FLASH} --pretokenise 29`, 2, /"29" is no version of the interpreter/],
  [`${FLASH} --online-timeout soon`, 2, /It must be a number of seconds from 0 to 86400\.$/],
  ["flash --board esp32 --port /dev/null --uart /dev/ttyUSB2", 2, /^error: --uart: the UART of board "esp32" is Serial2, not a path/],
  [`${FLASH} --dry-run --product none.json`, 1, /^flash failed: none\.json: no such file$/],
  [`${FLASH} --dry-run --product product.json --identity none.json`, 1, /^flash failed: none\.json: no such file$/],
  [`${FLASH} --dry-run --product product.json --password-file none`, 1, /^flash failed: none: no such file$/],
];

const NAMES = [...commandFiles().keys()];
/** Commands, and commands of commands. */
const HELPFUL = [...NAMES.map((name) => [name]), ...["build", "ls", "cat", "diff"].map((one) => ["image", one]), ["package", "show"]];

let folder: ReturnType<typeof temporaryFolder>;
/** Of the cases, then of `--help`. One process for all: what they import takes longer to load than they take. */
let outcomes: Outcome[];

before(() => {
  folder = temporaryFolder();
  const write = (name: string, data: string | Buffer): void => writeFileSync(join(folder.path, name), data);
  write("product.json", JSON.stringify({ name: "demo", version: "1", board: "linux", cloud: { host: "mqtt.example.com", port: 1883 } }));
  write("broken.json", "x");
  mkdirSync(join(folder.path, "files"));
  write("files/app", "1");
  // Erased flash, and one file "app" of one byte in it (jsfile.c: size and flags, then the name).
  write("empty.bin", Buffer.alloc(1024, 0xff));
  const one = Buffer.alloc(1024, 0xff);
  one.fill(0, 0, 32).writeUInt32LE(1, 0);
  one.write("app", 4, "latin1");
  one.write("1", 32, "latin1");
  write("one.bin", one);
  outcomes = runInTurn([...CASES.map(([typed]) => typed.split(" ")), ...HELPFUL.map((line) => [...line, "--help"])]);
});
after(() => folder.remove());

function runInTurn(lines: readonly string[][]): Outcome[] {
  const { stdout, stderr, signal } = spawnSync(process.execPath, ["--import", LOADER, IN_TURN, JSON.stringify(lines)], {
    cwd: folder.path,
    encoding: "utf8",
    timeout: LIMIT_MS,
  });
  assert.equal(signal, null, `a command did not end: ${stderr}`);
  return JSON.parse(stdout) as Outcome[];
}

function lastLine(text: string): string {
  return text.trimEnd().split("\n").at(-1) ?? "";
}

describe("a command line", () => {
  for (const [i, [typed, code, last]] of CASES.entries())
    it(`${code == 1 ? "fails" : "is wrong usage"}: ${typed}`, () => {
      const { out, errors, code: found } = outcomes[i] as Outcome;
      assert.equal(found, code, errors + out);
      // npm start tells its story on standard output, to its end.
      assert.match(lastLine(code == 1 && typed.startsWith("start") ? out : errors), last);
    });

  it("leaves nothing behind that was typed wrongly", () => {
    assert.ok(!existsSync(join(folder.path, "wrong")));
  });

  it("is in the table, whatever its name", () => {
    const tried = new Set(CASES.map(([typed]) => typed.split(" ")[0]));
    assert.deepEqual(NAMES.filter((name) => !tried.has(name)).sort(), []);
  });

  for (const [i, line] of HELPFUL.entries())
    it(`has help, which tells the exit codes: ${line.join(" ")}`, () => {
      const { code, out, errors } = outcomes[CASES.length + i] as Outcome;
      assert.equal(code, 0, errors);
      assert.match(out, /^Usage: [^]*Exit codes: 0 done, 1 failed \(the last line says why\), 2 wrong usage/);
    });
});
