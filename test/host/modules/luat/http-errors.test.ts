/** What an Air module tells of HTTP that goes wrong: real causes, and those of the control port. */
import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { afterEach, describe, it } from "node:test";
import { deadPort, startRawServer, type Asked, type ServerOptions, type TestServer } from "../http-server.ts";
import { withServer, type HttpHost } from "../http-session.ts";
import type { HostOptions } from "../support.ts";
import { AIR_MODELS } from "./session.ts";

const BODY = "0123456789".repeat(20);

let host: HttpHost;

afterEach(() => host.close());

async function ready(options: HostOptions = {}, server: ServerOptions | TestServer = {}): Promise<void> {
  host = await withServer({ model: "air780ep", ...options }, server);
  if (options.model === "air720") await host.ask("AT+SAPBR=1,1");
  await host.ask("AT+HTTPINIT");
  await host.ask('AT+HTTPPARA="URL","http://server.test/"');
}

async function action(): Promise<string> {
  host.send("AT+HTTPACTION=0\r");
  return host.wait(/\+HTTPACTION: [^\r]*\r\n$|ERROR[^\r]*\r\n$/);
}

const fixed = (_: Asked, response: ServerResponse): void => {
  response.writeHead(200, { "content-length": BODY.length }).end(BODY);
};

for (const model of AIR_MODELS) {
  describe(`${model} tells`, () => {
    it("603 when the name is unknown", async () => {
      await ready({ model, resolve: () => "dns-failed" });
      assert.equal(await action(), "\r\nOK\r\n\r\n+HTTPACTION: 0,603,0\r\n");
      assert.equal(await host.at("AT+HTTPREAD"), "\r\n+HTTPREAD: 0\r\n\r\nOK\r\n");
      assert.equal(await host.at("AT+HTTPHEAD"), "\r\nERROR\r\n");
    });

    it("601 when nobody listens", async () => {
      const port = await deadPort();
      await ready({ model, resolve: () => ({ host: "127.0.0.1", port }) });
      assert.equal(await action(), "\r\nOK\r\n\r\n+HTTPACTION: 0,601,0\r\n");
    });
  });
}

