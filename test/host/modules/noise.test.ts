/** What a bad line does to the output: pieces, noise, delays; and that the same seed does the same. */
import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { createModem } from "../../../host/modules/modem.ts";
import { VirtualClock } from "../../../host/time/clock.ts";
import { attached, booted, BOOT_MS, type Host, type HostOptions } from "./support.ts";

let host: Host;

afterEach(() => host?.modem.close());

const COMMANDS = ["AT", "ATI", "AT+CSQ", "AT+CREG?", "AT+COPS?", "AT+NOPE", "AT+CPIN?", "AT+QIACT?"];

/** Lines that come when `COMMANDS` are sent with echo on, without empty ones. */
async function session(options: HostOptions): Promise<{ lines: string[]; bytes: string }> {
  host = attached({ poweredOn: true, ...options });
  await host.clock.advance(BOOT_MS);
  let bytes = host.output();
  for (const command of COMMANDS) {
    host.send(`${command}\r`);
    await host.clock.advance(3000);
    bytes += host.output();
  }
  await host.modem.close();
  return { lines: bytes.split(/[\r\n]+/).filter((line) => line !== ""), bytes };
}

describe("chunks", () => {
  for (const chunk of [1, 2, 7, 64]) {
    it(`of up to ${chunk} bytes make the same bytes`, async () => {
      const whole = await session({});
      const sizes: number[] = [];
      host = attached({ poweredOn: true, chunk });
      host.modem.on("data", (bytes) => sizes.push(bytes.length));
      await host.clock.advance(BOOT_MS);
      assert.ok(sizes.every((size) => size >= 1 && size <= chunk));
      await host.modem.close();
      assert.deepEqual((await session({ chunk })).bytes, whole.bytes);
    });
  }

  it("come no faster than the line carries them", async () => {
    host = await booted({ chunk: 1 });
    const times: number[] = [];
    host.modem.on("data", () => times.push(host.clock.now()));
    await host.at("ATI");
    const burst = Math.max(...times) - Math.min(...times);
    assert.ok(Math.abs(burst - ((times.length - 1) * 10_000) / 115_200) < 0.01, `${times.length} bytes in ${burst} ms`);
  });
});

describe("noise", () => {
  it("comes between lines, never inside one", async () => {
    const clean = await session({});
    const kinds = { garbage: 0, urcs: 0 };
    for (let seed = 1; seed <= 20; seed++) {
      const { lines } = await session({ noise: true, seed });
      const rest = lines.filter((line) => {
        const garbage = /^[\x80-\xff]+$/.test(line);
        const unknown = /^\+(CGEV: NW MODIFY|QIND: "csq"|QSTKURC|QNETDEVSTATUS)/.test(line);
        kinds.garbage += Number(garbage);
        kinds.urcs += Number(unknown);
        return !garbage && !unknown;
      });
      assert.deepEqual(rest, clean.lines, `seed ${seed}`);
    }
    assert.ok(kinds.garbage > 20 && kinds.urcs > 20, JSON.stringify(kinds));
  });

  it("comes between echo and answer, and between info and OK", async () => {
    const seen = { answer: false, ok: false };
    for (let seed = 1; seed <= 40; seed++) {
      const { bytes } = await session({ noise: true, seed });
      seen.answer ||= /AT\+CSQ\r\r\n\+(CGEV|QIND|QSTK|QNET)[^]*\+CSQ/.test(bytes);
      seen.ok ||= /\+CSQ: 20,99\r\n\r\n\+(CGEV|QIND|QSTK|QNET)[^\r]*\r\n\r\nOK/.test(bytes);
    }
    assert.deepEqual(seen, { answer: true, ok: true });
  });

  it("comes on an idle line too", async () => {
    host = await booted({ noise: true });
    await host.clock.advance(120_000);
    assert.notEqual(host.output(), "");
  });

  it("is never inside a payload", async () => {
    for (let seed = 1; seed <= 10; seed++) {
      host = await booted({ noise: true, seed });
      const content = "x".repeat(3000);
      await host.data('AT+QFUPL="a",3000', /CONNECT\r\n/, content);
      assert.ok((await host.at('AT+QFDWL="a"')).includes(`CONNECT\r\n${content}\r\n`));
      await host.modem.close();
    }
  });
});

describe("the same seed", () => {
  it("makes the same session, another one another", async () => {
    const options = { noise: true, chunk: 5 };
    const first = await session({ ...options, seed: 7 });
    assert.deepEqual(await session({ ...options, seed: 7 }), first);
    assert.notDeepEqual(await session({ ...options, seed: 8 }), first);
  });
});

describe("a latency scale of 0", () => {
  it("answers at once, but not before the caller is done", async () => {
    const clock = new VirtualClock();
    const modem = await createModem({ model: "ec20", clock, latencyScale: 0, poweredOn: true });
    let out = "";
    modem.on("data", (bytes) => (out += bytes.toString("latin1")));
    await clock.advance(100);
    assert.match(out, /RDY[^]*PB DONE/);
    out = "";
    modem.receive(Buffer.from("AT\r"));
    assert.equal(out, "");
    await clock.advance(2);
    assert.equal(out, "AT\r\r\nOK\r\n");
    await modem.close();
  });
});
