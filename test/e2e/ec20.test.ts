/** What only the EC20 has: a checksum of the files in it, and firmware of many ages. */
import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { createRig, type Rig, type RigOptions } from "../../host/rig/rig.ts";

let rig: Rig;

afterEach(async () => {
  await rig.close();
});

async function online(options: RigOptions = {}): Promise<void> {
  rig = await createRig(options);
  rig.board.boot();
  await rig.waitFor(/-> online/, 120_000);
}

describe("a certificate in the module", () => {
  const uploads = (): { bytes: number }[] => rig.events.filter((e) => e.ev === "upload") as unknown as { bytes: number }[];

  async function onlineOnce(): Promise<void> {
    await online();
    assert.equal(uploads().length, 1);
    rig.board.kill();
  }

  async function type(text: string): Promise<void> {
    rig.modem.receive(Buffer.from(text));
    await rig.advance(2000);
  }

  it("is not uploaded again while size and checksum are right", async () => {
    await onlineOnce();
    rig.board.boot();
    await rig.waitFor(/-> online/, 120_000);
    assert.equal(uploads().length, 1);
  });

  for (const [what, more] of [
    ["of the same size", 0],
    ["of another size", 1],
  ] as const) {
    it(`is uploaded again over another file ${what}`, async () => {
      await onlineOnce();
      const size = (uploads()[0]?.bytes ?? 0) + more;
      await type('AT+QFDEL="UFS:ca.pem"\r');
      await type(`AT+QFUPL="UFS:ca.pem",${size}\r`);
      await type("x".repeat(size));
      assert.equal(uploads().length, 2);
      rig.board.boot();
      await rig.waitFor(/-> online/, 120_000);
      assert.equal(uploads().length, 3);
    });
  }

  it("that loses bytes on its way is told, and nothing connects unverified", async () => {
    rig = await createRig({ modem: { quirks: { uplDrop: 3 } } });
    rig.board.boot();
    await rig.waitFor(/^error: tls-failed: ca.pem did not reach the module whole/, 120_000);
    assert.ok(!rig.lines.some((line) => /-> online/.test(line)));
  });
});

describe("firmware of another age", () => {
  it("without the length of received messages", async () => {
    await online({ modem: { quirks: { recvLength: false } } });
    await rig.operator.publish(rig.topic("down"), '{"a":"b"}');
    await rig.waitForMessage((m) => m.payload.toString() === '{"seq":1,"reply":{"a":"b"}}', 60_000);
  });

  it("without recv/mode, without SNI, with a short prompt", async () => {
    await online({ modem: { quirks: { recvMode: false, sni: false, prompt: ">" } } });
    await rig.operator.publish(rig.topic("down"), '{"a":1}');
    await rig.waitForMessage((m) => m.payload.toString().includes('"reply":{"a":1}'), 60_000);
  });

  it("with its URCs on another port, and boot lines in any order", async () => {
    await online({ modem: { quirks: { urcport: "usbat", bootOrder: "random", lstMissing: "error", uplCrlf: true } } });
  });

  it("that opens no connection before its context is active", async () => {
    await online({ modem: { quirks: { strictPdp: true } } });
  });
});
