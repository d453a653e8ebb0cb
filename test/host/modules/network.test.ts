/** SIM, signal, registration, contexts, clock. */
import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { attached, booted, BOOT_MS, type Host } from "./support.ts";

let host: Host;

afterEach(() => host.modem.close());

describe("the SIM", () => {
  it("is busy until a second after RDY", async () => {
    host = attached({ poweredOn: true });
    await host.wait(/RDY/);
    await host.at("ATE0");
    assert.match(await host.at("AT+CPIN?"), /\+CME ERROR: 14/);
  });

  it("opens with its PIN, and says what it says at every start", async () => {
    host = await booted({ sim: { state: "pin", pin: "4321" } });
    assert.deepEqual(await host.ask("AT+CPIN?"), ["+CPIN: SIM PIN"]);
    assert.match(await host.at("AT+CIMI"), /\+CME ERROR: 11/);
    assert.deepEqual(await host.ask("AT+CREG?"), ["+CREG: 0,0"]);
    await host.ask('AT+CPIN="4321"');
    await host.wait(/\+CPIN: READY[^]*QUSIM: 1[^]*PB DONE/);
    assert.deepEqual(await host.ask("AT+CREG?"), ["+CREG: 0,1"]);
    host.modem.control({ fault: "reboot" });
    await host.wait(/SIM PIN/);
  });

  it("wants its PUK after three wrong PINs, and takes a new PIN with it", async () => {
    host = await booted({ sim: { state: "pin", puk: "87654321" } });
    for (let i = 0; i < 3; i++) assert.match(await host.at("AT+CPIN=0000"), /\+CME ERROR: 16/);
    assert.deepEqual(await host.ask("AT+CPIN?"), ["+CPIN: SIM PUK"]);
    assert.match(await host.at("AT+CPIN=1234"), /\+CME ERROR: 12/);
    assert.match(await host.at('AT+CPIN="11111111","5555"'), /\+CME ERROR: 16/);
    await host.ask('AT+CPIN="87654321","5555"');
    host.modem.control({ fault: "reboot" });
    await host.wait(/SIM PIN/);
    await host.at("ATE0");
    await host.ask("AT+CPIN=5555");
  });

  it("keeps its count of wrong PINs without power", async () => {
    host = await booted({ sim: { state: "pin" } });
    await host.at("AT+CPIN=0000");
    await host.at("AT+CPIN=0000");
    host.modem.control({ fault: "power-cycle" });
    await host.wait(/SIM PIN/);
    await host.at("AT+CPIN=0000");
    await host.at("ATE0");
    assert.deepEqual(await host.ask("AT+CPIN?"), ["+CPIN: SIM PUK"]);
  });

  it("has numbers", async () => {
    host = await booted({ sim: { state: "ready", iccid: "89860000000000000001", imsi: "460000000000001" }, imei: "123456789012345" });
    assert.deepEqual(await host.ask("AT+QCCID"), ["+QCCID: 89860000000000000001"]);
    assert.deepEqual(await host.ask("AT+CIMI"), ["460000000000001"]);
    assert.deepEqual(await host.ask("AT+GSN"), ["123456789012345"]);
    assert.deepEqual(await host.ask("AT+CGSN=1"), ["123456789012345"]);
  });

  it("can be pulled out", async () => {
    host = await booted();
    host.modem.control({ fault: "sim-removed" });
    await host.wait(/\+CPIN: NOT READY/);
    assert.match(await host.at("AT+CPIN?"), /\+CME ERROR: 10/);
    assert.deepEqual(await host.ask("AT+CGATT?"), ["+CGATT: 0"]);
  });
});

describe("registration", () => {
  it("takes its time, and is told by URCs with and without the place", async () => {
    host = attached({ poweredOn: true, network: { registerMs: 9000 } });
    await host.wait(/RDY/);
    await host.at("ATE0");
    await host.ask("AT+CREG=1");
    await host.ask("AT+CEREG=2");
    await host.clock.advance(2000);
    assert.deepEqual(await host.ask("AT+CREG?"), ["+CREG: 1,2"]);
    assert.deepEqual(await host.ask("AT+COPS?"), ["+COPS: 0"]);
    await host.wait(/\r\n\+CREG: 1\r\n\r\n\+CEREG: 1,"D509","80D413D",7\r\n/);
    assert.deepEqual(await host.ask("AT+CEREG?"), ['+CEREG: 2,1,"D509","80D413D",7']);
    assert.deepEqual(await host.ask("AT+CGREG?"), ["+CGREG: 0,1"]);
  });

  it("may be denied, and the signal unknown", async () => {
    host = await booted({ network: { registration: "denied", rssi: 99 } });
    assert.deepEqual(await host.ask("AT+CREG?;+CSQ"), ["+CREG: 0,3", "+CSQ: 99,99"]);
    assert.match(await host.at("AT+CGATT=1"), /\+CME ERROR: 30/);
    assert.deepEqual(await host.ask("AT+QNWINFO"), ["+QNWINFO: No Service"]);
  });

  it("changes by the control port", async () => {
    host = await booted();
    await host.ask("AT+CREG=1");
    host.modem.control({ set: "registration", state: "searching" });
    await host.wait(/\+CREG: 2\r\n$/);
    host.modem.control({ set: "registration", state: "roaming" });
    await host.wait(/\+CREG: 5\r\n$/);
  });

  it("names the operator in words or digits", async () => {
    host = await booted({ network: { operator: "AT&T", plmn: "310410" } });
    assert.deepEqual(await host.ask("AT+COPS?"), ['+COPS: 0,0,"AT&T",7']);
    await host.ask("AT+COPS=3,2");
    assert.deepEqual(await host.ask("AT+COPS?"), ['+COPS: 0,2,"310410",7']);
  });
});

