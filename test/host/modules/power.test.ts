/** Power key, reset line, boot, power down. */
import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { attached, booted, BOOT_MS, type Host } from "./support.ts";

let host: Host;

async function press(pin: "PWRKEY" | "RESET", ms: number): Promise<void> {
  host.modem.setPin(pin, 0);
  await host.clock.advance(ms);
  host.modem.setPin(pin, 1);
  await host.clock.advance(0);
}

function lines(): string[] {
  return host
    .output()
    .split("\r\n")
    .filter((line) => line !== "");
}

afterEach(() => host.modem.close());

describe("the power key", () => {
  it("must be down for 100 ms to switch on", async () => {
    host = attached();
    await press("PWRKEY", 99);
    await host.clock.advance(BOOT_MS);
    assert.equal(host.modem.status, 0);
    assert.equal(host.output(), "");
    await press("PWRKEY", 100);
    assert.equal(host.modem.status, 1);
    await host.wait(/PB DONE\r\n$/);
    assert.deepEqual(lines(), ["RDY", "+CFUN: 1", "+CPIN: READY", "+QUSIM: 1", "+QIND: SMS DONE", "+QIND: PB DONE"]);
  });

  it("that switches on and is held does not switch off", async () => {
    host = attached();
    await press("PWRKEY", 5000);
    await host.clock.advance(BOOT_MS);
    assert.equal(host.modem.status, 1);
  });

  it("switches off after 650 ms, not before", async () => {
    host = await booted();
    await press("PWRKEY", 500);
    await host.clock.advance(10_000);
    assert.equal(host.modem.status, 1);
    await press("PWRKEY", 650);
    await host.wait(/\r\nPOWERED DOWN\r\n$/);
    assert.equal(host.modem.status, 1);
    await host.clock.advance(1100);
    assert.equal(host.modem.status, 0);
    host.send("AT\r");
    await host.clock.advance(5000);
    assert.equal(host.output(), "");
  });

  it("leaves a command without its answer", async () => {
    host = await booted();
    host.modem.control({ fault: "late", ms: 1000 });
    host.modem.setPin("PWRKEY", 0);
    await host.clock.advance(700);
    host.send("AT\r");
    host.modem.setPin("PWRKEY", 1);
    await host.clock.advance(BOOT_MS);
    assert.equal(host.output(), "\r\nPOWERED DOWN\r\n");
  });

  it("tied low starts the module again after QPOWD", async () => {
    host = attached();
    host.modem.setPin("PWRKEY", 0);
    await host.clock.advance(BOOT_MS);
    await host.at("AT+QPOWD");
    await host.wait(/POWERED DOWN[^]*RDY/);
  });

  it("tells every change of the STATUS pin", async () => {
    host = attached();
    const levels: number[] = [];
    host.modem.on("status", (level) => levels.push(level));
    await press("PWRKEY", 500);
    await host.clock.advance(BOOT_MS);
    await press("PWRKEY", 700);
    await host.clock.advance(BOOT_MS);
    assert.deepEqual(levels, [1, 0]);
  });
});

describe("the reset line", () => {
  it("restarts the module after 150 ms, not before", async () => {
    host = await booted();
    await press("RESET", 149);
    assert.match(await host.at("AT"), /OK/);
    host.clear();
    await press("RESET", 200);
    await host.clock.advance(7000);
    assert.equal(host.output(), "");
    await host.wait(/^\r\nRDY\r\n/);
  });

  it("brings echo and settings back to what was stored", async () => {
    host = await booted();
    await host.ask("AT+CREG=2");
    await press("RESET", 200);
    await host.clock.advance(BOOT_MS);
    assert.equal(await host.at("AT+CREG?"), "AT+CREG?\r\r\n+CREG: 0,1\r\n\r\nOK\r\n");
  });
});

