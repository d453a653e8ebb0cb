/** Power key, reset line, boot, power down, rate of an Air module. */
import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { attached, booted, BOOT_MS, type Host, type HostOptions } from "../support.ts";
import { AIR_MODELS, linesOf, until } from "./session.ts";

let host: Host;

function off(options: HostOptions = {}): Host {
  return attached({ model: "air780ep", ...options });
}

async function press(pin: "PWRKEY" | "RESET", ms: number): Promise<void> {
  host.modem.setPin(pin, 0);
  await host.clock.advance(ms);
  host.modem.setPin(pin, 1);
  await host.clock.advance(0);
}

/** On, by its key, which is up again. */
async function pressed(options: HostOptions = {}): Promise<Host> {
  host = off(options);
  await press("PWRKEY", 1200);
  await host.clock.advance(BOOT_MS);
  await host.at("ATE0");
  host.clear();
  return host;
}

afterEach(() => host.modem.close());

describe("the power key", () => {
  for (const model of AIR_MODELS) {
    it(`must be down for a second to switch on an ${model}`, async () => {
      host = off({ model });
      await press("PWRKEY", 999);
      await host.clock.advance(BOOT_MS);
      assert.equal(host.modem.status, 0);
      assert.equal(host.output(), "");
      await press("PWRKEY", 1000);
      assert.equal(host.modem.status, 1);
      await host.wait(/PDN ACT \d\r\n$/);
    });
  }

  it("that is held does not switch off what it switched on", async () => {
    host = off();
    await press("PWRKEY", 5000);
    await host.clock.advance(BOOT_MS);
    assert.equal(host.modem.status, 1);
  });

  it("switches off after 1.5 s, not before", async () => {
    await pressed();
    await press("PWRKEY", 1499);
    await host.clock.advance(5000);
    assert.equal(host.modem.status, 1);
    await press("PWRKEY", 1500);
    assert.equal(await host.wait(/DOWN\r\n$/), "\r\nNORMAL POWER DOWN\r\n");
    await host.clock.advance(1000);
    assert.equal(host.modem.status, 0);
  });
});

describe("RESET", () => {
  it("switches off after half a second, and the key switches on again", async () => {
    await pressed();
    await press("RESET", 499);
    assert.equal(host.modem.status, 1);
    await press("RESET", 500);
    assert.equal(host.modem.status, 0);
    await host.clock.advance(BOOT_MS);
    assert.equal(host.output(), "");
    await press("PWRKEY", 1000);
    await host.wait(/RDY/);
  });

  it("restarts a module whose key is tied low", async () => {
    host = await booted({ model: "air780ep" });
    await press("RESET", 600);
    assert.equal(host.modem.status, 0);
    await host.wait(/RDY\r\n/);
  });
});

describe("power by command", () => {
  it("ends with NORMAL POWER DOWN in place of OK", async () => {
    await pressed();
    assert.equal(await until(host, "AT+CPOWD=1", /DOWN\r\n$/), "\r\nNORMAL POWER DOWN\r\n");
    await host.clock.advance(1100);
    assert.equal(host.modem.status, 0);
    await host.clock.advance(BOOT_MS);
    assert.equal(host.modem.status, 0);
  });

  it("ends silently with CPOWD=0", async () => {
    await pressed();
    host.send("AT+CPOWD=0\r");
    await host.clock.advance(2000);
    assert.equal(host.output(), "");
    assert.equal(host.modem.status, 0);
    await press("PWRKEY", 1000);
    await host.wait(/RDY/);
    await press("PWRKEY", 2000);
    await host.wait(/NORMAL POWER DOWN/);
  });

  it("does not last when the key is tied low, until somebody lets it go", async () => {
    host = await booted({ model: "air720" });
    await until(host, "AT+CPOWD=1", /DOWN\r\n[^]*RDY\r\n/);
    await host.clock.advance(BOOT_MS);
    host.modem.setPin("PWRKEY", 1);
    assert.equal(host.modem.status, 1);
    host.send("AT+CPOWD=1\r");
    await host.clock.advance(BOOT_MS);
    assert.equal(host.modem.status, 0);
  });

  it("restarts after RESET and CFUN=1,1", async () => {
    for (const command of ["AT+RESET", "AT+CFUN=1,1"]) {
      host = await booted({ model: "air780ep" });
      await host.ask(command);
      await host.wait(/RDY[^]*PDN ACT 1\r\n$/);
      await host.modem.close();
    }
  });
});

