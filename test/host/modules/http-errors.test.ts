/** What an EC20 tells of HTTP that goes wrong: real causes, and those of the control port. */
import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { afterEach, describe, it } from "node:test";
import { deadPort, startRawServer, type Asked, type ServerOptions, type TestServer } from "./http-server.ts";
import { ec20WithServer, setUrl, urcOf, withServer, type HttpHost } from "./http-session.ts";
import { eventually, type HostOptions } from "./support.ts";

const URL = "http://server.test/";
const BODY = "0123456789".repeat(20);

let host: HttpHost;

afterEach(() => host.close());

async function ready(options: HostOptions = {}, server: ServerOptions | TestServer = {}): Promise<void> {
  host = await ec20WithServer(options, server);
  await setUrl(host, URL);
}

const get = (command = "AT+QHTTPGET"): Promise<string> => urcOf(host, command);

/** The line behind the OK. */
async function result(command?: string): Promise<string> {
  return (await get(command)).split("\r\n").filter((line) => line !== "" && line !== "OK")[0] as string;
}

const send = (text: string): ((socket: Socket) => void) => {
  return (socket) => socket.end(text);
};

const fixed = (_: Asked, response: ServerResponse): void => {
  response.writeHead(200, { "content-length": BODY.length }).end(BODY);
};

describe("a connection that fails is told as", () => {
  it("714 when the name is unknown", async () => {
    await ready({ resolve: () => "dns-failed" });
    assert.equal(await get(), "\r\nOK\r\n\r\n+QHTTPGET: 714\r\n");
    assert.equal(host.first("http-failed").reason, "dns: no such name");
    assert.equal(await host.at("AT+QHTTPREAD"), "\r\n+CME ERROR: 705\r\n");
  });

  it("716 when nobody listens", async () => {
    const port = await deadPort();
    await ready({ resolve: () => ({ host: "127.0.0.1", port }) });
    assert.equal(await get(), "\r\nOK\r\n\r\n+QHTTPGET: 716\r\n");
  });

  it("+CME ERROR where the host would write data next", async () => {
    const port = await deadPort();
    await ready({ resolve: () => ({ host: "127.0.0.1", port }) });
    assert.equal(await host.at("AT+QHTTPPOST=5,5,5"), "\r\n+CME ERROR: 716\r\n");
    assert.equal(await host.at("AT+QHTTPPOST=5,5,5"), "\r\n+CME ERROR: 716\r\n");
    await host.ask('AT+QHTTPCFG="requestheader",1');
    assert.equal(await host.at("AT+QHTTPGET=5,50"), "\r\n+CME ERROR: 716\r\n");
  });

  it("709 without a context, if the module makes none by itself", async () => {
    host = await withServer({ quirks: { strictPdp: true } });
    await setUrl(host, URL);
    assert.equal(await result(), "+QHTTPGET: 709");
    await host.ask("AT+QIACT=1");
    assert.equal(await result(), "+QHTTPGET: 0,200,5");
  });

  it("707 when the network gives no context", async () => {
    host = await withServer({ network: { registration: "denied" } });
    await setUrl(host, URL);
    assert.equal(await result(), "+QHTTPGET: 707");
  });
});

describe("a response is told as", () => {
  it("719 when the server closes instead", async () => {
    await ready({}, await startRawServer((socket) => socket.end()));
    assert.equal(await get(), "\r\nOK\r\n\r\n+QHTTPGET: 719\r\n");
  });

  it("719 when it stops inside the head", async () => {
    await ready({}, await startRawServer(send("HTTP/1.1 200 OK\r\nContent-Le")));
    assert.equal(await result(), "+QHTTPGET: 719");
  });

  it("717 when the connection is reset", async () => {
    await ready({}, await startRawServer((socket) => socket.resetAndDestroy()));
    assert.equal(await result(), "+QHTTPGET: 717");
  });

  it("721 when it is not HTTP", async () => {
    await ready({}, await startRawServer(send("220 mail.test ESMTP\r\n")));
    assert.equal(await result(), "+QHTTPGET: 721");
  });

  it("728 when it does not come in time, by the module's clock", async () => {
    await ready();
    host.modem.control({ fault: "hang" });
    await host.clock.advance(0);
    const start = host.clock.now();
    assert.equal(await result("AT+QHTTPGET=30"), "+QHTTPGET: 728");
    assert.ok(Math.abs(host.clock.now() - start - 30_000) < 100);
    assert.equal(host.server.asked.length, 0);
  });

  it("728 of a server that says nothing", async () => {
    await ready({}, await startRawServer(() => {}));
    assert.equal(await result("AT+QHTTPGET=20"), "+QHTTPGET: 728");
  });

  it("702 for that by firmware which has one word for all", async () => {
    await ready({ quirks: { httpTimeouts: "general" } });
    host.modem.control({ fault: "hang" });
    assert.equal(await result("AT+QHTTPGET=30"), "+QHTTPGET: 702");
  });

  it("the next response after an informational one", async () => {
    await ready({}, await startRawServer(send("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n")));
    assert.equal(await result(), "+QHTTPGET: 0,204");
    assert.equal(await get("AT+QHTTPREAD"), "\r\nCONNECT\r\n\r\nOK\r\n\r\n+QHTTPREAD: 0\r\n");
  });
});

