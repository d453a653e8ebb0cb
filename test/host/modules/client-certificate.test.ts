/** Mutual TLS of an EC20: what it shows a server that asks who it is, for MQTT and HTTPS. */
import assert from "node:assert/strict";
import { afterEach, before, describe, it } from "node:test";
import { makeAuthority, type Authority, type ServerCertificate } from "../../../host/broker/certificates.ts";
import { makeClientAuthority, type Client, type ClientAuthority } from "../../support/client-certificate.ts";
import { startServer } from "./http-server.ts";
import { ec20WithServer, setUrl, urcOf, verifyWith, type HttpHost } from "./http-session.ts";
import { result } from "./session.ts";
import { eventually, type Host, type HostOptions } from "./support.ts";
import { startTlsServer, type TlsServer } from "./tls-server.ts";

let authority: Authority;
let server: ServerCertificate;
let clients: ClientAuthority;
let client: Client;
let host: HttpHost;
let broker: TlsServer;

before(async () => {
  authority = await makeAuthority();
  server = await authority.issue({ names: ["server.test"] });
  clients = await makeClientAuthority();
  client = await clients.issue("device-1");
});

afterEach(async () => {
  await host.close();
  await broker.close();
});

async function upload(to: Host, name: string, content: string): Promise<void> {
  await to.data(`AT+QFUPL="${name}",${content.length}`, /CONNECT/, content);
}

/** The port 8883 leads to a TLS server, every other to an HTTPS server; both ask for a certificate. SSL context 1 has what `files` say. */
async function ready(files: Partial<Record<keyof Client, string>>, options: HostOptions = {}, seclevel = 2): Promise<void> {
  const https = await startServer({ tls: server, clientCa: clients.pem });
  broker = await startTlsServer(server, clients.pem);
  const resolve = (_: string, port: number): { host: string; port: number } => ({
    host: "127.0.0.1",
    port: port === 8883 ? broker.port : https.port,
  });
  host = await ec20WithServer({ resolve, ...options }, https);
  await verifyWith(host, authority);
  await host.ask(`AT+QSSLCFG="seclevel",1,${seclevel}`);
  for (const [item, content] of Object.entries(files)) {
    await upload(host, `UFS:${item}.pem`, content);
    await host.ask(`AT+QSSLCFG="client${item}",1,"UFS:${item}.pem"`);
  }
  await host.ask('AT+QMTCFG="SSL",0,1,1');
  await setUrl(host, "https://server.test/");
}

const open = (): Promise<string> => result(host, 'AT+QMTOPEN=0,"server.test",8883');
const get = async (): Promise<string> => (await urcOf(host, "AT+QHTTPGET")).split("\r\n").at(-2) as string;

function reasons(): unknown[] {
  return [...host.named("open-failed"), ...host.named("http-failed")].map(({ reason }) => reason);
}

describe("a client certificate", () => {
  it("is shown with seclevel 2, and the server knows the device by it", async () => {
    await ready(client);
    assert.equal(await open(), "+QMTOPEN: 0,0");
    assert.equal(await get(), "+QHTTPGET: 0,200,5");
    await eventually(() => broker.clients.length === 1, "client");
    assert.deepEqual(broker.clients, ["device-1"]);
    assert.equal(host.server.asked[0]?.client, "device-1");
    assert.equal(host.first("tls").authorized, true);
  });

  it("is not shown with seclevel 1", async () => {
    await ready(client, {}, 1);
    assert.equal(await open(), "+QMTOPEN: 0,0");
    assert.equal(await get(), "+QHTTPGET: 0,200,5");
    await eventually(() => broker.clients.length === 1, "client");
    assert.deepEqual(broker.clients, [null]);
    assert.equal(host.server.asked[0]?.client, undefined);
  });

  it("does not make the module believe any server", async () => {
    await ready(client);
    await host.ask('AT+QFDEL="UFS:ca.pem"');
    assert.equal(await open(), "+QMTOPEN: 0,-1");
    assert.equal(await get(), "+QHTTPGET: 701");
  });

  it("of another authority is shown too: it is the server that refuses it", async () => {
    await ready(await (await makeClientAuthority("Another Authority")).issue("stranger"));
    assert.equal(await get(), "+QHTTPGET: 0,200,5");
    assert.equal(host.server.asked[0]?.client, undefined);
  });
});

describe("the handshake fails, and nobody says why, with", () => {
  const good = (): Client => client;
  for (const [what, files, reason] of [
    ["no files at all", () => ({}), "tls: no client certificate"],
    ["a certificate but no key", () => ({ cert: good().cert }), "tls: no client key"],
    ["a key but no certificate", () => ({ key: good().key }), "tls: no client certificate"],
  ] as const) {
    it(what, async () => {
      await ready(files());
      assert.equal(await open(), "+QMTOPEN: 0,-1");
      assert.equal(await get(), "+QHTTPGET: 701");
      assert.deepEqual(reasons(), [reason, reason]);
    });
  }

  it("a file that is no certificate", async () => {
    await ready({ cert: "hello", key: client.key });
    assert.equal(await open(), "+QMTOPEN: 0,-1");
    assert.equal(await get(), "+QHTTPGET: 701");
  });

  it("the key of another certificate", async () => {
    await ready({ cert: client.cert, key: (await clients.issue("device-2")).key });
    assert.equal(await open(), "+QMTOPEN: 0,-1");
    assert.match(String(reasons()[0]), /key values mismatch/);
  });

  it("a file that was deleted", async () => {
    await ready(client);
    await host.ask('AT+QFDEL="UFS:key.pem"');
    assert.equal(await open(), "+QMTOPEN: 0,-1");
    assert.equal(reasons()[0], "tls: no client key");
  });
});

describe("firmware that goes on without a file", () => {
  it("shows nothing", async () => {
    await ready({ cert: client.cert }, { quirks: { clientFileMissing: "unsent" } });
    assert.equal(await open(), "+QMTOPEN: 0,0");
    await eventually(() => broker.clients.length === 1, "client");
    assert.deepEqual(broker.clients, [null]);
  });
});
