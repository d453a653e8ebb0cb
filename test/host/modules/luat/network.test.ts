/** SIM, registration, contexts, bearers, name service of an Air module. */
import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { booted, BOOT_MS, type Host } from "../support.ts";
import { AIR_MODELS, bringUp, connected, late, linesOf, until, type Session } from "./session.ts";

let host: Host;
let session: Session | null = null;

afterEach(async () => {
  await host?.modem.close();
  await session?.close();
  session = null;
});

async function control(message: unknown): Promise<void> {
  host.modem.control(message);
  await host.clock.advance(0);
}

/** What a command says before and behind its OK. */
async function said(command: string, last: RegExp): Promise<string[]> {
  return linesOf(await until(host, command, last));
}

describe("the card", () => {
  it("that is missing is CME ERROR 10", async () => {
    host = await booted({ model: "air780ep", sim: { state: "missing" } });
    assert.equal(await host.at("AT+CPIN?"), "\r\n+CME ERROR: 10\r\n");
    assert.equal(await host.at("AT+ICCID"), "\r\n+CME ERROR: 10\r\n");
    assert.deepEqual(await host.ask("AT+CEREG?"), ["+CEREG: 0,0"]);
  });

  it("is busy at first", async () => {
    host = await booted({ model: "air780ep" });
    await host.ask("AT+RESET");
    await host.wait(/RDY\r\n/);
    assert.match(await host.at("AT+CPIN?"), /\+CME ERROR: 14/);
  });

  it("opens by PIN, once", async () => {
    host = await booted({ model: "air780ep", sim: { state: "pin" } });
    assert.deepEqual(await host.ask("AT+CPIN?"), ["+CPIN: SIM PIN"]);
    assert.equal(await host.at("AT+CIMI"), "\r\n+CME ERROR: 11\r\n");
    assert.equal(await host.at('AT+CPIN="9999"'), "\r\n+CME ERROR: 16\r\n");
    await until(host, 'AT+CPIN="1234"', /OK\r\n[^]*PDN ACT 1\r\n$/);
    assert.deepEqual(await host.ask("AT+CPIN?"), ["+CPIN: READY"]);
    assert.doesNotMatch(JSON.stringify(host.events), /1234"|9999/);
  });

  it("is told as pulled out and put in with CSDT=1, in some firmware without a line end", async () => {
    for (const [noCrlf, end] of [
      [false, "\r\n"],
      [true, ""],
    ] as const) {
      host = await booted({ model: "air780ep", network: { registration: "searching" }, quirks: { noCrlf } });
      await host.ask("AT+CSDT=1");
      host.clear();
      await control({ fault: "sim-removed" });
      await host.clock.advance(100);
      assert.equal(host.output(), `\r\n+CPIN: SIM REMOVED 0${end}`);
      host.clear();
      await control({ set: "sim", state: "ready" });
      await host.clock.advance(100);
      assert.equal(host.output(), `\r\n+CPIN: READY 0${end}`);
      await host.modem.close();
    }
  });

  it("takes the connection along when it goes", async () => {
    session = await connected();
    host = session;
    await control({ fault: "sim-removed" });
    await host.wait(/PDP: DEACT[^]*MODE: 0,0\r\n$/);
    assert.deepEqual(await host.ask("AT+MQTTSTATU"), ["+MQTTSTATU :0"]);
  });
});

describe("registration", () => {
  it("is told by URCs as asked for, CEREG up to 5", async () => {
    host = await booted({ model: "air780ep", network: { place: ["4844", "0EA2D0CA"] } });
    await host.ask("AT+CREG=1");
    await host.ask("AT+CGREG=2");
    await host.ask("AT+CEREG=5");
    assert.equal(await host.at("AT+CGREG=3"), "\r\n+CME ERROR: 53\r\n");
    assert.deepEqual(await host.ask("AT+CEREG?"), ['+CEREG: 5,1,"4844","0EA2D0CA",7']);
    host.clear();
    await control({ set: "registration", state: "searching" });
    await host.wait(/MODE: 0,0\r\n$/);
    assert.deepEqual(linesOf(host.output()), ["+CREG: 2", "+CGREG: 2", "+CEREG: 2", "^MODE: 0,0"]);
    host.clear();
    await control({ set: "registration", state: "roaming" });
    await host.wait(/E_UTRAN Service\r\n$/);
    const place = ',"4844","0EA2D0CA",7';
    assert.deepEqual(linesOf(host.output()), ["+CREG: 5", `+CGREG: 5${place}`, `+CEREG: 5${place}`, "^MODE: 17,17", "+E_UTRAN Service"]);
  });

  it("has no access technology in CGREG of an Air720", async () => {
    host = await booted({ model: "air720", network: { place: ["2317", "0a541706"] } });
    await host.ask("AT+CGREG=2");
    await host.ask("AT+CREG=2");
    assert.deepEqual(await host.ask("AT+CGREG?"), ['+CGREG: 2,1,"2317","0a541706"']);
    assert.deepEqual(await host.ask("AT+CREG?"), ['+CREG: 2,1,"2317","0a541706",7']);
  });

  it("that is denied leaves nothing to attach to", async () => {
    host = await booted({ model: "air780ep", network: { registration: "denied" } });
    assert.deepEqual(await host.ask("AT+CEREG?"), ["+CEREG: 0,3"]);
    assert.deepEqual(await host.ask("AT+COPS?"), ["+COPS: 0"]);
    assert.equal(await host.at("AT+CGATT=1"), "\r\n+CME ERROR: 30\r\n");
  });

  it("is named by COPS", async () => {
    host = await booted({ model: "air780ep" });
    assert.deepEqual(await host.ask("AT+COPS?"), ['+COPS: 0,0,"CHINA MOBILE",7']);
    await host.ask("AT+COPS=3,2");
    assert.deepEqual(await host.ask("AT+COPS?"), ['+COPS: 0,2,"46000",7']);
  });
});

describe("contexts", () => {
  it("come with the registration, and go and come by CGATT and CGACT", async () => {
    host = await booted({ model: "air780ep" });
    assert.deepEqual(await host.ask("AT+CGATT?"), ["+CGATT: 1"]);
    assert.deepEqual(await host.ask("AT+CGACT?"), ["+CGACT: 1,1"]);
    assert.deepEqual(await host.ask("AT+CGPADDR=1"), ['+CGPADDR: 1,"10.64.12.34"']);
    assert.deepEqual(await said("AT+CGATT=0", /DEACT 1\r\n$/), ["OK", "+CGEV: ME PDN DEACT 1"]);
    assert.deepEqual(await host.ask("AT+CGPADDR=1"), ["+CGPADDR: 1"]);
    assert.deepEqual(await said("AT+CGATT=1", /ACT 1\r\n$/), ["OK", "+CGEV: ME PDN ACT 1"]);
    await host.ask('AT+CGDCONT=5,"IP","cmiot"');
    assert.deepEqual(await host.ask("AT+CGACT=1,5"), []);
    assert.deepEqual(await host.ask("AT+CGACT?"), ["+CGACT: 1,1", "+CGACT: 5,1"]);
    assert.deepEqual(await said("AT+CGACT=0,5", /DEACT 5\r\n$/), ["OK", "+CGEV: ME PDN DEACT 5"]);
    assert.deepEqual(await host.ask("AT+CGDCONT?"), [
      '+CGDCONT: 1,"IP","","0.0.0.0",0,0,0,0',
      '+CGDCONT: 5,"IP","cmiot","0.0.0.0",0,0,0,0',
    ]);
  });

  it("with an APN that the network refuses do not come up", async () => {
    host = await booted({ model: "air780ep", network: { apn: "cmiot" } });
    await host.ask('AT+CGDCONT=5,"IP","wrong"');
    assert.equal(await host.at("AT+CGACT=1,5"), "\r\n+CME ERROR: 148\r\n");
    await host.ask('AT+CGDCONT=5,"IP","cmiot"');
    assert.deepEqual(await host.ask("AT+CGACT=1,5"), []);
  });
});

describe("the bearer", () => {
  it("goes from state to state, and CIFSR has no OK", async () => {
    host = await booted({ model: "air720" });
    assert.equal(await late(host, "AT+CIPSTATUS"), "STATE: IP INITIAL");
    assert.equal(await host.at("AT+CIFSR"), "\r\nERROR\r\n");
    assert.equal(await host.at("AT+CIICR"), "\r\nERROR\r\n");
    await host.ask('AT+CSTT="3GWAP","u","p"');
    assert.deepEqual(await host.ask("AT+CSTT?"), ['+CSTT: "3GWAP","u","p"']);
    assert.equal(await late(host, "AT+CIPSTATUS"), "STATE: IP START");
    assert.equal(await host.at("AT+CSTT"), "\r\n+CME ERROR: 3\r\n");
    assert.deepEqual(await said("AT+CIICR", /OK\r\n$/), ["+CGEV: ME PDN ACT 7", "OK"]);
    assert.equal(await late(host, "AT+CIPSTATUS"), "STATE: IP GPRSACT");
    host.send("AT+CIFSR\r");
    await host.clock.advance(3000);
    assert.equal(host.output(), "\r\n10.64.12.34\r\n");
    assert.equal(await late(host, "AT+CIPSTATUS"), "STATE: IP STATUS");
    assert.deepEqual(await said("AT+CIPSHUT", /SHUT OK\r\n$/), ["+CGEV: ME PDN DEACT 7", "SHUT OK"]);
    assert.equal(await late(host, "AT+CIPSTATUS"), "STATE: IP INITIAL");
  });

  it("of an Air780EP is there already, and CIICR says nothing of it", async () => {
    host = await booted({ model: "air780ep" });
    await host.ask("AT+CSTT");
    assert.deepEqual(await said("AT+CIICR", /OK\r\n$/), ["OK"]);
    assert.deepEqual(await said("AT+CIFSR", /34\r\n$/), ["10.64.12.34"]);
    assert.deepEqual(await said("AT+CIPSHUT", /SHUT OK\r\n$/), ["SHUT OK"]);
    assert.deepEqual(await host.ask("AT+CGACT?"), ["+CGACT: 1,1"]);
  });

  for (const model of AIR_MODELS) {
    it(`is refused with the wrong APN on ${model}, until CIPSHUT and the right one`, async () => {
      host = await booted({ model, network: { apn: "right" } });
      await host.ask('AT+CSTT="wrong"');
      assert.match(await host.at("AT+CIICR"), /\r\nERROR\r\n$/);
      assert.equal(await late(host, "AT+CIPSTATUS"), "STATE: PDP DEACT");
      assert.deepEqual(linesOf(await until(host, 'AT+MIPSTART="broker",1883', /FAIL\r\n$/)), ["OK", "STATE: PDP DEACT", "CONNECT FAIL"]);
      await until(host, "AT+CIPSHUT", /SHUT OK\r\n$/);
      await bringUp(host, "right");
      assert.equal(await late(host, "AT+CIPSTATUS"), "STATE: IP STATUS");
    });
  }

  it("does not come up with the radio off", async () => {
    host = await booted({ model: "air720" });
    await host.ask("AT+CSTT");
    await until(host, "AT+CFUN=4", /MODE: 0,0\r\n$/);
    assert.equal(await host.at("AT+CIICR"), "\r\n+CME ERROR: 797\r\n");
  });

  it("that the network takes away is told, and only CIPSHUT leads on", async () => {
    for (const [model, cid, words] of [
      ["air780ep", 1, "+PDP: DEACT"],
      ["air720", 7, "+PDP DEACT"],
    ] as const) {
      session = await connected({ model, quirks: { pdpDeact: words } });
      host = session;
      await control({ fault: "pdp-deact" });
      await host.wait(/DEACT\r\n$/);
      assert.deepEqual(linesOf(host.output()), [`+CGEV: NW PDN DEACT ${cid}`, words]);
      assert.deepEqual(await host.ask("AT+MQTTSTATU"), ["+MQTTSTATU :0"]);
      assert.equal(await late(host, 'AT+MIPSTART="broker",1883'), "STATE: PDP DEACT");
      await host.wait(/FAIL\r\n$/);
      assert.equal(await until(host, "AT+CIPSHUT", /OK\r\n$/), "\r\nSHUT OK\r\n");
      if (model === "air720") await bringUp(host);
      assert.equal(await late(host, 'AT+MIPSTART="broker",1883'), "CONNECT OK");
      await session.close();
    }
  });

  it("may answer CIPSHUT with OK", async () => {
    host = await booted({ model: "air780ep", quirks: { shutResult: "OK" } });
    assert.deepEqual(await host.ask("AT+CIPSHUT"), []);
  });
});

describe("the name service", () => {
  it("tells an address behind the OK, or that there is none", async () => {
    host = await booted({
      model: "air780ep",
      resolve: (name) => (name === "broker.test" ? { host: "192.0.2.7", port: 0 } : "dns-failed"),
    });
    assert.equal(await late(host, 'AT+CDNSGIP="broker.test"'), '+CDNSGIP: 1,"broker.test","192.0.2.7"');
    assert.equal(await late(host, "AT+CDNSGIP=nowhere.invalid"), "+CDNSGIP: 0,10");
    assert.deepEqual(await host.ask("AT+CDNSCFG?"), ["PrimaryDns: 211.136.17.107", "SecondaryDns: 211.136.20.203"]);
    await host.ask('AT+CDNSCFG="192.0.2.1","192.0.2.2"');
    assert.deepEqual(await host.ask("AT+CDNSCFG?"), ["PrimaryDns: 192.0.2.1", "SecondaryDns: 192.0.2.2"]);
  });

  it("knows nothing without a data connection", async () => {
    host = await booted({ model: "air720", resolve: () => ({ host: "192.0.2.7", port: 0 }) });
    assert.equal(await late(host, 'AT+CDNSGIP="broker.test"'), "+CDNSGIP: 0,10");
    await bringUp(host);
    assert.equal(await late(host, 'AT+CDNSGIP="broker.test"'), '+CDNSGIP: 1,"broker.test","192.0.2.7"');
  });
});

describe("SAPBR", () => {
  it("opens, tells and closes a bearer; opening twice is no mistake, closing twice is", async () => {
    host = await booted({ model: "air780ep" });
    await host.ask('AT+SAPBR=3,1,"CONTYPE","GPRS"');
    await host.ask('AT+SAPBR=3,1,"APN",""');
    assert.deepEqual(await host.ask("AT+SAPBR=2,1"), ['+SAPBR: 1,3,"0.0.0.0"']);
    await host.ask("AT+SAPBR=1,1");
    await host.ask("AT+SAPBR=1,1");
    assert.deepEqual(await host.ask("AT+SAPBR=2,1"), ['+SAPBR: 1,1,"10.64.12.34"']);
    assert.deepEqual(await host.ask("AT+SAPBR=4,1"), ["CONTYPE: GPRS", "APN: ", "USER: ", "PWD: "]);
    await host.ask("AT+SAPBR=0,1");
    assert.equal(await host.at("AT+SAPBR=0,1"), "\r\n+CME ERROR: 3\r\n");
    assert.equal(await host.at('AT+SAPBR=3,1,"NOTHING","x"'), "\r\n+CME ERROR: 53\r\n");
  });

  it("is told when the network takes the bearer away", async () => {
    host = await booted({ model: "air780ep" });
    await host.ask("AT+SAPBR=1,1");
    host.clear();
    await control({ fault: "pdp-deact" });
    await host.wait(/SAPBR 1: DEACT\r\n$/);
    assert.deepEqual(linesOf(host.output()), ["+CGEV: NW PDN DEACT 1", "+SAPBR 1: DEACT"]);
    assert.equal(await host.at("AT+SAPBR=0,1"), "\r\n+CME ERROR: 3\r\n");
  });

  it("is refused with the wrong APN", async () => {
    host = await booted({ model: "air780ep", network: { apn: "right" } });
    await host.ask('AT+SAPBR=3,2,"APN","wrong"');
    assert.equal(await host.at("AT+SAPBR=1,2"), "\r\n+CME ERROR: 3\r\n");
  });
});

describe("the control port", () => {
  it("has no URC port to set here", async () => {
    host = await booted({ model: "air780ep" });
    await control({ set: "urcport", port: "usbat" });
    assert.match(String(host.first("error").message), /nothing that this model has/);
  });

  it("restarts and silences this module too", async () => {
    host = await booted({ model: "air780ep" });
    await control({ fault: "reboot" });
    await host.wait(/RDY/);
    await host.clock.advance(BOOT_MS);
    await control({ fault: "silent" });
    host.send("AT\r");
    await host.clock.advance(5000);
    assert.equal(host.output(), "");
    await control({ fault: "power-cycle" });
    await host.wait(/RDY/);
  });
});
