/** Whom the module believes: real handshakes with a real TLS server. */
import assert from "node:assert/strict";
import { webcrypto } from "node:crypto";
import { afterEach, before, describe, it } from "node:test";
import { createServer } from "node:tls";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";
import { makeAuthority, type Authority, type ServerCertificate } from "../../../host/broker/certificates.ts";
import { eventually } from "./support.ts";
import { result, withBroker, type Session } from "./session.ts";
import type { HostOptions } from "./support.ts";

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

/** A module that has the CA in a file and verifies, with SSL context 2. */
async function verifying(
  certificate: ServerCertificate,
  settings: string[] = [],
  options: HostOptions = {},
  ca: string = authority.pem,
): Promise<Session> {
  session = await withBroker(options, { tls: certificate });
  await session.data(`AT+QFUPL="UFS:ca.pem",${ca.length}`, /CONNECT/, ca);
  const usual = ['"cacert",2,"UFS:ca.pem"', '"seclevel",2,1', '"sslversion",2,4', '"ciphersuite",2,0xFFFF', '"sni",2,1'];
  for (const setting of [...usual, ...settings]) await session.ask(`AT+QSSLCFG=${setting}`);
  await session.ask('AT+QMTCFG="SSL",0,1,2');
  return session;
}

const RSA = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256", modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) };

function keyPair(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(RSA, true, ["sign", "verify"]);
}

/** A certificate for broker.test that names `issuer` and its key as its issuer, signed with `key`. */
async function forged({
  subject = "CN=broker.test",
  issuer,
  key,
}: {
  subject?: string;
  issuer: X509Certificate;
  key: webcrypto.CryptoKey;
}): Promise<ServerCertificate> {
  const keys = await keyPair();
  const certificate = await X509CertificateGenerator.create({
    serialNumber: "4242",
    subject,
    issuer: issuer.subject,
    notBefore: new Date(Date.now() - DAY_MS),
    notAfter: new Date(Date.now() + DAY_MS),
    signingAlgorithm: RSA,
    publicKey: keys.publicKey,
    signingKey: key,
    extensions: [
      new SubjectAlternativeNameExtension([{ type: "dns", value: "broker.test" }]),
      await AuthorityKeyIdentifierExtension.create(await issuer.publicKey.export()),
    ],
  });
  const exported = await webcrypto.subtle.exportKey("pkcs8", keys.privateKey);
  return { cert: `${certificate.toString("pem")}\n`, key: `${PemConverter.encode(exported, "PRIVATE KEY")}\n` };
}

const GOOD = "+QMTOPEN: 0,0";
const REFUSED = "+QMTOPEN: 0,-1";

async function open(host = "broker.test"): Promise<string> {
  return result(session, `AT+QMTOPEN=0,"${host}",8883`);
}

function reason(): unknown {
  return session.named("open-failed").at(-1)?.reason;
}

