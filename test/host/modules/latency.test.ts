/** How long the emulated EC20 takes: within the spread of what was measured on real modules, plus the time on the wire. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { makeAuthority } from "../../../host/broker/certificates.ts";
import { attached } from "./support.ts";
import { withBroker, type Session } from "./session.ts";

/** Milliseconds for a line of 60 bytes at 115,200 baud. */
const WIRE_MS = 6;

let session: Session;

before(async () => {
  const authority = await makeAuthority();
  session = await withBroker({}, { tls: await authority.issue({ names: ["broker.test"] }) });
});
after(() => session.close());

/** Milliseconds from the last `send` to the first byte of what matches. */
async function until(pattern: RegExp): Promise<number> {
  const start = session.clock.now();
  await session.wait(pattern);
  return session.clock.now() - start;
}

function within(ms: number, mean: number, spread: number, what: string): void {
  assert.ok(ms >= mean - spread && ms <= mean + spread + WIRE_MS, `${what}: ${ms.toFixed(1)} ms, expected ${mean} +- ${spread}`);
}

describe("latency", () => {
  it("of a simple command: EC800M, 7 to 17 ms", async () => {
    for (let i = 0; i < 50; i++) {
      session.send("AT\r");
      within(await until(/OK/), 9, 4, "AT");
    }
  });

  it("of connecting, subscribing, publishing", async () => {
    await session.ask('AT+QMTCFG="SSL",0,1,2');
    await session.ask('AT+QSSLCFG="ciphersuite",2,0XFFFF');
    for (let i = 0; i < 5; i++) {
      session.send('AT+QMTOPEN=0,"broker.test",8883\r');
      within(await until(/QMTOPEN: 0,0/), 2000, 500, "QMTOPEN with TLS");
      session.send('AT+QMTCONN=0,"device"\r');
      within(await until(/QMTCONN: 0,0,0/), 300, 60, "QMTCONN");
      session.send('AT+QMTSUB=0,1,"t",0\r');
      within(await until(/QMTSUB: 0,1,0,0/), 190, 50, "QMTSUB");
      for (const [id, qos, afterOk] of [
        [0, 0, 5],
        [1, 1, 205],
      ] as const) {
        session.send(`AT+QMTPUBEX=0,${id},${qos},0,"u",2\r`);
        within(await until(/> $/), 12, 1, "prompt");
        session.send("hi");
        within(await until(/OK/), 105, 4, "payload to OK");
        within(await until(/QMTPUBEX: /), afterOk, qos ? 30 : 2, "OK to result");
      }
      await session.at("AT+QMTCLOSE=0");
      await session.wait(/QMTCLOSE: 0,0/);
    }
  });

  it("of a boot: RDY after 8 s, then 1 s, 0.2 s, 1.8 s, 0.5 s", async () => {
    const host = attached({ poweredOn: true });
    const times: number[] = [];
    host.modem.on("event", ({ ev }) => {
      if (ev === "urc") times.push(host.clock.now());
    });
    await host.wait(/PB DONE/);
    assert.deepEqual(times, [8000, 8000, 9000, 9200, 11_000, 11_500]);
    await host.modem.close();
  });

  it("is scaled", async () => {
    const host = attached({ poweredOn: true, latencyScale: 0.1 });
    await host.wait(/RDY/);
    within(host.clock.now(), 800, 1, "RDY");
    await host.modem.close();
  });
});
