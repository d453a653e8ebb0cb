/** Whom an Air module believes: real handshakes with a real TLS server. */
import assert from "node:assert/strict";
import { afterEach, before, describe, it } from "node:test";
import { createServer } from "node:tls";
import { makeAuthority, type Authority, type ServerCertificate } from "../../../../host/broker/certificates.ts";
import { BOOT_MS, booted, eventually, type HostOptions } from "../support.ts";
import { AIR_MODELS, late, linesOf, until, withBroker, type Session } from "./session.ts";

const DAY_MS = 86_400_000;

let authority: Authority;
let other: Authority;
let server: ServerCertificate;
let session: Session;

before(async () => {
  authority = await makeAuthority();
  other = await makeAuthority({ name: "Another Authority" });
  server = await authority.issue({ names: ["broker.test"], ips: ["127.0.0.1"] });
});

afterEach(() => session.close());

/** A module that has the CA in a file and verifies. */
async function verifying(
  certificate: ServerCertificate,
  settings: string[] = [],
  options: HostOptions = {},
  ca: string = authority.pem,
): Promise<Session> {
  session = await withBroker(options, { tls: certificate });
  await session.ask('AT+FSCREATE="ca.crt"');
  await session.data(`AT+FSWRITE="ca.crt",0,${ca.length},15`, />$/, ca);
  const usual = ['"sslversion",88,4', '"ciphersuite",88,0XFFFF', '"cacert",88,"ca.crt"', '"seclevel",88,1', '"hostname",88,"broker.test"'];
  for (const setting of [...usual, ...settings]) await session.ask(`AT+SSLCFG=${setting}`);
  await session.ask('AT+MCONFIG="device"');
  return session;
}

async function open(host = "broker.test"): Promise<string> {
  const output = await until(session, `AT+SSLMIPSTART="${host}",8883`, /(CONNECT OK|CONNECT FAIL)\r\n$/);
  return linesOf(output).slice(1).join("|");
}

const GOOD = "CONNECT OK";
const REFUSED = "STATE: TCP CLOSED|CONNECT FAIL";

function reason(): unknown {
  return session.named("open-failed").at(-1)?.reason;
}

for (const model of AIR_MODELS) {
  describe(`a server is, by ${model},`, () => {
    it("believed with the right CA and name, and MQTT works over it", async () => {
      await verifying(server, [], { model });
      assert.equal(await open(), GOOD);
      const { host, protocol, authorized } = session.first("tls");
      assert.deepEqual([host, protocol, authorized], ["broker.test", "TLSv1.2", true]);
      assert.equal(await late(session, "AT+MCONNECT=1,120"), "CONNACK OK");
      assert.equal(await late(session, 'AT+MPUB="t",1,0,"hi"'), "PUBACK");
    });

    it("refused with another CA", async () => {
      await verifying(server, [], { model }, other.pem);
      assert.equal(await open(), REFUSED);
      assert.equal(reason(), "tls: not issued by the CA");
      assert.deepEqual(await session.ask("AT+MQTTSTATU"), ["+MQTTSTATU :0"]);
      await eventually(() => session.broker.clients().length === 0, "end at the broker");
    });
  });
}

describe("a server is", () => {
  it("refused with another name, unless no name is asked for", async () => {
    await verifying(await authority.issue({ names: ["elsewhere.test"] }));
    assert.equal(await open(), REFUSED);
    assert.equal(reason(), "tls: issued for another name");
    await session.ask('AT+SSLCFG="hostname",88,');
    assert.equal(await open(), GOOD);
  });

  it("refused when the CA file is missing, or holds none", async () => {
    await verifying(server, ['"cacert",88,"missing.crt"']);
    assert.equal(await open(), REFUSED);
    assert.equal(reason(), "tls: no CA certificate");
    await session.ask('AT+FSCREATE="text"');
    await session.data('AT+FSWRITE="text",0,5,15', />$/, "hello");
    await session.ask('AT+SSLCFG="cacert",88,"text"');
    assert.equal(await open(), REFUSED);
    assert.equal(reason(), "tls: no CA certificate");
  });

  it("believed whoever it is without any setting", async () => {
    session = await withBroker({}, { tls: server });
    assert.equal(await open("anything.test"), GOOD);
    assert.equal(session.first("tls").authorized, false);
  });

  it("refused when it speaks plain TCP", async () => {
    session = await withBroker();
    await session.ask('AT+SSLCFG="negotiatetimeout",88,10');
    assert.equal(await open(), REFUSED);
  });

  it("not reached by MIPSTART, which knows nothing of TLS", async () => {
    await verifying(server);
    assert.equal(await late(session, 'AT+MIPSTART="broker.test",8883'), GOOD);
    assert.equal(session.named("tls").length, 0);
    assert.equal(await late(session, "AT+MCONNECT=1,120"), "CLOSED");
  });
});

