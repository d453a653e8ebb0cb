/** What a cloud, a network and a package can do wrong: the device says so, keeps running what it ran, and touches no slot for what it can refuse before. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { loadBoard } from "../../host/config/board.ts";
import { LINUX_REGION } from "../../host/flash-model/flash.ts";
import type { FlashOperation, Region } from "../../host/flash-model/flash.ts";
import { packageOf } from "./package.ts";
import type { PackageOptions } from "./package.ts";
import { application, makeSlotBoard, slotStates } from "./slot-board.ts";
import type { Offer, SlotBoard } from "./slot-board.ts";

const FILES = { app: application("two") + " ".repeat(3000) };
/** Longer than eight refused blocks take. */
const LIMIT_S = 900;

interface Watched extends SlotBoard {
  /** Operations on the flash since the last `power`. */
  operations: FlashOperation[];
}

async function rigFor(offer: Partial<Offer> & { package?: Partial<PackageOptions> }, region: Region = LINUX_REGION): Promise<Watched> {
  const operations: FlashOperation[] = [];
  const unit = await makeSlotBoard({ region, onFlash: (operation) => void operations.push(operation) });
  const version = offer.package?.version ?? "1.0.1";
  unit.offer = { version, content: packageOf({ files: FILES, ...offer.package }), ...offer };
  return Object.assign(unit, { operations });
}

/** Code and reason of the last failure that was reported. */
function refusal(unit: SlotBoard): string {
  unit.until(() => unit.said.some((one) => /"step":"-/.test(one)), LIMIT_S);
  const [, step = "none", reason = ""] = /"step":"(-\d)","desc":"([^"]*)"/.exec(unit.said.find((one) => /"step":"-/.test(one)) ?? "") ?? [];
  return `${step} ${reason}`;
}

const flipped = (at: number) => (content: Buffer) => {
  const other = Buffer.from(content);
  other.writeUInt8(other.readUInt8(at) ^ 1, at);
  return other;
};
const good = packageOf({ files: FILES });

describe("refused before a slot is touched", () => {
  const cases: [string, Partial<Offer> & { package?: Partial<PackageOptions> }, RegExp][] = [
    ["another fleet's signature", { package: { key: "another-fleets-key" } }, /^-3 wrong signature$/],
    ["a manifest that was changed", { content: flipped(40)(good) }, /^-3 wrong signature$/],
    ["another board", { package: { manifest: { board: "esp32" } } }, /^-3 for board esp32$/],
    ["another module", { package: { manifest: { model: "air720" } } }, /^-3 for model air720$/],
    ["another link", { package: { manifest: { link: "wifi" } } }, /^-3 for link wifi$/],
    ["another cloud", { package: { manifest: { cloud: "tuya" } } }, /^-3 for cloud tuya$/],
    ["another product", { package: { manifest: { product: "other" } } }, /^-3 for product other$/],
    ["an older version", { package: { version: "0.9.9" } }, /^-3 older than 1\.0\.0$/],
    ["a newer core", { package: { manifest: { core: ["0.2.0", "0.3.0"] } } }, /^-3 for core 0\.2\.0 to 0\.3\.0, not 0\.1\.0$/],
    ["the loader", { package: { files: { ".bootcde": "x" } } }, /^-3 must not bring \.bootcde$/],
    ["an identity", { package: { files: { identity: "{}" } } }, /^-3 must not bring identity$/],
    ["a file that is no package", { content: Buffer.alloc(3000, "x") }, /^-3 not a package$/],
    ["a package cut short", { content: good.subarray(0, 2000) }, /^-3 \d+ bytes, not 2000$/],
    ["a size that is not the package's", { size: good.length + 5000 }, /^-3 \d+ bytes, not \d+$/],
    ["more than a slot holds", { size: 50000 }, /^-4 50000 bytes, there is room for \d+$/],
    ["a version that the package does not have", { version: "7.0.0" }, /^-3 version 1\.0\.1, not 7\.0\.0$/],
    ["no size", { size: 0 }, /^-2 no size$/],
  ];
  for (const [what, offer, expected] of cases)
    it(what, async () => {
      const unit = await rigFor(offer);
      unit.power();
      assert.match(refusal(unit), expected);
      assert.deepEqual(unit.operations, []);
      assert.deepEqual(
        unit.lines.filter((line) => line.startsWith("runs ")),
        ["runs one at 0"],
      );
    });

  it("an older version is taken with the signed flag", async () => {
    const unit = await rigFor({ package: { version: "0.9.9", manifest: { older: true } } });
    unit.power();
    assert.ok(unit.until(() => unit.lines.some((line) => line.startsWith("runs two")), LIMIT_S));
  });
});

