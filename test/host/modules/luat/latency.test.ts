/** How long the emulated Air modules take: within the spread of what was measured on real ones, plus the time on the wire. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { makeAuthority } from "../../../../host/broker/certificates.ts";
import { booted } from "../support.ts";
import { bringUp, withBroker } from "./session.ts";

/** Milliseconds for a line of 60 bytes at 115,200 baud. */
const WIRE_MS = 6;

describe("latency", () => {
  it("of connecting, subscribing, publishing, with TLS", async () => {
    const authority = await makeAuthority();
    const session = await withBroker({}, { tls: await authority.issue({ names: ["broker.test"] }) });
    const check = async (command: string, told: RegExp, mean: number, spread: number): Promise<void> => {
      const start = session.clock.now();
      session.send(`${command}\r`);
      await session.wait(told);
      const ms = session.clock.now() - start;
      assert.ok(ms >= mean - spread && ms <= mean + spread + WIRE_MS, `${command}: ${ms.toFixed(1)} ms, expected ${mean} +- ${spread}`);
    };
    for (let i = 0; i < 20; i++) await check("AT", /OK/, 3, 2);
    for (let i = 0; i < 5; i++) {
      await check('AT+MCONFIG="device"', /OK/, 3, 2);
      await check('AT+SSLMIPSTART="broker.test",8883', /CONNECT OK/, 1800, 450);
      await check("AT+MCONNECT=1,120", /CONNACK OK/, 230, 40);
      await check('AT+MSUB="t",0', /SUBACK/, 300, 60);
      await check('AT+MPUB="u",1,0,"x"', /PUBACK/, 300, 60);
      await check('AT+MPUB="t",0,0,"x"', /byte,x\r\n$/, 160, 40);
      await check("AT+MDISCONNECT", /CLOSED/, 2560, 10);
    }
    await session.close();
  });

  it("of the bearer and of plain TCP", async () => {
    const session = await withBroker({ model: "air720" });
    for (let i = 0; i < 5; i++) {
      const start = session.clock.now();
      session.send('AT+MIPSTART="broker",1883\r');
      await session.wait(/CONNECT OK/);
      const ms = session.clock.now() - start;
      assert.ok(ms >= 240 && ms <= 400 + WIRE_MS, `MIPSTART: ${ms} ms`);
      await session.ask("AT+MIPCLOSE");
    }
    await session.close();
  });

  it("is scaled to nothing, but for what the network takes its time for", async () => {
    const host = await booted({ model: "air720", latencyScale: 0 });
    const start = host.clock.now();
    await bringUp(host);
    assert.ok(host.clock.now() - start < 50);
    await host.modem.close();
  });
});