describe("the server's name", () => {
  for (const [name, quirks, told] of [
    ["broker.test", {}, "broker.test"],
    ["", {}, false],
    ["127.0.0.1", {}, false],
    ["broker.test", { sni: false }, false],
  ] as const) {
    it(`${told === false ? "is not told" : "is told"} with hostname "${name}"${"sni" in quirks ? " in firmware that forgets it" : ""}`, async (t) => {
      const names: unknown[] = [];
      const listener = createServer(server, (socket) => {
        names.push(socket.servername);
        socket.on("error", () => {});
      });
      await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
      t.after(() => listener.close());
      const { port } = listener.address() as { port: number };
      await verifying(server, [`"hostname",88,"${name}"`], { quirks, resolve: () => ({ host: "127.0.0.1", port }) });
      assert.equal(await open(), GOOD);
      assert.deepEqual(names, [told]);
    });
  }
});

describe("validity dates", () => {
  it("do not matter with ignorelocaltime 1, not even over", async () => {
    const now = Date.now();
    const expired = await authority.issue({ names: ["broker.test"], from: new Date(now - 9 * DAY_MS), to: new Date(now - DAY_MS) });
    await verifying(expired);
    assert.equal(await open(), GOOD);
  });

  it("are compared with the module's clock", async () => {
    await verifying(server, ['"ignorelocaltime",88,0']);
    assert.equal(await open(), REFUSED);
    assert.equal(reason(), "tls: not yet valid by the module's clock");
    session.modem.control({ set: "clock", time: Date.now() / 1000 });
    assert.equal(await open(), GOOD);
    await session.ask("AT+MIPCLOSE");
    session.modem.control({ set: "clock", time: (Date.now() + 60 * DAY_MS) / 1000 });
    assert.equal(await open(), REFUSED);
    assert.equal(reason(), "tls: expired by the module's clock");
  });
});

describe("SSLCFG", () => {
  it("reads back what was written, and erases with nothing behind the last comma", async () => {
    await verifying(server, ['"IgnoreLocalTime",88,0', '"negotiatetimeout",88,30', '"clientrandom",88,101B12C3141516171F19202122']);
    for (const [item, value, factory] of [
      ["cacert", '"ca.crt"', '""'],
      ["seclevel", "1", "0"],
      ["hostname", '"broker.test"', '""'],
      ["ciphersuite", "0XFFFF", "0XFFFF"],
      ["ignorelocaltime", "0", "1"],
      ["negotiatetimeout", "30", "300"],
      ["clientrandom", '"101B12C3141516171F19202122"', '""'],
    ]) {
      assert.deepEqual(await session.ask(`AT+SSLCFG="${item}",88`), [`+SSLCFG: "${item}",88,${value}`]);
      await session.ask(`AT+SSLCFG="${item}",88,`);
      assert.deepEqual(await session.ask(`AT+SSLCFG="${item}",88`), [`+SSLCFG: "${item}",88,${factory}`]);
    }
  });

  it("knows the contexts of MQTT, HTTP, FTP and TCP apart", async () => {
    session = await withBroker();
    await session.ask('AT+SSLCFG="seclevel",153,2');
    assert.deepEqual(await session.ask('AT+SSLCFG="seclevel",88'), ['+SSLCFG: "seclevel",88,0']);
    for (const ctx of [0, 5, 34]) await session.ask(`AT+SSLCFG="seclevel",${ctx},1`);
  });

  for (const [wrong, answer] of [
    ['"seclevel",88,3', "+CME ERROR: 53"],
    ['"seclevel",6,1', "ERROR"],
    ['"nothing",88,1', "ERROR"],
    ['"toString",88', "ERROR"],
    ['"ciphersuite",88,0x1234', "ERROR"],
  ] as const) {
    it(`refuses ${wrong}`, async () => {
      session = await withBroker();
      assert.equal(await session.at(`AT+SSLCFG=${wrong}`), `\r\n${answer}\r\n`);
    });
  }

  it("is forgotten by a restart, the file is not", async () => {
    await verifying(server, [], {}, other.pem);
    assert.equal(await open(), REFUSED);
    session.modem.control({ fault: "reboot" });
    await session.clock.advance(BOOT_MS);
    await session.at("ATE0");
    assert.deepEqual(await session.ask('AT+SSLCFG="seclevel",88'), ['+SSLCFG: "seclevel",88,0']);
    assert.deepEqual(await session.ask('AT+FSLS="/"'), ["ca.crt"]);
    assert.equal(await open(), GOOD);
  });

  it("limits versions and cipher suites", async () => {
    await verifying(server, ['"sslversion",88,1']);
    assert.equal(await open(), REFUSED);
    await session.ask('AT+SSLCFG="sslversion",88,3');
    await session.ask('AT+SSLCFG="ciphersuite",88,0X0035');
    assert.equal(await open(), GOOD);
    assert.equal(session.first("tls").cipher, "AES256-SHA");
  });
});

describe("a module without TLS", () => {
  it("knows neither SSLCFG nor SSLMIPSTART", async () => {
    session = await withBroker();
    const host = await booted({ model: "air720", quirks: { tls: false } });
    assert.equal(await host.at('AT+SSLCFG="seclevel",88,1'), "\r\nERROR\r\n");
    assert.equal(await host.at('AT+SSLMIPSTART="broker.test",8883'), "\r\nERROR\r\n");
    await host.modem.close();
  });
});