describe("found in what was downloaded", () => {
  it("content that was changed: given up, and not asked for again", async () => {
    const content = flipped(good.length - 3)(good);
    const unit = await rigFor({ content });
    unit.power();
    assert.match(refusal(unit), /^-3 the content has another digest$/);
    const { asked } = unit;
    unit.power();
    assert.match(refusal(unit), /^-1 this package was tried before$/);
    assert.equal(unit.asked, 0);
    assert.equal(asked, 4);
    assert.deepEqual(slotStates(unit.board), []);
  });

  it("a digest of another file", async () => {
    const unit = await rigFor({ sign: "00".repeat(32) });
    unit.power();
    assert.match(refusal(unit), /^-3 the file has another digest$/);
  });

  it("files that were swapped", async () => {
    const files = { app: FILES.app, extra: "exports.x=1;" };
    const unit = await rigFor({
      content: Buffer.concat([packageOf({ files }).subarray(0, -1 * (FILES.app.length + 12)), Buffer.from(files.extra + files.app)]),
    });
    unit.power();
    assert.match(refusal(unit), /^-3 the content has another digest$/);
  });
});

describe("the way there", () => {
  it("a block with a wrong checksum is asked for again", async () => {
    let wrong = 2;
    const unit = await rigFor({ change: (frame) => (wrong-- > 0 ? flipped(frame.length - 1)(frame) : frame) });
    unit.power();
    assert.ok(unit.until(() => unit.lines.some((line) => line.startsWith("runs two")), LIMIT_S));
  });

  it("a block of another place is not taken", async () => {
    const unit = await rigFor({
      change: (frame, offset) =>
        offset == 1024 ? Buffer.from(frame.toString("latin1").replace('"bOffset":1024', '"bOffset":2048'), "latin1") : frame,
    });
    unit.power();
    assert.match(refusal(unit), /^-2 no block at 1024$/);
  });

  it("goes on where it stopped when the board restarts, and gives up for the day when seven starts got no block", async () => {
    const unit = await rigFor({ silentFrom: 2 });
    for (let start = 0; start < 8; start++) {
      unit.power();
      unit.until(() => unit.asked >= 3, LIMIT_S);
      assert.ok(
        !unit.said.some((one) => one.startsWith("~/ota/download") && one.includes('"offset":0}')) || start == 0,
        "from its start again",
      );
    }
    unit.power();
    assert.match(refusal(unit), /^-2 started too often/);
    assert.equal(unit.asked, 0);
  });

  it("ends a download that gets no more blocks, and says where", async () => {
    const unit = await rigFor({ silentFrom: 3 });
    unit.power();
    assert.match(refusal(unit), /^-2 no block at 3072$/);
    unit.offer = { version: "1.0.1", content: good };
    unit.power();
    assert.ok(unit.until(() => unit.lines.some((line) => line.startsWith("runs two")), LIMIT_S));
    assert.equal(unit.asked, Math.ceil(good.length / 1024) - 3);
  });
});