describe("a server is", () => {
  it("believed with the right CA and name, and MQTT works over it", async () => {
    await verifying(server);
    assert.equal(await open(), GOOD);
    const { host, protocol, authorized } = session.first("tls");
    assert.deepEqual([host, protocol, authorized], ["broker.test", "TLSv1.2", true]);
    assert.equal(await result(session, 'AT+QMTCONN=0,"device"'), "+QMTCONN: 0,0,0");
    await session.data('AT+QMTPUBEX=0,1,1,0,"t",2', /> $/, "hi", /QMTPUBEX: 0,1,0\r\n$/);
    assert.equal(await result(session, "AT+QMTDISC=0"), "+QMTDISC: 0,0");
  });

  it("believed by its address, without a name", async () => {
    await verifying(await authority.issue({ ips: ["192.0.2.1"] }));
    assert.equal(await open("127.0.0.1"), GOOD);
  });

  it("refused with another CA", async () => {
    await verifying(server, [], {}, other.pem);
    assert.equal(await open(), REFUSED);
    assert.equal(reason(), "tls: not issued by the CA");
    assert.deepEqual(await session.ask("AT+QMTOPEN?"), []);
    await eventually(() => session.broker.clients().length === 0, "end at the broker");
  });

  it("believed with several CAs in one file", async () => {
    await verifying(server, [], {}, other.pem + authority.pem);
    assert.equal(await open(), GOOD);
  });

  it("refused with another name, unless names are not asked for", async () => {
    await verifying(await authority.issue({ names: ["elsewhere.test"] }));
    assert.equal(await open(), REFUSED);
    assert.equal(reason(), "tls: issued for another name");
    await session.ask('AT+QSSLCFG="sni",2,0');
    assert.equal(await open(), GOOD);
  });

  for (const [what, ca] of [
    ["no certificate", "hello"],
    ["a broken one", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"],
  ] as const) {
    it(`refused when the CA file holds ${what}`, async () => {
      await verifying(server, [], {}, ca);
      assert.equal(await open(), REFUSED);
      assert.equal(reason(), "tls: no CA certificate");
    });
  }

  it("refused when there is no CA file", async () => {
    await verifying(server, ['"cacert",2,"UFS:missing.pem"']);
    assert.equal(await open(), REFUSED);
  });

  it("refused when it is a certificate of the CA that vouches, and is none", async () => {
    // The server's own certificate is not allowed to issue others.
    await verifying(server, [], {}, (await authority.issue({ names: ["broker.test"] })).cert);
    assert.equal(await open(), REFUSED);
  });

  it("believed whoever it is at seclevel 0", async () => {
    await verifying(server, ['"seclevel",2,0'], {}, other.pem);
    assert.equal(await open(), GOOD);
    assert.equal(session.first("tls").authorized, false);
  });
});

describe("a forged certificate is refused", () => {
  it("that names the CA and its key, but another key signed", async () => {
    const impostor = await keyPair();
    await verifying(await forged({ issuer: new X509Certificate(authority.pem), key: impostor.privateKey }));
    assert.equal(await open(), REFUSED);
    assert.equal(reason(), "tls: not issued by the CA");
  });

  it("that was signed by a certificate which may not issue others", async () => {
    const rootKeys = await keyPair();
    const root = await X509CertificateGenerator.createSelfSigned({
      name: "CN=Root",
      signingAlgorithm: RSA,
      keys: rootKeys,
      extensions: [new BasicConstraintsExtension(true)],
    });
    const leaf = await forged({ subject: "CN=leaf.test", issuer: root, key: rootKeys.privateKey });
    const leafKey = await webcrypto.subtle.importKey("pkcs8", PemConverter.decodeFirst(leaf.key), RSA, false, ["sign"]);
    const { cert, key } = await forged({ issuer: new X509Certificate(leaf.cert), key: leafKey });
    await verifying({ cert: cert + leaf.cert, key }, [], {}, root.toString("pem"));
    assert.equal(await open(), REFUSED);
    assert.equal(reason(), "tls: not issued by the CA");
  });
});

describe("the server's name", () => {
  for (const [sni, host, told] of [
    [1, "broker.test", "broker.test"],
    [0, "broker.test", false],
    [1, "127.0.0.1", false],
  ] as const) {
    it(`${told === false ? "is not told" : "is told"} with sni ${sni} and host ${host}`, async (t) => {
      const names: unknown[] = [];
      const listener = createServer(server, (socket) => {
        names.push(socket.servername);
        socket.on("error", () => {});
      });
      await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
      t.after(() => listener.close());
      const { port } = listener.address() as { port: number };
      await verifying(server, [`"sni",2,${sni}`], { resolve: () => ({ host: "127.0.0.1", port }) });
      assert.equal(await open(host), GOOD);
      assert.deepEqual(names, [told]);
    });
  }
});

describe("validity dates", () => {
  const now = Date.now();

  it("do not matter with ignorelocaltime 1, not even over", async () => {
    const expired = await authority.issue({ names: ["broker.test"], from: new Date(now - 9 * DAY_MS), to: new Date(now - DAY_MS) });
    await verifying(expired);
    assert.equal(await open(), GOOD);
  });

  it("are compared with the module's clock, which starts in 1980", async () => {
    await verifying(server, ['"ignorelocaltime",2,0']);
    assert.equal(await open(), REFUSED);
    assert.equal(reason(), "tls: not yet valid by the module's clock");
    session.modem.control({ set: "clock", time: Date.now() / 1000 });
    assert.equal(await open(), GOOD);
    session.modem.control({ fault: "drop" });
    await session.wait(/QMTSTAT/);
    session.modem.control({ set: "clock", time: (Date.now() + 60 * DAY_MS) / 1000 });
    assert.equal(await open(), REFUSED);
    assert.equal(reason(), "tls: expired by the module's clock");
  });

  it("of the CA count too", async () => {
    const old = await makeAuthority({ from: new Date(now - 9 * DAY_MS), to: new Date(now - DAY_MS) });
    const fresh = await old.issue({ names: ["broker.test"] });
    await verifying(fresh, ['"ignorelocaltime",2,0'], { network: { nitz: true } }, old.pem);
    await session.ask("AT+CTZU=3");
    assert.equal(await open(), REFUSED);
  });
});

describe("QSSLCFG", () => {
  it("reads back what was written, with item names in any case", async () => {
    await verifying(server, ['"IgnoreLocalTime",2,0', '"negotiatetime",2,30']);
    for (const [item, value] of [
      ["cacert", '"UFS:ca.pem"'],
      ["seclevel", "1"],
      ["ciphersuite", "0XFFFF"],
      ["ignorelocaltime", "0"],
      ["negotiatetime", "30"],
      ["sni", "1"],
    ]) {
      assert.deepEqual(await session.ask(`AT+QSSLCFG="${item}",2`), [`+QSSLCFG: "${item}",2,${value}`]);
    }
    assert.deepEqual(await session.ask('AT+QSSLCFG="seclevel",3'), ['+QSSLCFG: "seclevel",3,0']);
  });

  for (const wrong of ['"seclevel",2,3', '"seclevel",6,1', '"nothing",2,1', '"ciphersuite",2,0x1234', '"cacert",2,ca.pem']) {
    it(`refuses ${wrong}`, async () => {
      session = await withBroker();
      assert.equal(await session.at(`AT+QSSLCFG=${wrong}`), "\r\nERROR\r\n");
    });
  }

  it("is forgotten by a restart", async () => {
    await verifying(server);
    session.modem.control({ fault: "reboot" });
    await session.wait(/PB DONE/);
    await session.at("ATE0");
    assert.deepEqual(await session.ask('AT+QSSLCFG="seclevel",2'), ['+QSSLCFG: "seclevel",2,0']);
    assert.deepEqual(await session.ask('AT+QMTCFG="ssl",0'), ['+QMTCFG: "ssl",0']);
    assert.equal((await session.ask("AT+QFLST")).length, 1);
  });

  it("limits the versions offered", async () => {
    await verifying(server, ['"sslversion",2,1']);
    assert.equal(await open(), REFUSED);
    await session.ask('AT+QSSLCFG="sslversion",2,3');
    assert.equal(await open(), GOOD);
  });

  it("limits the cipher suites offered", async () => {
    await verifying(server, ['"ciphersuite",2,0XC030']);
    assert.equal(await open(), GOOD);
    assert.equal(session.first("tls").cipher, "ECDHE-RSA-AES256-GCM-SHA384");
  });

  it("has no sni in old firmware", async () => {
    session = await withBroker({ quirks: { sni: false } });
    assert.equal(await session.at('AT+QSSLCFG="sni",2,1'), "\r\nERROR\r\n");
  });
});

describe("the TLS stack", () => {
  it("degrades after many connections, until the power is cut", async () => {
    await verifying(server, [], { quirks: { degradeAfter: 2 } });
    const cycle = async (): Promise<string> => {
      const opened = await open();
      if (opened === GOOD) await result(session, "AT+QMTCLOSE=0");
      return opened;
    };
    assert.deepEqual([await cycle(), await cycle(), await cycle()], [GOOD, GOOD, REFUSED]);
    session.modem.control({ fault: "reboot" });
    await session.wait(/PB DONE/);
    await session.at("ATE0");
    await session.ask('AT+QMTCFG="SSL",0,1,2');
    assert.equal(await cycle(), REFUSED);
    session.modem.control({ fault: "power-cycle" });
    await session.wait(/PB DONE/);
    await session.at("ATE0");
    await session.ask('AT+QMTCFG="SSL",0,1,2');
    assert.equal(await cycle(), GOOD);
  });

  it("tells nothing of a server that speaks plain TCP", async () => {
    session = await withBroker();
    await session.ask('AT+QMTCFG="SSL",0,1,2');
    await session.ask('AT+QSSLCFG="negotiatetime",2,10');
    assert.equal(await open(), REFUSED);
  });
});