describe("a response is told as", () => {
  for (const [what, bytes, status] of [
    ["closed instead", "", 601],
    ["stopped inside the head", "HTTP/1.1 200 OK\r\nContent-Le", 601],
    ["cut short", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello", 601],
    ["not HTTP", "220 mail.test ESMTP\r\n", 600],
    ["broken inside its chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nnonsense\r\n", 600],
  ] as const)
    it(`${status} when it is ${what}`, async () => {
      await ready({}, await startRawServer((socket) => socket.end(bytes)));
      assert.equal(await action(), `\r\nOK\r\n\r\n+HTTPACTION: 0,${status},0\r\n`);
    });

  it("601 when the connection is reset", async () => {
    await ready({}, await startRawServer((socket) => socket.resetAndDestroy()));
    assert.match(await action(), /\+HTTPACTION: 0,601,0\r\n$/);
  });

  it("601 when it does not come within TIMEOUT, by the module's clock", async () => {
    await ready();
    await host.ask('AT+HTTPPARA="TIMEOUT",30');
    host.modem.control({ fault: "hang" });
    await host.clock.advance(0);
    const start = host.clock.now();
    assert.match(await action(), /\+HTTPACTION: 0,601,0\r\n$/);
    assert.ok(Math.abs(host.clock.now() - start - 30_000) < 100);
    assert.equal(host.server.asked.length, 0);
  });

  it("601 when its body pauses for longer than TIMEOUT, and late when it does not", async () => {
    await ready({}, { reply: fixed });
    await host.ask('AT+HTTPPARA="TIMEOUT",30');
    host.modem.control({ fault: "http-pause", bytes: 100, ms: 31_000 });
    assert.match(await action(), /\+HTTPACTION: 0,601,0\r\n$/);
    host.modem.control({ fault: "http-pause", bytes: 100, ms: 29_000 });
    const start = host.clock.now();
    assert.match(await action(), /\+HTTPACTION: 0,200,200\r\n$/);
    assert.ok(host.clock.now() - start > 29_000);
  });
});

describe("the data connection", () => {
  it("that is lost ends what runs: SAPBR is told as lost, then 601", async () => {
    await ready();
    await host.ask("AT+SAPBR=1,1");
    host.modem.control({ fault: "hang" });
    host.send("AT+HTTPACTION=0\r");
    await host.clock.advance(1000);
    host.modem.control({ fault: "pdp-deact" });
    const told = await host.wait(/\+HTTPACTION: [^\r]*\r\n$/);
    assert.equal(told, "\r\nOK\r\n\r\n+CGEV: NW PDN DEACT 1\r\n\r\n+SAPBR 1: DEACT\r\n\r\n+HTTPACTION: 0,601,0\r\n");
    assert.equal(await host.at("AT+SAPBR=0,1"), "\r\n+CME ERROR: 3\r\n");
    host.modem.control({ fault: "restore" });
    assert.match(await action(), /\+HTTPACTION: 0,601,0\r\n$/);
    await host.ask('AT+CGDCONT=5,"IP",""');
    await host.ask("AT+CGACT=1,5");
    assert.match(await action(), /\+HTTPACTION: 0,200,5\r\n$/);
  });

  it("must be a bearer of SAPBR in older firmware", async () => {
    await ready({ quirks: { httpBearer: "sapbr" } });
    assert.match(await action(), /\+HTTPACTION: 0,601,0\r\n$/);
    await host.ask("AT+SAPBR=1,2");
    assert.match(await action(), /\+HTTPACTION: 0,601,0\r\n$/);
    await host.ask('AT+HTTPPARA="CID",2');
    assert.match(await action(), /\+HTTPACTION: 0,200,5\r\n$/);
  });

  it("that breaks is told as 601", async () => {
    await ready();
    host.modem.control({ fault: "hang" });
    host.send("AT+HTTPACTION=0\r");
    await host.clock.advance(1000);
    host.modem.control({ fault: "drop" });
    assert.match(await host.wait(/\+HTTPACTION: [^\r]*\r\n$/), /\+HTTPACTION: 0,601,0\r\n$/);
  });
});

describe("ERROR:<n>, in firmware that says so, is", () => {
  const numbered = (): Promise<void> => ready({ quirks: { httpErrors: "numbered" } });

  it("0 without a session", async () => {
    await numbered();
    await host.ask("AT+HTTPTERM");
    for (const command of ["AT+HTTPACTION=0", "AT+HTTPREAD", 'AT+HTTPPARA="CID",1', "AT+HTTPTERM"])
      assert.equal(await host.at(command), "\r\nERROR:0\r\n", command);
  });

  it("3 while it is busy, and for a second session", async () => {
    await numbered();
    assert.equal(await host.at("AT+HTTPINIT"), "\r\nERROR:3\r\n");
    await host.at("AT+HTTPACTION=0");
    assert.match(await host.at("AT+HTTPACTION=0"), /^\r\nERROR:3\r\n/);
    assert.match(await host.at("AT+HTTPREAD"), /^\r\nERROR:3\r\n/);
  });

  it("9 without a response, 12 for a wrong parameter, 13 for too much data", async () => {
    await numbered();
    assert.equal(await host.at("AT+HTTPHEAD"), "\r\nERROR:9\r\n");
    assert.equal(await host.at('AT+HTTPPARA="NOTHING",1'), "\r\nERROR:12\r\n");
    assert.equal(await host.at("AT+HTTPACTION=7"), "\r\nERROR:12\r\n");
    assert.equal(await host.at("AT+HTTPDATA=3357,5000"), "\r\nERROR:13\r\n");
  });

  it("11 without a data connection", async () => {
    await numbered();
    host.modem.control({ fault: "pdp-deact" });
    await host.clock.advance(100);
    assert.equal(await host.at("AT+HTTPACTION=0"), "\r\nERROR:11\r\n");
  });

  it("6 for a file that cannot be", async () => {
    await ready({ quirks: { httpErrors: "numbered", httpGetToFs: true } });
    assert.equal(await host.at('AT+HTTPGETTOFS=0,"a*"'), "\r\nERROR:6\r\n");
  });
});

describe("the control port", () => {
  it("ends transactions with any status, changes statuses, cuts bodies, and takes it back", async () => {
    await ready({}, { reply: fixed });
    host.modem.control({ fault: "http-fails", result: 606 });
    assert.match(await action(), /\+HTTPACTION: 0,606,0\r\n$/);
    host.modem.control({ fault: "http-status", status: 500 });
    assert.match(await action(), /\+HTTPACTION: 0,500,200\r\n$/);
    host.modem.control({ fault: "http-cut", bytes: 100 });
    assert.match(await action(), /\+HTTPACTION: 0,601,0\r\n$/);
    host.modem.control({ fault: "http-fails", result: 601, count: 3 });
    host.modem.control({ fault: "restore" });
    assert.match(await action(), /\+HTTPACTION: 0,200,200\r\n$/);
  });
});
