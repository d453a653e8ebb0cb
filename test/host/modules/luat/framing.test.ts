/** Bytes on the wire of an Air module: answers without OK, error numbers, what stands before a command. */
import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { attached, booted, BOOT_MS, type Host, type HostOptions } from "../support.ts";
import { linesOf, until } from "./session.ts";

let host: Host;

async function fresh(options: HostOptions = {}): Promise<Host> {
  host = attached({ model: "air780ep", poweredOn: true, ...options });
  await host.clock.advance(BOOT_MS);
  host.clear();
  return host;
}

afterEach(() => host.modem.close());

describe("an Air780EP", () => {
  const cases: [sent: string, received: string][] = [
    ["AT\r", "AT\r\r\nOK\r\n"],
    ["at\r\n", "at\r\r\nOK\r\n"],
    ["ATI\r", "ATI\r\r\nAirM2M_780EP_V1007_LTE_AT\r\n\r\nOK\r\n"],
    ["AT+VER\r", "AT+VER\r\r\nAirM2M_780EP_V1007_LTE_AT\r\n\r\nOK\r\n"],
    ["AT+CGMR\r", 'AT+CGMR\r\r\n+CGMR: "AirM2M_780EP_V1007_LTE_AT"\r\n\r\nOK\r\n'],
    ["AT+CGMI\r", 'AT+CGMI\r\r\n+CGMI: "AirM2M"\r\n\r\nOK\r\n'],
    ["AT+CGMM\r", 'AT+CGMM\r\r\n+CGMM: "Air780EP"\r\n\r\nOK\r\n'],
    ["AT+CGSN\r", "AT+CGSN\r\r\n861234567890126\r\n\r\nOK\r\n"],
    ["AT+CIMI\r", "AT+CIMI\r\r\n460001234567890\r\n\r\nOK\r\n"],
    ["AT+ICCID\r", "AT+ICCID\r\r\n+ICCID: 89860025128306012474\r\n\r\nOK\r\n"],
    ["AT+CCID\r", "AT+CCID\r\r\n89860025128306012474\r\n\r\nOK\r\n"],
    ["AT+NOPE\r", "AT+NOPE\r\r\nERROR\r\n"],
    ["AT+HTTPREAD\r", "AT+HTTPREAD\r\r\n+CME ERROR: 3\r\n"],
    ["AT+FSLS=\r", "AT+FSLS=\r\r\n+CME ERROR: 53\r\n"],
    ['AT+MPUB="t",0,0,"a"b"\r', 'AT+MPUB="t",0,0,"a"b"\r\r\n+CME ERROR: 58\r\n'],
    ["AT+CSQ;+CREG?\r", "AT+CSQ;+CREG?\r\r\n+CSQ: 20,99\r\n\r\n+CREG: 0,1\r\n\r\nOK\r\n"],
    ["ATE0\r", "ATE0\r\r\nOK\r\n"],
    ["AT+IPR=57600;&W\r", "AT+IPR=57600;&W\r\r\nOK\r\n"],
  ];
  for (const [sent, received] of cases) {
    it(JSON.stringify(sent), async () => {
      await fresh();
      host.send(sent);
      await host.wait(/(OK|ERROR|ERROR: \d+)\r\n$/);
      assert.equal(host.output(), received);
    });
  }
});

describe("an Air720", () => {
  it("puts an empty line before its echo", async () => {
    await fresh({ model: "air720" });
    assert.equal(await host.at("AT"), "\r\nAT\r\r\nOK\r\n");
  });

  it("says who it is", async () => {
    host = await booted({ model: "air720" });
    assert.deepEqual(await host.ask("ATI"), ["AirM2M_720_V500_LTE_AT"]);
    assert.deepEqual(await host.ask("AT+CGMM"), ['+CGMM: "Air720"']);
  });

  it("fails the first question for the card's number after a start", async () => {
    host = await booted({ model: "air720" });
    assert.equal(await host.at("AT+ICCID"), "\r\nERROR\r\n");
    assert.deepEqual(await host.ask("AT+ICCID"), ["+ICCID: 89860025128306012474"]);
    await host.ask("AT+RESET");
    await host.clock.advance(BOOT_MS);
    await host.ask("ATE0");
    assert.equal(await host.at("AT+CCID"), "\r\nERROR\r\n");
  });
});

describe("a vendor's build", () => {
  it("quotes the IMEI and saves the blank before the ICCID", async () => {
    host = await booted({ model: "air780ep", quirks: { vendorBuild: true } });
    assert.deepEqual(await host.ask("AT+CGSN"), ['"861234567890126"']);
    assert.deepEqual(await host.ask("AT+ICCID"), ["+ICCID:89860025128306012474"]);
  });
});

describe("what stands before a command", () => {
  it("makes the line wrong", async () => {
    host = await booted({ model: "air780ep" });
    assert.equal(await host.at("\xff\x80AT"), "\r\n+CME ERROR: 58\r\n");
    assert.equal(await host.at("  AT"), "\r\nOK\r\n");
  });

  it("or leaves it unanswered", async () => {
    host = await booted({ model: "air780ep", quirks: { beforeAt: "ignored" } });
    host.send("xAT\r");
    await host.clock.advance(5000);
    assert.equal(host.output(), "");
    assert.equal(await host.at("AT"), "\r\nOK\r\n");
  });
});