describe("an image that does not work", () => {
  const broken: [string, string, RegExp][] = [
    ["throws while it is loaded", "nothing();", /not confirmed in 3 boots/],
    ["is not well", application("two", false), /the application was not healthy/],
    ["does not parse", "exports.name=(((", /not confirmed in 3 boots/],
  ];
  for (const [what, app, reason] of broken)
    it(`${what}: the old one runs, and the cloud hears why`, async () => {
      const unit = await rigFor({ package: { files: { app } } });
      unit.power();
      assert.match(refusal(unit), reason);
      assert.match(unit.lines.filter((line) => line.startsWith("runs ")).at(-1) as string, /^runs one at 0$/);
      // The same package is not tried again.
      unit.power();
      assert.match(refusal(unit), /^-1 this package was tried before$/);
    });

  it("never gets online: after three quarters of an hour the old one runs", async () => {
    const core = "exports.start=function(){print('runs deaf')};";
    const unit = await rigFor({ package: { files: { core }, manifest: { core: ["0.1.1", "0.1.1"] } } });
    unit.power();
    assert.ok(unit.until(() => unit.lines.includes("runs deaf"), LIMIT_S));
    assert.ok(unit.until(() => unit.lines.filter((line) => line == "runs one at 0").length == 2, 4 * LIMIT_S));
    assert.equal(unit.lines.filter((line) => line == "runs deaf").length, 3);
    assert.match(refusal(unit), /^-1 not confirmed in 3 boots$/);
  });
});

describe("a board without small pages", () => {
  const { address, pageSize, pages } = loadBoard("espruino-wifi").storage;
  const region = { address: Number(address), pageSize, pages };

  it("takes updates until there is no room, then says so", async () => {
    const unit = await rigFor({}, region);
    let count = 0;
    for (; count < 50; count++) {
      const version = `1.0.${count + 1}`;
      unit.offer = { version, content: packageOf({ version, files: { app: application(`app${count}`) + " ".repeat(6000) } }) };
      unit.power();
      const refused = (): boolean => unit.said.some((one) => one.includes('"step":"-4"'));
      assert.ok(unit.until(() => refused() || slotStates(unit.board).some((slot) => slot.version == version && slot.confirmed), LIMIT_S));
      if (refused()) break;
    }
    assert.match(refusal(unit), /^-4 \d+ bytes, there is room for \d+$/);
    assert.ok(count >= 3 && count < 20, `${count} updates`);
    assert.ok(
      unit.operations.every(({ kind }) => kind == "program"),
      "nothing is ever erased",
    );
    unit.offer = null;
    unit.power();
    unit.until(() => unit.lines.length > 0, 60);
    assert.match(unit.lines[0] as string, new RegExp(`^runs app${count - 1} at `));
  });
});

describe("years of updates on small pages", () => {
  it("five hundred, one after the other, without a word from the Storage", async () => {
    const unit = await rigFor({});
    const free = unit.board.storage.stats().freeBytes;
    for (let i = 1; i <= 500; i++) {
      const version = `1.0.${i}`;
      unit.offer = { version, content: packageOf({ version, files: { app: application(`app${i}`) } }) };
      unit.power();
      assert.ok(
        unit.until(() => slotStates(unit.board).some((slot) => slot.version == version && slot.confirmed), LIMIT_S),
        version,
      );
    }
    assert.equal(unit.board.storage.stats().freeBytes, free);
  });
});

describe("a board that was flashed without room for updates", () => {
  it("says what runs, and goes on without them", async () => {
    const unit = await rigFor({});
    unit.board.storage.erase("slots");
    unit.power();
    assert.ok(unit.until(() => unit.said.some((one) => one.includes('{"version":"1.0.0"}')), LIMIT_S));
    unit.until(() => false, 60);
    assert.ok(unit.lines.includes("update: no slots"));
    assert.ok(!unit.lines.some((line) => line.includes("Error") && !line.includes("JSON")), unit.lines.join());
    assert.deepEqual(unit.said.length, 1);
    assert.ok(!unit.board.info().modules.includes("ota"), "freed");
  });
});
