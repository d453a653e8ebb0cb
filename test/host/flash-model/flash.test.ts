/** Flash: bits that only fall, pages that are erased as a whole, and a power that fails in between. No interpreter needed. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { Flash, PowerCut } from "../../../host/flash-model/flash.ts";
import type { FlashHook, FlashOperation } from "../../../host/flash-model/flash.ts";
import { cutAfter, statesOf, tearOperation, weakenOperation } from "../../../host/flash-model/power.ts";

const REGION = { address: 0x8010000, pageSize: 64, pages: 2 };
const hex = (text: string): Buffer => Buffer.from(text, "hex");

function recorded(hook: FlashHook = () => undefined): { flash: Flash; operations: FlashOperation[] } {
  const operations: FlashOperation[] = [];
  const flash = new Flash(REGION, (operation) => {
    operations.push(operation);
    return hook(operation);
  });
  return { flash, operations };
}

function operation(kind: FlashOperation["kind"], before: string, after: string): FlashOperation {
  return { kind, address: 0, before: hex(before), after: hex(after) };
}

describe("flash", () => {
  it("is erased at first; programming clears bits, and nothing but an erase sets them again", () => {
    const { flash } = recorded();
    assert.equal(flash.read(0x801003e, 4).toString("hex"), "ffffffff");
    flash.program(0x801003e, hex("0f0f"));
    flash.program(0x801003e, hex("fff5aa"));
    assert.equal(flash.read(0x801003e, 4).toString("hex"), "0f05aaff");
    flash.erasePage(0x801003f);
    assert.equal(flash.read(0x801003e, 4).toString("hex"), "ffffaaff", "the page, and no other");
  });

  it("has no byte outside of its region", () => {
    const { flash, operations } = recorded();
    assert.throws(() => flash.read(0x800ffff, 1), /^RangeError: flash has no 1 bytes at 0x800ffff: it is 0x8010000 to 0x801007f$/);
    assert.throws(() => flash.program(0x801007e, hex("000000")), /^RangeError: flash has no 3 bytes at 0x801007e/);
    assert.throws(() => flash.erasePage(0x8010080), RangeError);
    assert.throws(() => flash.erasePage(NaN), RangeError);
    assert.equal(operations.length, 0);
  });

  it("is written in whole words, what does not fill one apart", () => {
    const { flash, operations } = recorded();
    const written = (address: number, data: string): string[] => {
      operations.length = 0;
      flash.programAligned(address, hex(data));
      return operations.map(({ address: at, after }) => `${(at - REGION.address).toString(16)}:${after.toString("hex")}`);
    };
    assert.deepEqual(written(0x8010000, "01020304"), ["0:01020304"]);
    assert.deepEqual(written(0x8010007, "0102030405060708"), ["4:ffffff01", "8:02030405", "c:060708ff"]);
    assert.deepEqual(written(0x8010011, "0102"), ["10:ff0102ff"]);
    assert.deepEqual(written(0x8010014, "01"), ["14:01ffffff"]);
    assert.deepEqual(written(0x8010020, ""), []);
  });
});

describe("a power cut", () => {
  it("leaves what the hook says, and ends whoever was at work", () => {
    const { flash, operations } = recorded(cutAfter(1, (cut) => tearOperation(cut, 1, 0x0f)));
    flash.program(0x8010000, hex("1111"));
    assert.throws(() => flash.program(0x8010002, hex("222222")), PowerCut);
    assert.equal(flash.read(0x8010000, 5).toString("hex"), "111122f2ff");
    assert.equal(operations.length, 2);
    flash.program(0x8010002, hex("222222"));
    assert.equal(flash.read(0x8010000, 5).toString("hex"), "1111222222", "the power is back");
  });

  it("comes before or after an operation, too", () => {
    const before = recorded(cutAfter(0, (cut) => cut.before)).flash;
    assert.throws(() => before.program(0x8010000, hex("00")), PowerCut);
    assert.equal(before.read(0x8010000, 1)[0], 0xff);
    const after = recorded(cutAfter(0, (cut) => cut.after)).flash;
    assert.throws(() => after.program(0x8010000, hex("00")), PowerCut);
    assert.equal(after.read(0x8010000, 1)[0], 0);
  });

  it("cannot leave what no operation leaves", () => {
    const { flash } = recorded(() => hex("7f"));
    assert.throws(() => flash.program(0x8010000, hex("f0")), /^RangeError: no program at 0x8010000 leaves that behind$/);
    assert.equal(flash.read(0x8010000, 1)[0], 0xff);
  });

  it("leaves an erase with a part of the page, or with a part of each byte", () => {
    const erase = operation("erase", "00ff1200", "ffffffff");
    assert.equal(tearOperation(erase, 3).toString("hex"), "ffffff00");
    assert.equal(weakenOperation(erase, 0x0f).toString("hex"), "0fff1f0f");
    const states = [...statesOf({ ...erase, before: Buffer.alloc(64), after: Buffer.alloc(64, 0xff) })];
    assert.equal(states.length, 10);
    assert.equal(states[4]?.toString("hex"), "ff".repeat(32) + "00".repeat(32));
    assert.equal(states[8]?.toString("hex"), "55".repeat(64));
  });

  it("leaves a program after each byte that it changes, or within it; every state once", () => {
    const states = [...statesOf(operation("program", "ffffff00", "00fffe00"))];
    assert.deepEqual(
      states.map((state) => state.toString("hex")),
      ["ffffff00", "aaffff00", "00ffff00", "00fffe00"],
    );
    assert.deepEqual(
      [...statesOf(operation("program", "12", "12"))].map((state) => state.toString("hex")),
      ["12"],
    );
  });

  it("has states that the flash takes, from before to after", () => {
    const data = fc.uint8Array({ minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(data, data, fc.boolean(), (old, next, isErase) => {
        const { flash, operations } = recorded();
        flash.program(REGION.address, Buffer.from(old));
        if (isErase) flash.erasePage(REGION.address);
        else flash.program(REGION.address, Buffer.from(next));
        const states = [...statesOf(operations[1] as FlashOperation)];
        for (const state of states) {
          const cut = recorded(cutAfter(1, () => state)).flash;
          cut.program(REGION.address, Buffer.from(old));
          assert.throws(() => (isErase ? cut.erasePage(REGION.address) : cut.program(REGION.address, Buffer.from(next))), PowerCut);
          assert.ok(cut.read(REGION.address, state.length).equals(state));
        }
        assert.ok(states[0]?.equals(operations[1]?.before as Buffer) && states.at(-1)?.equals(operations[1]?.after as Buffer));
        assert.equal(new Set(states.map((state) => state.toString("hex"))).size, states.length);
      }),
    );
  });
});