describe("a command line", () => {
  it("of 5120 characters is the longest", async () => {
    host = await booted({ model: "air780ep" });
    const line = (length: number): string => `AT+CGMM;${" ".repeat(length - 8)}`;
    assert.match(await host.at(line(5120)), /OK/);
    assert.equal(await host.at(line(5121)), "\r\n+CME ERROR: 58\r\n");
  });

  it("that comes while another is carried out is answered after it", async () => {
    host = await booted({ model: "air780ep" });
    host.send("AT+CGMM\rAT+CGMI\r");
    assert.match(await host.wait(/AirM2M[^]*OK\r\n$/), /Air780EP[^]*OK[^]*AirM2M[^]*OK/);
  });
});

describe("errors", () => {
  it("are numbers without any command, and what CMEE says after it", async () => {
    host = await booted({ model: "air780ep" });
    assert.equal(await host.at("AT+MIPCLOSE"), "\r\n+CME ERROR: 767\r\n");
    await host.ask("AT+CMEE=2");
    assert.equal(await host.at("AT+MIPCLOSE"), "\r\n+CME ERROR: Operation failed\r\n");
    await host.ask("AT+CMEE=0");
    assert.equal(await host.at("AT+MIPCLOSE"), "\r\nERROR\r\n");
    assert.equal(await host.at("xAT"), "\r\nERROR\r\n");
  });
});

describe("URCs", () => {
  it("come between echo and answer, or wait", async () => {
    await fresh();
    host.send("AT+CGMI\r");
    host.modem.control({ urc: "+CGEV: NW MODIFY 1,2" });
    assert.equal(await host.wait(/OK\r\n$/), 'AT+CGMI\r\r\n+CGEV: NW MODIFY 1,2\r\n\r\n+CGMI: "AirM2M"\r\n\r\nOK\r\n');
    await host.modem.close();
    await fresh({ quirks: { urcDuringCmd: false } });
    host.send("AT+CGMI\r");
    host.modem.control({ urc: "+CGEV: NW MODIFY 1,2" });
    assert.equal(await host.wait(/MODIFY 1,2\r\n$/), 'AT+CGMI\r\r\n+CGMI: "AirM2M"\r\n\r\nOK\r\n\r\n+CGEV: NW MODIFY 1,2\r\n');
  });
});

describe("settings that are one number", () => {
  it("are kept until a restart", async () => {
    host = await booted({ model: "air780ep" });
    for (const [name, value] of [
      ["CSCLK", 2],
      ["WAKETIM", 5],
      ["CFGRI", 1],
      ["CTZR", 0],
      ["MQTTMODE", 1],
    ] as const) {
      await host.ask(`AT+${name}=${value}`);
      assert.deepEqual(await host.ask(`AT+${name}?`), [`+${name}: ${value}`]);
    }
    assert.equal(await host.at("AT+CSCLK=4"), "\r\n+CME ERROR: 53\r\n");
    await host.ask("AT+RESET");
    await host.clock.advance(BOOT_MS);
    await host.ask("ATE0");
    assert.deepEqual(await host.ask("AT+WAKETIM?"), ["+WAKETIM: 1"]);
  });
});

describe("a sleeping module", () => {
  it("loses the first characters of what wakes it", async () => {
    host = await booted({ model: "air780ep", quirks: { sleepLoss: 1 } });
    await host.ask("AT+CSCLK=2");
    assert.match(await host.at("AT"), /OK/);
    await host.clock.advance(1500);
    host.send("AT\r");
    await host.clock.advance(500);
    assert.equal(host.output(), "");
    assert.match(await host.at("AT"), /OK/);
    await host.ask("AT+CSCLK=0");
    await host.clock.advance(5000);
    assert.match(await host.at("AT"), /OK/);
  });
});

describe("UPGRADE", () => {
  it("switches the search for new firmware off, over restarts", async () => {
    host = await booted({ model: "air780ep" });
    assert.deepEqual(await host.ask('AT+UPGRADE="AUTO"'), ['+UPGRADE: "AUTO",1']);
    await host.ask('AT+UPGRADE="AUTO",0');
    await host.ask("AT+RESET");
    await host.clock.advance(BOOT_MS);
    await host.ask("ATE0");
    assert.deepEqual(await host.ask('AT+UPGRADE="AUTO"'), ['+UPGRADE: "AUTO",0']);
  });

  it("by hand fails: there is no server", async () => {
    host = await booted({ model: "air780ep" });
    assert.match(await until(host, "AT+UPGRADE", /UPGRADEIND: [^\r]*\r\n$/), /OK\r\n\r\n\+UPGRADEIND: -1002/);
    assert.equal(await host.at('AT+UPGRADE="NOTHING",1'), "\r\nERROR\r\n");
  });

  it("is tried some time after the data connection is there, unless it was switched off now or before", async () => {
    host = await booted({ model: "air780ep", quirks: { fotaNoise: true } });
    await host.clock.advance(40_000);
    assert.deepEqual(linesOf(host.output()), ["+UPGRADEIND: 0", "+UPGRADEIND: -1002"]);
    await host.ask("AT+RESET");
    await host.clock.advance(BOOT_MS);
    await host.ask('ATE0;+UPGRADE="AUTO",0');
    host.clear();
    await host.clock.advance(40_000);
    assert.equal(host.output(), "");
    await host.ask("AT+RESET");
    await host.clock.advance(60_000);
    assert.doesNotMatch(host.output(), /UPGRADEIND/);
  });
});