describe("a context", () => {
  it("is activated once", async () => {
    host = await booted();
    assert.deepEqual(await host.ask("AT+QIACT?"), []);
    await host.ask('AT+QICSGP=1,1,"cmnet","u","p",1');
    assert.deepEqual(await host.ask("AT+QICSGP=1"), ['+QICSGP: 1,"cmnet","u","",1']);
    await host.ask("AT+QIACT=1");
    assert.deepEqual(await host.ask("AT+QIACT?"), ['+QIACT: 1,1,1,"10.64.12.34"']);
    assert.equal(await host.at("AT+QIACT=1"), "\r\nERROR\r\n");
    await host.ask("AT+QIDEACT=1");
    assert.deepEqual(await host.ask("AT+QIACT?"), []);
  });

  it("is refused for the wrong APN", async () => {
    host = await booted({ network: { apn: "right" } });
    await host.ask('AT+QICSGP=1,1,"wrong","","",0');
    assert.equal(await host.at("AT+QIACT=1"), "\r\nERROR\r\n");
    assert.deepEqual(await host.ask("AT+QIGETERROR"), ["+QIGETERROR: 561,Open PDP context failed"]);
    await host.ask('AT+QICSGP=1,1,"right","","",0');
    await host.ask("AT+QIACT=1");
    assert.deepEqual(await host.ask("AT+QIGETERROR"), ["+QIGETERROR: 0,operate successfully"]);
  });

  it("waits 150 s for the network, deaf to commands", async () => {
    host = await booted({ network: { registration: "searching" } });
    const start = host.clock.now();
    host.send("AT+QIACT=1\r");
    await host.clock.advance(1000);
    host.modem.receive(Buffer.from("AT\r"));
    await host.wait(/ERROR/);
    assert.ok(host.clock.now() - start >= 150_000);
    await host.clock.advance(1000);
    assert.equal(host.output(), "\r\nERROR\r\n");
  });

  it("can be taken away by the network", async () => {
    host = await booted();
    await host.ask("AT+QIACT=1");
    host.modem.control({ fault: "pdp-deact" });
    await host.wait(/\r\n\+QIURC: "pdpdeact",1\r\n$/);
    assert.deepEqual(await host.ask("AT+QIACT?"), []);
  });

  it("has an address", async () => {
    host = await booted({ network: { address: "10.1.2.3", dns: ["1.1.1.1", "2.2.2.2"] } });
    assert.deepEqual(await host.ask("AT+CGPADDR=1"), ['+CGPADDR: 1,"10.1.2.3"']);
    assert.deepEqual(await host.ask("AT+CGPADDR=2"), ["+CGPADDR: 2"]);
    assert.deepEqual(await host.ask("AT+QIDNSCFG=1"), ['+QIDNSCFG: 1,"1.1.1.1","2.2.2.2"']);
    await host.ask('AT+CGDCONT=2,"IPV4V6","x"');
    assert.deepEqual(await host.ask("AT+CGDCONT?"), ['+CGDCONT: 2,"IPV4V6","x","0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0",0,0,0,0']);
  });
});

describe("the clock", () => {
  const AUGUST = Date.UTC(2024, 7, 22, 7, 0, 0) / 1000;

  it("starts in 1980 and can be set", async () => {
    host = await booted();
    assert.match((await host.ask("AT+CCLK?"))[0] as string, /^\+CCLK: "80\/01\/06,00:00:\d\d\+00"$/);
    assert.deepEqual(await host.ask("AT+QLTS"), ['+QLTS: ""']);
    await host.ask('AT+CCLK="24/08/22,15:00:00+32"');
    await host.clock.advance(60_000);
    assert.match((await host.ask("AT+CCLK?"))[0] as string, /^\+CCLK: "24\/08\/22,15:01:0\d\+32"$/);
    assert.match(await host.at('AT+CCLK="24/13/22,15:00:00+32"'), /ERROR/);
  });

  it("follows the network when CTZU is on", async () => {
    host = await booted({ network: { nitz: true, time: AUGUST, zone: 32 } });
    assert.match((await host.ask("AT+CCLK?"))[0] as string, /"80\//);
    assert.match((await host.ask("AT+QLTS"))[0] as string, /^\+QLTS: "2024\/08\/22,15:00:\d\d\+32,0"$/);
    assert.match((await host.ask("AT+QLTS=1"))[0] as string, /^\+QLTS: "2024\/08\/22,07:00:\d\d\+32,0"$/);
    await host.ask("AT+CTZU=3");
    assert.match((await host.ask("AT+CCLK?"))[0] as string, /^\+CCLK: "24\/08\/22,15:00:\d\d\+32"$/);
    host.modem.control({ fault: "power-cycle" });
    await host.clock.advance(BOOT_MS);
    await host.at("ATE0");
    assert.match((await host.ask("AT+CCLK?"))[0] as string, /"24\/08\/22,15:00:\d\d\+32"/);
  });
});