describe("a body is told as", () => {
  it("719 when it is cut short", async () => {
    await ready({}, await startRawServer(send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello")));
    assert.equal(await result(), "+QHTTPGET: 0,200,10");
    assert.equal(await get("AT+QHTTPREAD"), "\r\nCONNECT\r\nhello\r\nOK\r\n\r\n+QHTTPREAD: 719\r\n");
  });

  it("719 in a file, which keeps what came", async () => {
    await ready({}, await startRawServer(send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello")));
    await get();
    assert.equal(await get('AT+QHTTPREADFILE="a"'), "\r\nOK\r\n\r\n+QHTTPREADFILE: 719\r\n");
    assert.deepEqual(await host.ask("AT+QFLST"), ['+QFLST: "UFS:a",5']);
  });

  it("719 when a chunk is missing, 721 when it is none", async () => {
    for (const [rest, code] of [
      ["5\r\nhello\r\n", 719],
      ["5\r\nhello\r\nnonsense\r\n", 721],
    ] as const) {
      const head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
      await ready({}, await startRawServer(send(head + rest)));
      assert.equal(await result(), "+QHTTPGET: 0,200");
      assert.equal(await get("AT+QHTTPREAD"), `\r\nCONNECT\r\nhello\r\nOK\r\n\r\n+QHTTPREAD: ${code}\r\n`);
      if (code === 719) await host.close();
    }
  });

  it("whole when it ends with the connection and nothing said how long it is", async () => {
    await ready({}, await startRawServer(send("HTTP/1.0 200 OK\r\n\r\nhello")));
    assert.equal(await result(), "+QHTTPGET: 0,200");
    assert.equal(await get("AT+QHTTPREAD"), "\r\nCONNECT\r\nhello\r\nOK\r\n\r\n+QHTTPREAD: 0\r\n");
  });

  it("727 when the next packet does not come in time", async () => {
    await ready({}, { reply: fixed });
    host.modem.control({ fault: "http-pause", bytes: 100, ms: 20_000 });
    await get();
    const start = host.clock.now();
    assert.equal(await get("AT+QHTTPREAD=10"), `\r\nCONNECT\r\n${BODY.slice(0, 100)}\r\nOK\r\n\r\n+QHTTPREAD: 727\r\n`);
    assert.ok(Math.abs(host.clock.now() - start - 10_000) < 500);
  });

  it("727 when the network goes dead in the middle of it", async () => {
    let rest = (): void => {};
    const reply: ServerOptions["reply"] = (_, response) => {
      response.writeHead(200, { "content-length": 9 }).write("begin");
      rest = () => void response.end("+end");
    };
    await ready({}, { reply });
    assert.match(await get(), /0,200,9/);
    host.modem.control({ fault: "hang" });
    await host.clock.advance(0);
    rest();
    assert.equal(await get("AT+QHTTPREAD=10"), "\r\nCONNECT\r\nbegin\r\nOK\r\n\r\n+QHTTPREAD: 727\r\n");
  });

  it("whole when the pause is shorter", async () => {
    await ready({}, { reply: fixed });
    host.modem.control({ fault: "http-pause", bytes: 100, ms: 20_000 });
    await get();
    const start = host.clock.now();
    assert.equal(await get("AT+QHTTPREAD=30"), `\r\nCONNECT\r\n${BODY}\r\nOK\r\n\r\n+QHTTPREAD: 0\r\n`);
    assert.ok(host.clock.now() - start > 20_000);
  });
});

describe("the module loses", () => {
  it("its context while it waits for the response: 709", async () => {
    await ready();
    host.modem.control({ fault: "hang" });
    host.send("AT+QHTTPGET\r");
    await host.clock.advance(1000);
    host.modem.control({ fault: "pdp-deact" });
    assert.equal(await host.wait(/QHTTPGET: [^\r]*\r\n$/), '\r\nOK\r\n\r\n+QIURC: "pdpdeact",1\r\n\r\n+QHTTPGET: 709\r\n');
  });

  it("its context inside a body: 709, and the URC waits until that is told", async () => {
    await ready({}, { reply: fixed });
    host.modem.control({ fault: "http-pause", bytes: 100, ms: 30_000 });
    await get();
    host.send("AT+QHTTPREAD\r");
    await host.clock.advance(1000);
    host.modem.control({ fault: "pdp-deact" });
    const told = '+QHTTPREAD: 709\r\n\r\n+QIURC: "pdpdeact",1\r\n';
    assert.equal(await host.wait(/pdpdeact",1\r\n$/), `\r\nCONNECT\r\n${BODY.slice(0, 100)}\r\nOK\r\n\r\n${told}`);
  });

  it("its context when the response is there and not told yet: 709, and nothing to read", async () => {
    await ready();
    host.send("AT+QHTTPGET\r");
    await host.wait(/OK\r\n$/);
    await eventually(() => host.server.asked.length === 1, "request");
    await host.clock.advance(100);
    host.modem.control({ fault: "pdp-deact" });
    assert.match(await host.wait(/QHTTPGET: [^\r]*\r\n$/), /\+QHTTPGET: 709\r\n$/);
    assert.equal(await host.at("AT+QHTTPREAD"), "\r\n+CME ERROR: 705\r\n");
  });

  it("its context before it reads what came: 709 behind the data", async () => {
    await ready();
    await get();
    host.modem.control({ fault: "pdp-deact" });
    await host.wait(/pdpdeact/);
    assert.equal(await get("AT+QHTTPREAD"), "\r\nCONNECT\r\nhello\r\nOK\r\n\r\n+QHTTPREAD: 709\r\n");
  });

  it("its connection: 719", async () => {
    await ready();
    host.modem.control({ fault: "hang" });
    host.send("AT+QHTTPGET\r");
    await host.clock.advance(1000);
    host.modem.control({ fault: "drop" });
    assert.match(await host.wait(/QHTTPGET: [^\r]*\r\n$/), /\+QHTTPGET: 719\r\n$/);
  });
});

describe("the control port", () => {
  it("ends transactions with any error", async () => {
    await ready();
    host.modem.control({ fault: "http-fails", result: 706, count: 2 });
    assert.equal(await result(), "+QHTTPGET: 706");
    assert.equal(await host.at("AT+QHTTPPOST=5"), "\r\n+CME ERROR: 706\r\n");
    assert.equal(await result(), "+QHTTPGET: 0,200,5");
  });

  it("changes the status", async () => {
    await ready();
    host.modem.control({ fault: "http-status", status: 500 });
    host.modem.control({ fault: "http-status", status: 302 });
    assert.equal(await result(), "+QHTTPGET: 0,500,5");
    assert.equal(await result(), "+QHTTPGET: 0,302,5");
    assert.equal(await result(), "+QHTTPGET: 0,200,5");
  });

  it("cuts a body, once", async () => {
    await ready({}, { reply: fixed });
    host.modem.control({ fault: "http-cut", bytes: 100 });
    assert.equal(await result(), "+QHTTPGET: 0,200,200");
    assert.equal(await get("AT+QHTTPREAD"), `\r\nCONNECT\r\n${BODY.slice(0, 100)}\r\nOK\r\n\r\n+QHTTPREAD: 719\r\n`);
    await get();
    assert.equal(await get("AT+QHTTPREAD"), `\r\nCONNECT\r\n${BODY}\r\nOK\r\n\r\n+QHTTPREAD: 0\r\n`);
  });

  it("takes everything back with restore", async () => {
    await ready({}, { reply: fixed });
    for (const fault of [
      { fault: "http-fails", result: 701 },
      { fault: "http-status", status: 500 },
      { fault: "http-cut", bytes: 1 },
      { fault: "http-pause", bytes: 1, ms: 999_999 },
      { fault: "restore" },
    ])
      host.modem.control(fault);
    assert.equal(await result(), "+QHTTPGET: 0,200,200");
    assert.match(await get("AT+QHTTPREAD=5"), /\+QHTTPREAD: 0\r\n$/);
  });
});