describe("boot", () => {
  it("begins with an empty line and garbage, and says the network before anything of the card", async () => {
    host = off({ poweredOn: true, network: { nitz: true } });
    const times: [number, string][] = [];
    host.modem.on("event", ({ ev, urc }) => {
      if (ev === "urc") times.push([Math.round(host.clock.now()), String(urc)]);
    });
    await host.clock.advance(BOOT_MS);
    assert.match(host.output(), /^\r\n[\x80-\xff]\r\nRDY\r\n/);
    const [nitz] = times.splice(-1);
    assert.deepEqual(times, [
      [1540, "RDY"],
      [6900, "^MODE: 17,17"],
      [6900, "+E_UTRAN Service"],
      [6900, "+CGEV: ME PDN ACT 1"],
    ]);
    assert.match(String(nitz?.[1]), /^\+NITZ: \d\d\/\d\d\/\d\d,\d\d:\d\d:\d\d\+32, $/);
  });

  it("may have no garbage, and come twice, and by itself", async () => {
    host = off({ poweredOn: true, quirks: { bootNoise: false, dupBoot: true, rebootAt: 20_000 } });
    await host.clock.advance(BOOT_MS);
    assert.match(host.output(), /^\r\n\r\nRDY\r\n\r\nRDY\r\n/);
    await host.clock.advance(100_000);
    assert.equal(host.named("ready").length, 2);
  });

  it("answers nothing before RDY", async () => {
    host = off({ poweredOn: true });
    await host.clock.advance(1500);
    host.send("AT\r");
    await host.wait(/RDY/);
    assert.doesNotMatch(host.output(), /OK/);
  });

  for (const [shape, pattern] of [
    ["empty", /^\+NITZ: 24\/08\/22,07:27:15\+32, $/],
    ["number", /^\+NITZ: 24\/08\/22,07:27:15\+32,0$/],
    ["long-year", /^\+NITZ: 2024\/08\/22,07:27:15\+32,0$/],
  ] as const) {
    it(`tells the time as ${shape}, and sets the clock to local time`, async () => {
      const time = Date.UTC(2024, 7, 22, 7, 27, 8) / 1000 + 0.5;
      host = await booted({ model: "air780ep", quirks: { nitzShape: shape }, network: { nitz: true, time } });
      const urcs = host.named("urc").map(({ urc }) => String(urc));
      assert.match(urcs.find((urc) => urc.startsWith("+NITZ")) as string, pattern);
      assert.deepEqual(await host.ask("AT+CCLK?"), ['+CCLK: "24/08/22,15:27:23+32"']);
    });
  }

  it("says no time on an Air720 unless CTZR asks for it, but sets the clock", async () => {
    host = await booted({ model: "air720", network: { nitz: true } });
    assert.equal(host.named("urc").filter(({ urc }) => String(urc).startsWith("+NITZ")).length, 0);
    assert.doesNotMatch((await host.ask("AT+CCLK?"))[0] as string, /"80\//);
    await host.ask("AT+CTZR=1");
    await host.ask("AT+CFUN=0");
    await host.ask("AT+CFUN=1");
    await host.wait(/NITZ/);
  });

  it("leaves the clock alone without CTZU", async () => {
    host = await booted({ model: "air780ep", network: { nitz: false } });
    assert.match((await host.ask("AT+CCLK?"))[0] as string, /"80\/01\/06/);
    await host.ask("AT+CTZU=0");
    host.modem.control({ set: "nitz", on: true });
    await host.ask("AT+CFUN=0");
    await host.ask("AT+CFUN=1");
    await host.wait(/NITZ/);
    assert.match((await host.ask("AT+CCLK?"))[0] as string, /"80\/01\/06/);
  });
});

describe("CFUN", () => {
  it("takes the network and the card away and brings them back", async () => {
    host = await booted({ model: "air780ep" });
    assert.deepEqual(linesOf(await until(host, "AT+CFUN=0", /MODE[^]*\r\n$/)), ["OK", "+CGEV: ME PDN DEACT 1", "^MODE: 0,0"]);
    assert.equal(await host.at("AT+CPIN?"), "\r\n+CME ERROR: 13\r\n");
    assert.deepEqual(await host.ask("AT+CGATT?"), ["+CGATT: 0"]);
    assert.equal(await host.at("AT+CGACT=1,1"), "\r\n+CME ERROR: 797\r\n");
    await until(host, "AT+CFUN=1", /OK\r\n[^]*\^MODE: 17,17[^]*PDN ACT 1\r\n$/);
    assert.deepEqual(await host.ask("AT+CPIN?"), ["+CPIN: READY"]);
    await until(host, "AT+CFUN=4", /MODE: 0,0\r\n$/);
    assert.deepEqual(await host.ask("AT+CPIN?"), ["+CPIN: READY"]);
    assert.deepEqual(await host.ask("AT+CSQ"), ["+CSQ: 99,99"]);
  });
});

describe("the rate", () => {
  it("is found by an AT on an Air780EP, until IPR fixes one", async () => {
    await pressed();
    host.modem.hostBaud(57_600);
    assert.deepEqual(await host.ask("AT+IPR?"), ["+IPR: 0"]);
    assert.equal(host.modem.baud, 57_600);
    await host.ask("AT+IPR=115200");
    host.modem.hostBaud(115_200);
    await host.ask("AT&W");
    host.modem.hostBaud(57_600);
    host.send("AT\r");
    await host.clock.advance(1000);
    assert.equal(host.output(), "");
    host.modem.hostBaud(115_200);
    // Ends the line of garbage that the wrong rate made.
    host.send("\r");
    await host.ask("AT+RESET");
    await host.clock.advance(BOOT_MS);
    await host.ask("ATE0");
    assert.deepEqual(await host.ask("AT+IPR?"), ["+IPR: 115200"]);
  });

  it("is fixed on an Air720", async () => {
    await pressed({ model: "air720" });
    assert.deepEqual(await host.ask("AT+IPR?"), ["+IPR: 115200"]);
    host.modem.hostBaud(57_600);
    host.send("AT\r");
    await host.clock.advance(1000);
    assert.equal(host.output(), "");
    host.modem.hostBaud(115_200);
    assert.match(await host.at("AT+IPR=0"), /ERROR/);
  });
});
