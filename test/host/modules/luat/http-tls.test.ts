/** HTTPS of the Air modules, and what they show a server that asks who they are. */
import assert from "node:assert/strict";
import { afterEach, before, describe, it } from "node:test";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { makeAuthority, type Authority, type ServerCertificate } from "../../../../host/broker/certificates.ts";
import { makeClientAuthority, type Client, type ClientAuthority } from "../../../support/client-certificate.ts";
import { startServer, type ServerOptions, type TestServer } from "../http-server.ts";
import { withServer, type HttpHost } from "../http-session.ts";
import { startTlsServer } from "../tls-server.ts";
import { booted, eventually, type Host, type HostOptions } from "../support.ts";
import { AIR_MODELS, bringUp, linesOf, until } from "./session.ts";

const HTTP = 153;
const MQTT = 88;

let authority: Authority;
let other: Authority;
let server: ServerCertificate;
let clients: ClientAuthority;
let client: Client;
let host: HttpHost;

before(async () => {
  authority = await makeAuthority();
  other = await makeAuthority({ name: "Another Authority" });
  server = await authority.issue({ names: ["server.test"] });
  clients = await makeClientAuthority();
  client = await clients.issue("device-1");
});

afterEach(() => host.close());

async function ready(
  options: HostOptions = {},
  tls: ServerOptions | TestServer = { tls: server },
  url = "https://server.test/",
): Promise<void> {
  host = await withServer({ model: "air780ep", ...options }, tls);
  await host.ask("AT+SAPBR=1,1");
  await host.ask("AT+HTTPINIT");
  await host.ask(`AT+HTTPPARA="URL",${url}`);
}

async function store(to: Host, name: string, content: string): Promise<void> {
  await to.ask(`AT+FSCREATE="${name}"`);
  await to.data(`AT+FSWRITE="${name}",0,${content.length},15`, />$/, content);
}

async function verify(to: Host, ctx: number, ca: Authority = authority): Promise<void> {
  await store(to, "ca.crt", ca.pem);
  for (const setting of [`"cacert",${ctx},"ca.crt"`, `"seclevel",${ctx},1`, `"hostname",${ctx},"server.test"`])
    await to.ask(`AT+SSLCFG=${setting}`);
}

async function show(to: Host, ctx: number, files: Partial<Client>): Promise<void> {
  await to.ask(`AT+SSLCFG="seclevel",${ctx},2`);
  for (const [item, content] of Object.entries(files)) {
    await store(to, `client.${item}`, content);
    await to.ask(`AT+SSLCFG="client${item}",${ctx},"client.${item}"`);
  }
}

async function result(): Promise<string> {
  return (await until(host, "AT+HTTPACTION=0", /\+HTTPACTION: [^\r]*\r\n$/)).split("\r\n").at(-2) as string;
}

const GOOD = "+HTTPACTION: 0,200,5";
const REFUSED = "+HTTPACTION: 0,605,0";

function reason(): unknown {
  return [...host.named("http-failed"), ...host.named("open-failed")].at(-1)?.reason;
}

for (const model of AIR_MODELS) {
  describe(`HTTPS of ${model}`, () => {
    it("comes with the URL, and without SSLCFG believes whomever it finds", async () => {
      await ready({ model });
      assert.equal(await result(), GOOD);
      assert.equal(host.server.asked[0]?.serverName, false);
      assert.equal(await host.at("AT+HTTPREAD"), "\r\n+HTTPREAD: 5\r\nhello\r\nOK\r\n");
    });

    it("believes a server with the right CA and name", async () => {
      await ready({ model });
      await verify(host, HTTP);
      assert.equal(await result(), GOOD);
      assert.equal(host.server.asked[0]?.serverName, "server.test");
    });

    it("refuses another CA with 605, before anything is sent", async () => {
      await ready({ model });
      await verify(host, HTTP, other);
      assert.equal(await result(), REFUSED);
      assert.equal(reason(), "tls: not issued by the CA");
      assert.equal(host.server.asked.length, 0);
    });
  });
}

describe("HTTPSSL", () => {
  it("makes TLS of a URL that says http", async () => {
    const to: number[] = [];
    const secure = await startServer({ tls: server });
    const resolve = (_: string, port: number): { host: string; port: number } => (to.push(port), { host: "127.0.0.1", port: secure.port });
    await ready({ resolve }, secure, "http://server.test/");
    assert.equal(await host.at("AT+HTTPSSL=1"), "\r\nOK\r\n");
    assert.equal(await host.at("AT+HTTPSSL?"), "\r\n+HTTPSSL: 1\r\n\r\nOK\r\n");
    assert.equal(await result(), GOOD);
    await host.ask("AT+HTTPSSL=0");
    assert.match(await result(), /\+HTTPACTION: 0,(400|600|601),/);
    assert.deepEqual(to, [443, 80]);
    assert.equal(await host.at("AT+HTTPSSL=2"), "\r\n+CME ERROR: 53\r\n");
  });

  it("is unknown to a module without TLS", async () => {
    await ready({ model: "air720", quirks: { tls: false } });
    assert.equal(await host.at("AT+HTTPSSL=1"), "\r\nERROR\r\n");
  });
});

