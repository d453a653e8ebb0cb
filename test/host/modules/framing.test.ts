/** Bytes on the wire: echo, blocks, final results. Captures of EC25 and BG770A show them. */
import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { attached, booted, BOOT_MS, type Host, type HostOptions } from "./support.ts";

let host: Host;

/** With echo on, as it is after power-on. */
async function fresh(options: HostOptions = {}): Promise<Host> {
  host = attached({ poweredOn: true, ...options });
  await host.clock.advance(BOOT_MS);
  return host;
}

afterEach(() => host.modem.close());

describe("framing", () => {
  const cases: [sent: string, received: string][] = [
    ["AT\r", "AT\r\r\nOK\r\n"],
    ["AT\r\n", "AT\r\r\nOK\r\n"],
    ["at+cpin?\r", "at+cpin?\r\r\n+CPIN: READY\r\n\r\nOK\r\n"],
    ["ATI\r", "ATI\r\r\nQuectel\r\nEC20F\r\nRevision: EC20CEFAGR06A13M4G\r\n\r\nOK\r\n"],
    ["AT+NOPE\r", "AT+NOPE\r\r\nERROR\r\n"],
    ["AT+CSQ;+CREG?\r", "AT+CSQ;+CREG?\r\r\n+CSQ: 20,99\r\n\r\n+CREG: 0,1\r\n\r\nOK\r\n"],
    ["AT+CSQ;+NOPE;+CREG?\r", "AT+CSQ;+NOPE;+CREG?\r\r\n+CSQ: 20,99\r\n\r\nERROR\r\n"],
    ["ATE1V1Q0\r", "ATE1V1Q0\r\r\nOK\r\n"],
    ["AT+QIACT?\r", "AT+QIACT?\r\r\nOK\r\n"],
    ["ATE0\r", "ATE0\r\r\nOK\r\n"],
  ];
  for (const [sent, received] of cases) {
    it(JSON.stringify(sent), async () => {
      await fresh();
      host.send(sent);
      await host.wait(/(OK|ERROR)\r\n$/);
      assert.equal(host.output(), received);
    });
  }

  it("has no echo after ATE0, and again after ATE1", async () => {
    host = await booted();
    assert.equal(await host.at("AT"), "\r\nOK\r\n");
    assert.equal(await host.at("ATE1"), "\r\nOK\r\n");
    assert.equal(await host.at("AT"), "AT\r\r\nOK\r\n");
  });

  it("puts an empty line before an echo when told so", async () => {
    await fresh({ quirks: { extraCrlf: true } });
    assert.equal(await host.at("AT"), "\r\nAT\r\r\nOK\r\n");
  });
});

describe("a command line", () => {
  it("without AT is echoed and not answered", async () => {
    await fresh();
    host.send("hello\r");
    await host.clock.advance(5000);
    assert.equal(host.output(), "hello\r");
  });

  it("is found behind garbage", async () => {
    host = await booted();
    assert.equal(await host.at("\xff\x80\xfeAT"), "\r\nOK\r\n");
  });

  it("may come byte by byte", async () => {
    await fresh();
    host.clear();
    for (const byte of "AT+CGMM\r") {
      host.modem.receive(Buffer.from(byte));
      await host.clock.advance(3);
    }
    assert.equal(await host.wait(/OK\r\n$/), "AT+CGMM\r\r\nEC20F\r\n\r\nOK\r\n");
  });

  it("of several commands is refused as a whole where the firmware cannot do that", async () => {
    host = await booted({ quirks: { joins: false } });
    assert.equal(await host.at("AT+CSQ;+CREG=1"), "\r\nERROR\r\n");
    assert.equal(await host.at("AT+CREG?"), "\r\n+CREG: 0,1\r\n\r\nOK\r\n", "not even its first part is carried out");
    assert.equal(await host.at('AT+QICSGP=1,1,"a;b"'), "\r\nOK\r\n", "a ; within quotes is text");
    assert.equal(await host.at("ATE0V1;"), "\r\nOK\r\n");
  });

  it("that comes while another is carried out is answered after it", async () => {
    host = await booted();
    host.send("AT+CGMM\rAT+GMI\r");
    assert.equal(await host.wait(/Quectel[^]*OK\r\n$/), "\r\nEC20F\r\n\r\nOK\r\n\r\nQuectel\r\n\r\nOK\r\n");
  });

  it("may end with a line feed too, which is no data", async () => {
    host = await booted();
    host.send('AT+QFUPL="a",2\r\n');
    await host.wait(/CONNECT\r\n$/);
    host.send("hi");
    assert.match(await host.wait(/OK\r\n$/), /QFUPL: 2,6869/);
  });

  it("of 2048 characters is the longest", async () => {
    host = await booted();
    const line = (length: number): string => `AT+CGMM;${" ".repeat(length - 8)}`;
    assert.match(await host.at(line(2048)), /OK/);
    assert.match(await host.at(line(2049)), /^\r\nERROR\r\n$/);
  });

  for (const [why, command] of [
    ["typographic quotes", "AT+QFUPL=\xe2\x80\x9cRAM:a\xe2\x80\x9d,10"],
    ["a comma missing behind a quoted string", 'AT+QMTCFG="recv/mode"0,0,1'],
    ["a quote that is not closed", 'AT+QFLST="a'],
    ["a number out of range", "AT+QMTDISC=6"],
    ["a string where a number belongs", 'AT+QMTDISC="0"'],
    ["a missing argument", "AT+QMTOPEN=0"],
  ] as const) {
    it(`with ${why} is an error`, async () => {
      host = await booted();
      assert.match(await host.at(command), /^\r\n(ERROR|\+CME ERROR: 400)\r\n$/);
    });
  }
});

