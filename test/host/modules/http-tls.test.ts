/** HTTPS of an EC20: whom it believes, by the SSL context that QHTTPCFG names. */
import assert from "node:assert/strict";
import { afterEach, before, describe, it } from "node:test";
import { makeAuthority, type Authority, type ServerCertificate } from "../../../host/broker/certificates.ts";
import { startServer } from "./http-server.ts";
import { ec20WithServer, setUrl, urcOf, verifyWith, type HttpHost } from "./http-session.ts";
import type { HostOptions } from "./support.ts";

let authority: Authority;
let other: Authority;
let server: ServerCertificate;
let host: HttpHost;

before(async () => {
  authority = await makeAuthority();
  other = await makeAuthority({ name: "Another Authority" });
  server = await authority.issue({ names: ["server.test"] });
});

afterEach(() => host.close());

async function verifying(options: HostOptions = {}, tls = server, ca = authority): Promise<void> {
  host = await ec20WithServer(options, { tls });
  await verifyWith(host, ca);
  await setUrl(host, "https://server.test/");
}

async function result(): Promise<string> {
  return (await urcOf(host, "AT+QHTTPGET=60")).split("\r\n").at(-2) as string;
}

const GOOD = "+QHTTPGET: 0,200,5";
const REFUSED = "+QHTTPGET: 701";

function reason(): unknown {
  return host.named("http-failed").at(-1)?.reason;
}

describe("a server is", () => {
  it("believed with the right CA and name, and told the name", async () => {
    await verifying();
    assert.equal(await result(), GOOD);
    assert.equal(host.server.asked[0]?.serverName, "server.test");
    assert.equal(await urcOf(host, "AT+QHTTPREAD"), "\r\nCONNECT\r\nhello\r\nOK\r\n\r\n+QHTTPREAD: 0\r\n");
  });

  it("refused with another CA, before anything is sent", async () => {
    await verifying({}, server, other);
    assert.equal(await result(), REFUSED);
    assert.equal(reason(), "tls: not issued by the CA");
    assert.equal(await host.at("AT+QHTTPPOST=5"), "\r\n+CME ERROR: 701\r\n");
    assert.equal(host.server.asked.length, 0);
  });

  it("refused with another name", async () => {
    await verifying({}, await authority.issue({ names: ["elsewhere.test"] }));
    assert.equal(await result(), REFUSED);
    assert.equal(reason(), "tls: issued for another name");
  });

  it("refused by its dates when the module's clock counts", async () => {
    await verifying();
    await host.ask('AT+QSSLCFG="ignorelocaltime",1,0');
    assert.equal(await result(), REFUSED);
    assert.equal(reason(), "tls: not yet valid by the module's clock");
    host.modem.control({ set: "clock", time: Date.now() / 1000 });
    assert.equal(await result(), GOOD);
  });

  it("refused with 716 by firmware that says so", async () => {
    await verifying({ quirks: { httpTlsFail: 716 } }, server, other);
    assert.equal(await result(), "+QHTTPGET: 716");
  });

  it("refused when it speaks plain TCP, and believed by nobody over http://", async () => {
    await verifying();
    await setUrl(host, "http://server.test/");
    assert.match(await result(), /\+QHTTPGET: (0,400|719|721)/);
    const plain = await startServer();
    await host.close();
    host = await ec20WithServer({}, plain);
    await setUrl(host, "https://server.test/");
    assert.equal(await result(), REFUSED);
  });

  it("believed by the context of sslctxid only", async () => {
    await verifying({}, server, other);
    await host.ask('AT+QHTTPCFG="sslctxid",4');
    await host.ask('AT+QSSLCFG="ciphersuite",4,0XFFFF');
    assert.equal(await result(), GOOD);
  });
});

describe("the TLS stack", () => {
  it("degrades by HTTPS as it does by MQTT", async () => {
    await verifying({ quirks: { degradeAfter: 1 } });
    assert.equal(await result(), GOOD);
    assert.equal(await result(), REFUSED);
    assert.equal(reason(), "too many TLS connections since the power came");
  });
});