describe("a server is", () => {
  it("refused with 605 by name, by date, and when it speaks plain TCP", async () => {
    await ready({}, { tls: await authority.issue({ names: ["elsewhere.test"] }) });
    await verify(host, HTTP);
    assert.equal(await result(), REFUSED);
    assert.equal(reason(), "tls: issued for another name");
    await host.close();
    await ready();
    await verify(host, HTTP);
    await host.ask(`AT+SSLCFG="ignorelocaltime",${HTTP},0`);
    assert.equal(await result(), REFUSED);
    assert.equal(reason(), "tls: not yet valid by the module's clock");
    host.modem.control({ set: "clock", time: Date.now() / 1000 });
    assert.equal(await result(), GOOD);
    await host.close();
    await ready({}, {});
    assert.equal(await result(), REFUSED);
  });

  it("told as 606 when it ends the handshake itself", async () => {
    const strict = createServer({ ...server, minVersion: "TLSv1.3" });
    await new Promise<void>((resolve) => strict.listen(0, "127.0.0.1", resolve));
    const { port } = strict.address() as AddressInfo;
    await ready({ resolve: () => ({ host: "127.0.0.1", port }) });
    assert.equal(await result(), "+HTTPACTION: 0,606,0");
    await new Promise<void>((resolve) => strict.close(() => resolve()));
  });

  it("believed by the context of HTTP, whatever that of MQTT says", async () => {
    await ready();
    await verify(host, MQTT, other);
    assert.equal(await result(), GOOD);
  });
});

describe("a client certificate", () => {
  const asking = (): ServerOptions => ({ tls: server, clientCa: clients.pem });

  it("is shown by HTTP with seclevel 2, and not with 1", async () => {
    await ready({}, asking());
    await verify(host, HTTP);
    await show(host, HTTP, client);
    assert.equal(await result(), GOOD);
    await host.ask(`AT+SSLCFG="seclevel",${HTTP},1`);
    assert.equal(await result(), GOOD);
    assert.deepEqual(
      host.server.asked.map((one) => one.client),
      ["device-1", undefined],
    );
  });

  for (const [what, files, why] of [
    ["no key", () => ({ cert: client.cert }), "tls: no client key"],
    ["no certificate", () => ({ key: client.key }), "tls: no client certificate"],
    ["a file that is none", () => ({ cert: "hello", key: client.key }), null],
  ] as const)
    it(`fails the handshake with ${what}: 605`, async () => {
      await ready({}, asking());
      await verify(host, HTTP);
      await show(host, HTTP, files());
      assert.equal(await result(), REFUSED);
      if (why) assert.equal(reason(), why);
      assert.equal(host.server.asked.length, 0);
    });

  for (const model of AIR_MODELS)
    it(`is shown by MQTT of ${model}, and its absence fails the connection`, async () => {
      const broker = await startTlsServer(server, clients.pem);
      const module = await booted({ model, resolve: () => ({ host: "127.0.0.1", port: broker.port }) });
      host = { ...module, server: { port: 0, asked: [], close: broker.close }, close: () => module.modem.close().then(broker.close) };
      if (model === "air720") await bringUp(host);
      const open = async (): Promise<string> =>
        linesOf(await until(host, 'AT+SSLMIPSTART="server.test",8883', /(CONNECT OK|CONNECT FAIL)\r\n$/))
          .slice(1)
          .join("|");
      await verify(host, MQTT);
      await show(host, MQTT, client);
      assert.equal(await open(), "CONNECT OK");
      await eventually(() => broker.clients.length === 1, "client");
      assert.deepEqual(broker.clients, ["device-1"]);
      await host.ask("AT+MIPCLOSE");
      await host.ask('AT+FSDEL="client.key"');
      assert.equal(await open(), "STATE: TCP CLOSED|CONNECT FAIL");
      assert.equal(reason(), "tls: no client key");
      await store(host, "client.key", (await clients.issue("device-2")).key);
      assert.equal(await open(), "STATE: TCP CLOSED|CONNECT FAIL");
      assert.match(String(reason()), /key values mismatch/);
    });
});