describe("CMEE", () => {
  it("says how an error looks", async () => {
    host = await booted({ sim: { state: "missing" } });
    assert.equal(await host.at("AT+CPIN?"), "\r\n+CME ERROR: 10\r\n");
    await host.at("AT+CMEE=2");
    assert.equal(await host.at("AT+CPIN?"), "\r\n+CME ERROR: SIM not inserted\r\n");
    await host.at("AT+CMEE=0");
    assert.equal(await host.at("AT+CPIN?"), "\r\nERROR\r\n");
  });
});

describe("URCs", () => {
  it("may come between echo and answer", async () => {
    await fresh();
    host.send("AT+CGMM\r");
    host.modem.control({ urc: "+CGEV: ME PDN ACT 1" });
    assert.equal(await host.wait(/OK\r\n$/), "AT+CGMM\r\r\n+CGEV: ME PDN ACT 1\r\n\r\nEC20F\r\n\r\nOK\r\n");
  });

  it("wait for the answer when urcDuringCmd is off", async () => {
    await fresh({ quirks: { urcDuringCmd: false } });
    host.send("AT+CGMM\r");
    host.modem.control({ urc: "+CGEV: ME PDN ACT 1" });
    assert.equal(await host.wait(/ACT 1\r\n$/), "AT+CGMM\r\r\nEC20F\r\n\r\nOK\r\n\r\n+CGEV: ME PDN ACT 1\r\n");
  });

  it("do not come into a half-typed line", async () => {
    await fresh();
    host.send("AT+CG");
    host.modem.control({ urc: "+URC" });
    await host.clock.advance(500);
    assert.equal(host.output(), "AT+CG");
    host.modem.receive(Buffer.from("MM\r"));
    assert.equal(await host.wait(/OK\r\n$/), "AT+CGMM\r\r\n+URC\r\n\r\nEC20F\r\n\r\nOK\r\n");
  });

  it("wait until data mode ends", async () => {
    host = await booted();
    host.send('AT+QFUPL="a",4\r');
    await host.wait(/CONNECT\r\n$/);
    host.modem.control({ urc: "+URC" });
    await host.clock.advance(1000);
    assert.equal(host.output(), "\r\nCONNECT\r\n");
    host.send("data");
    assert.equal(await host.wait(/OK\r\n$/), "\r\n+URC\r\n+QFUPL: 4,1000\r\n\r\nOK\r\n");
  });

  it("go elsewhere until QURCCFG says uart1", async () => {
    host = attached({ poweredOn: true, quirks: { urcport: "usbat" } });
    await host.clock.advance(BOOT_MS);
    assert.equal(host.output(), "");
    await host.ask("ATE0");
    assert.deepEqual(await host.ask('AT+QURCCFG="urcport"'), ['+QURCCFG: "urcport","usbat"']);
    await host.ask('AT+QURCCFG="urcport","uart1"');
    host.clear();
    host.modem.control({ urc: "+URC" });
    assert.equal(await host.wait(/URC/), "\r\n+URC\r\n");
  });
});
