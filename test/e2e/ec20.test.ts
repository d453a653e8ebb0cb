/** What only the EC20 has: a checksum of the files in it, and firmware of many ages. */
import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { createBench, type Bench, type BenchOptions } from "../../host/rig/rig.ts";

let bench: Bench;

afterEach(async () => {
  await bench.close();
});

async function online(options: BenchOptions = {}): Promise<void> {
  bench = await createBench(options);
  bench.board.boot();
  await bench.waitFor(/-> online/, 120_000);
}

describe("a certificate in the module", () => {
  const uploads = (): { bytes: number }[] => bench.events.filter((e) => e.ev === "upload") as unknown as { bytes: number }[];

  async function onlineOnce(): Promise<void> {
    await online();
    assert.equal(uploads().length, 1);
    bench.board.kill();
  }

  async function type(text: string): Promise<void> {
    bench.modem.receive(Buffer.from(text));
    await bench.advance(2000);
  }

  it("is not uploaded again while size and checksum are right", async () => {
    await onlineOnce();
    bench.board.boot();
    await bench.waitFor(/-> online/, 120_000);
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
      bench.board.boot();
      await bench.waitFor(/-> online/, 120_000);
      assert.equal(uploads().length, 3);
    });
  }

  it("that loses bytes on its way is told, and nothing connects unverified", async () => {
    bench = await createBench({ modem: { quirks: { uplDrop: 3 } } });
    bench.board.boot();
    await bench.waitFor(/^error: tls-failed: ca.pem did not reach the module whole/, 120_000);
    assert.ok(!bench.lines.some((line) => /-> online/.test(line)));
  });
});

describe("firmware of another age", () => {
  it("without the length of received messages", async () => {
    await online({ modem: { quirks: { recvLength: false } } });
    await bench.operator.publish(bench.topic("down"), '{"a":"b"}');
    await bench.waitForMessage((m) => m.payload.toString() === '{"seq":1,"reply":{"a":"b"}}', 60_000);
  });

  it("without recv/mode, without SNI, with a short prompt", async () => {
    await online({ modem: { quirks: { recvMode: false, sni: false, prompt: ">" } } });
    await bench.operator.publish(bench.topic("down"), '{"a":1}');
    await bench.waitForMessage((m) => m.payload.toString().includes('"reply":{"a":1}'), 60_000);
  });

  it("with its URCs on another port, and boot lines in any order", async () => {
    await online({ modem: { quirks: { urcport: "usbat", bootOrder: "random", lstMissing: "error", uplCrlf: true } } });
  });

  it("that opens no connection before its context is active", async () => {
    await online({ modem: { quirks: { strictPdp: true } } });
  });
});