describe("power by command", () => {
  it("goes down after QPOWD, and URCs end", async () => {
    host = await booted();
    await host.ask("AT+QPOWD=1");
    await host.wait(/\r\nPOWERED DOWN\r\n$/);
    await host.clock.advance(1100);
    assert.equal(host.modem.status, 0);
  });

  it("restarts after CFUN=1,1", async () => {
    host = await booted();
    await host.ask("AT+CFUN=1,1");
    await host.wait(/RDY[^]*PB DONE/);
  });

  it("goes through the card again after CFUN=0 and 1, and not after 4 and 1", async () => {
    host = await booted();
    await host.ask("AT+CFUN=0");
    assert.deepEqual(await host.ask("AT+QINISTAT"), ["+QINISTAT: 0"]);
    assert.deepEqual(await host.ask("AT+CREG?"), ["+CREG: 0,0"]);
    assert.match(await host.at("AT+CPIN?"), /CME ERROR: 13/);
    await host.at("AT+CFUN=1");
    await host.wait(/CPIN: READY[^]*QUSIM: 1[^]*SMS DONE[^]*PB DONE\r\n$/);
    assert.deepEqual(await host.ask("AT+QINISTAT"), ["+QINISTAT: 7"]);
    await host.ask("AT+CFUN=4");
    assert.deepEqual(await host.ask("AT+CSQ"), ["+CSQ: 99,99"]);
    await host.ask("AT+CFUN=1");
    host.clear();
    await host.clock.advance(BOOT_MS);
    assert.equal(host.output(), "");
    assert.deepEqual(await host.ask("AT+CREG?"), ["+CREG: 0,1"]);
  });
});

describe("boot", () => {
  it("can come twice, with garbage before it, in the other order", async () => {
    host = attached({ poweredOn: true, quirks: { dupBoot: true, bootNoise: true, bootOrder: "pb-first" } });
    await host.clock.advance(BOOT_MS);
    assert.match(host.output(), /^[\x80-\xff]\r\nRDY\r\n/);
    assert.deepEqual(lines().slice(1), [
      "RDY",
      "+CFUN: 1",
      "RDY",
      "+CFUN: 1",
      "+CPIN: READY",
      "+QUSIM: 1",
      "+QIND: PB DONE",
      "+QIND: SMS DONE",
    ]);
  });

  it("answers nothing before RDY", async () => {
    host = attached({ poweredOn: true });
    await host.clock.advance(5000);
    host.send("AT\r");
    await host.wait(/RDY/);
    assert.doesNotMatch(host.output(), /OK/);
  });

  it("can happen by itself, once", async () => {
    host = attached({ poweredOn: true, quirks: { rebootAt: 20_000 } });
    await host.clock.advance(120_000);
    assert.equal(host.named("ready").length, 2);
  });
});

describe("the rate", () => {
  it("changes behind the OK, and bytes at the wrong one are garbage in both directions", async () => {
    host = await booted();
    host.modem.hostBaud(115_200);
    await host.ask("AT+IPR=57600");
    const commands = host.named("command").length;
    host.send("AT\r");
    await host.clock.advance(1000);
    assert.equal(host.named("command").length, commands);
    host.modem.control({ urc: "+URC" });
    await host.clock.advance(1000);
    assert.match(host.output(), /^[\x80-\xff]+$/);
    host.modem.hostBaud(57_600);
    assert.match(await host.at("AT"), /OK/);
    assert.deepEqual(await host.ask("AT+IPR?"), ["+IPR: 57600"]);
  });

  it("is back after a restart, unless it was stored", async () => {
    host = await booted();
    await host.ask("AT+IPR=57600");
    await press("RESET", 200);
    await host.clock.advance(BOOT_MS);
    assert.equal(host.modem.baud, 115_200);
    await host.at("AT+IPR=57600");
    await host.at("AT&W");
    await press("RESET", 200);
    await host.clock.advance(BOOT_MS);
    assert.equal(host.modem.baud, 57_600);
  });

  it("that does not exist is refused", async () => {
    host = await booted();
    assert.match(await host.at("AT+IPR=12345"), /ERROR/);
  });
});
