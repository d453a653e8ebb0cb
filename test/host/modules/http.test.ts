/** HTTP of an EC20: every command and every answer, byte for byte, against real servers. */
import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { ec20WithServer, setUrl, urcOf, type HttpHost } from "./http-session.ts";
import type { ServerOptions, TestServer } from "./http-server.ts";
import { BOOT_MS, type HostOptions } from "./support.ts";

const URL = "http://server.test/file?x=1";

let host: HttpHost;

afterEach(() => host.close());

/** With the URL set. */
async function ready(options: HostOptions = {}, server: ServerOptions | TestServer = {}, url = URL): Promise<void> {
  host = await ec20WithServer(options, server);
  assert.equal(await setUrl(host, url), "\r\nOK\r\n");
}

async function command(line: string): Promise<string> {
  return host.at(line);
}

describe("QHTTPCFG", () => {
  it("tells all values in one block", async () => {
    host = await ec20WithServer();
    const items = ['"contextid",1', '"requestheader",0', '"responseheader",0', '"sslctxid",1', '"contenttype",0'];
    assert.equal(await command("AT+QHTTPCFG?"), `\r\n${items.map((item) => `+QHTTPCFG: ${item}`).join("\r\n")}\r\n\r\nOK\r\n`);
  });

  it("tells what there is, by generation", async () => {
    host = await ec20WithServer();
    const old = [
      '+QHTTPCFG: "contextid",(1-16)',
      '+QHTTPCFG: "requestheader",(0,1)',
      '+QHTTPCFG: "responseheader",(0,1)',
      '+QHTTPCFG: "sslctxid",(0-5)',
      '+QHTTPCFG: "contenttype",(0-3)',
    ];
    assert.deepEqual(await host.ask("AT+QHTTPCFG=?"), old);
    await host.close();
    host = await ec20WithServer({ quirks: { httpNewItems: true } });
    const lines = await host.ask("AT+QHTTPCFG=?");
    for (const line of ['"contenttype",(0-5)', '"auth",("username:password")', '"custom_header",("custom_value")', '"rspout/auto",(0,1)'])
      assert.ok(lines.includes(`+QHTTPCFG: ${line}`), line);
  });

  for (const [item, value] of [
    ["contextid", 3],
    ["requestheader", 1],
    ["responseheader", 1],
    ["sslctxid", 5],
    ["contenttype", 3],
  ] as const) {
    it(`keeps ${item}, in any case, until a restart`, async () => {
      host = await ec20WithServer();
      assert.equal(await command(`AT+QHTTPCFG="${item.toUpperCase()}",${value}`), "\r\nOK\r\n");
      assert.equal(await command(`AT+QHTTPCFG="${item}"`), `\r\n+QHTTPCFG: "${item}",${value}\r\n\r\nOK\r\n`);
      host.modem.control({ fault: "reboot" });
      await host.clock.advance(BOOT_MS);
      await host.at("ATE0");
      assert.doesNotMatch(await command(`AT+QHTTPCFG="${item}"`), new RegExp(`,${value}\r`));
    });
  }

  for (const item of ["nothing", "toString", "custom_header", "rspout/auto", "closed/ind", "reqheader/add", "auth"]) {
    it(`answers ERROR to "${item}", which this generation does not know`, async () => {
      host = await ec20WithServer();
      assert.equal(await command(`AT+QHTTPCFG="${item}",1`), "\r\nERROR\r\n");
      assert.equal(await command(`AT+QHTTPCFG="${item}"`), "\r\nERROR\r\n");
    });
  }

  for (const wrong of ['"contextid",17', '"requestheader",2', '"sslctxid",6', '"contenttype",4', '"contenttype","1"']) {
    it(`refuses ${wrong} with 730`, async () => {
      host = await ec20WithServer();
      assert.equal(await command(`AT+QHTTPCFG=${wrong}`), "\r\n+CME ERROR: 730\r\n");
    });
  }

  it("of newer firmware adds headers", async () => {
    await ready({ quirks: { httpNewItems: true } });
    for (const item of [
      '"auth","user:secret"',
      '"custom_header","X-One: 1"',
      '"reqheader/add","X-Two","2"',
      '"reqheader/add","X-Gone","3"',
    ])
      await host.ask(`AT+QHTTPCFG=${item}`);
    await host.ask('AT+QHTTPCFG="reqheader/remove","X-Gone"');
    assert.equal(await command('AT+QHTTPCFG="reqheader/remove","X-Gone"'), "\r\nERROR\r\n");
    assert.deepEqual(await host.ask('AT+QHTTPCFG="custom_header"'), ['+QHTTPCFG: "custom_header","X-One: 1"']);
    await urcOf(host, "AT+QHTTPGET");
    const sent = host.server.asked[0]?.headers ?? [];
    assert.deepEqual(sent.slice(-3), [`Authorization: Basic ${Buffer.from("user:secret").toString("base64")}`, "X-One: 1", "X-Two: 2"]);
    assert.ok(host.named("command").every(({ command }) => !/secret|X-One: 1/.test(String(command))));
  });
});

describe("QHTTPURL", () => {
  it("takes exactly its bytes, and tells its limits", async () => {
    host = await ec20WithServer();
    assert.equal(await command("AT+QHTTPURL=?"), "\r\n+QHTTPURL: (1-700),(1-65535)\r\n\r\nOK\r\n");
    host.send("AT+QHTTPURL=14,10\r");
    assert.equal(await host.wait(/CONNECT\r\n$/), "\r\nCONNECT\r\n");
    host.send("http://a.test/surplus");
    assert.equal(await host.wait(/OK\r\n$/), "\r\nOK\r\n");
    await urcOf(host, "AT+QHTTPGET");
    assert.equal(host.server.asked[0]?.path, "/");
  });

  for (const [limit, quirks] of [
    [700, {}],
    [2048, { httpUrlLimit: 2048 }],
  ] as const) {
    it(`refuses more than ${limit} bytes with 730`, async () => {
      host = await ec20WithServer({ quirks });
      assert.equal(await command(`AT+QHTTPURL=${limit + 1}`), "\r\n+CME ERROR: 730\r\n");
      assert.equal(await command("AT+QHTTPURL=0"), "\r\n+CME ERROR: 730\r\n");
      assert.equal(await setUrl(host, `http://a.test/${"x".repeat(limit - 14)}`), "\r\nOK\r\n");
    });
  }

  for (const url of ["server.test/file", "ftp://a.test/", "http://a.test:0/", "http://a.test:70000/", "http:///x", "http://a.test/a b"]) {
    it(`refuses ${url} with 711`, async () => {
      host = await ec20WithServer();
      assert.equal(await setUrl(host, url), "\r\n+CME ERROR: 711\r\n");
    });
  }

  it("waits so long from its prompt, whatever comes, then 726", async () => {
    host = await ec20WithServer();
    host.send("AT+QHTTPURL=20,7\r");
    await host.wait(/CONNECT\r\n$/);
    const start = host.clock.now();
    for (let i = 0; i < 4; i++) {
      host.send("http");
      await host.clock.advance(1500);
    }
    assert.equal(await host.wait(/ERROR[^\r]*\r\n$/), "\r\n+CME ERROR: 726\r\n");
    assert.ok(Math.abs(host.clock.now() - start - 7000) < 50);
  });

  it("replaces the URL before", async () => {
    await ready();
    await setUrl(host, "http://server.test/second");
    await urcOf(host, "AT+QHTTPGET");
    assert.equal(host.server.asked[0]?.path, "/second");
  });
});

describe("QHTTPGET", () => {
  it("asks as the module writes it, tells status and length, and the body is read once", async () => {
    await ready();
    assert.equal(await urcOf(host, "AT+QHTTPGET=80"), "\r\nOK\r\n\r\n+QHTTPGET: 0,200,5\r\n");
    const { method, path, headers } = host.server.asked[0] ?? {};
    assert.deepEqual([method, path], ["GET", "/file?x=1"]);
    assert.deepEqual(headers, ["Host: server.test", "Accept: */*", "User-Agent: QUECTEL_MODULE", "Connection: Keep-Alive"]);
    assert.equal(await urcOf(host, "AT+QHTTPREAD=80"), "\r\nCONNECT\r\nhello\r\nOK\r\n\r\n+QHTTPREAD: 0\r\n");
    assert.equal(await command("AT+QHTTPREAD=80"), "\r\n+CME ERROR: 705\r\n");
    const { request, result, status, length } = host.first("http");
    assert.deepEqual([request, result, status, length], ["+QHTTPGET", 0, 200, 5]);
  });

  it("names the port that the URL names", async () => {
    await ready({}, {}, "http://server.test:8080/");
    await urcOf(host, "AT+QHTTPGET");
    assert.equal(host.server.asked[0]?.headers[0], "Host: server.test:8080");
  });

  it("tells no length of a body in chunks, and puts it out whole", async () => {
    await ready(
      {},
      {
        reply(_, response) {
          response.write("hel");
          response.end("lo");
        },
      },
    );
    assert.equal(await urcOf(host, "AT+QHTTPGET"), "\r\nOK\r\n\r\n+QHTTPGET: 0,200\r\n");
    assert.equal(await urcOf(host, "AT+QHTTPREAD"), "\r\nCONNECT\r\nhello\r\nOK\r\n\r\n+QHTTPREAD: 0\r\n");
  });

  it("tells redirects and errors as they come", async () => {
    const statuses = [302, 404, 500];
    const reply: ServerOptions["reply"] = (_, response) =>
      response.writeHead(statuses.shift() as number, { location: "http://elsewhere.test/", "content-length": 4 }).end("page");
    await ready({}, { reply });
    assert.equal(await urcOf(host, "AT+QHTTPGET"), "\r\nOK\r\n\r\n+QHTTPGET: 0,302,4\r\n");
    assert.equal(await urcOf(host, "AT+QHTTPREAD"), "\r\nCONNECT\r\npage\r\nOK\r\n\r\n+QHTTPREAD: 0\r\n");
    assert.match(await urcOf(host, "AT+QHTTPGET"), /\+QHTTPGET: 0,404,4/);
    assert.match(await urcOf(host, "AT+QHTTPGET"), /\+QHTTPGET: 0,500,4/);
    assert.equal(host.server.asked.length, 3);
  });

  it("reads the response's head before the body with responseheader 1", async () => {
    await ready(
      {},
      {
        reply(_, response) {
          response.sendDate = false;
          response.writeHead(200, { "X-Case": "Kept", "Content-Length": 2, Connection: "close" }).end("hi");
        },
      },
    );
    await host.ask('AT+QHTTPCFG="responseheader",1');
    assert.equal(await urcOf(host, "AT+QHTTPGET"), "\r\nOK\r\n\r\n+QHTTPGET: 0,200,2\r\n");
    const head = "HTTP/1.1 200 OK\r\nX-Case: Kept\r\nContent-Length: 2\r\nConnection: close\r\n\r\n";
    assert.equal(await urcOf(host, "AT+QHTTPREAD"), `\r\nCONNECT\r\n${head}hi\r\nOK\r\n\r\n+QHTTPREAD: 0\r\n`);
  });

  it("sends the host's own request with requestheader 1", async () => {
    await ready();
    await host.ask('AT+QHTTPCFG="requestheader",1');
    const request = "GET /file?x=1 HTTP/1.1\r\nHost: server.test\r\nrange: bytes=3-7\r\n\r\n";
    host.send(`AT+QHTTPGET=60,${request.length},60\r`);
    assert.equal(await host.wait(/CONNECT\r\n$/), "\r\nCONNECT\r\n");
    host.send(request);
    assert.equal(await host.wait(/QHTTPGET: [^\r]*\r\n$/), "\r\nOK\r\n\r\n+QHTTPGET: 0,200,5\r\n");
    assert.deepEqual(host.server.asked[0]?.headers, ["Host: server.test", "range: bytes=3-7"]);
  });

  it("refuses a request of the host for another path with 711, or sends it", async () => {
    const request = "GET /other HTTP/1.1\r\nHost: server.test\r\n\r\n";
    for (const [how, answer] of [
      ["checked", "+QHTTPGET: 711"],
      ["sent", "+QHTTPGET: 0,200,5"],
    ] as const) {
      await ready({ quirks: { httpRequestLine: how } });
      await host.ask('AT+QHTTPCFG="requestheader",1');
      await host.data(`AT+QHTTPGET=60,${request.length}`, /CONNECT\r\n$/, request, /QHTTPGET: [^\r]*\r\n$/);
      assert.equal(host.output(), `\r\nOK\r\n\r\n${answer}\r\n`);
      assert.equal(host.server.asked.length, how === "sent" ? 1 : 0);
      if (how === "checked") await host.close();
    }
  });

  it("gives up a request that the host does not write with 726", async () => {
    await ready();
    await host.ask('AT+QHTTPCFG="requestheader",1');
    host.send("AT+QHTTPGET=60,50,5\r");
    await host.wait(/CONNECT\r\n$/);
    host.send("GET / HTTP/1.1\r\n");
    assert.equal(await host.wait(/ERROR[^\r]*\r\n$/), "\r\n+CME ERROR: 726\r\n");
    assert.equal(await command("AT+QHTTPREAD"), "\r\n+CME ERROR: 705\r\n");
    assert.equal(host.server.asked.length, 0);
  });

  it("wants a length exactly when the host writes the request", async () => {
    await ready();
    assert.equal(await command("AT+QHTTPGET=60,50"), "\r\n+CME ERROR: 730\r\n");
    assert.equal(await command("AT+QHTTPGET=0"), "\r\n+CME ERROR: 730\r\n");
    await host.ask('AT+QHTTPCFG="requestheader",1');
    assert.equal(await command("AT+QHTTPGET"), "\r\n+CME ERROR: 730\r\n");
    assert.equal(await command("AT+QHTTPGET=60"), "\r\n+CME ERROR: 730\r\n");
    assert.equal(await command("AT+QHTTPGET=60,2049"), "\r\n+CME ERROR: 730\r\n");
  });

  it("wants a URL: 712", async () => {
    host = await ec20WithServer();
    assert.equal(await command("AT+QHTTPGET"), "\r\n+CME ERROR: 712\r\n");
    assert.equal(await command("AT+QHTTPPOST=5"), "\r\n+CME ERROR: 712\r\n");
    assert.equal(await command('AT+QHTTPPOSTFILE="a"'), "\r\n+CME ERROR: 712\r\n");
  });

  it("is one at a time: 703, and 705 for a read without a request or before its URC", async () => {
    await ready();
    assert.equal(await command("AT+QHTTPREAD"), "\r\n+CME ERROR: 705\r\n");
    assert.equal(await command("AT+QHTTPGET"), "\r\nOK\r\n");
    for (const busy of ["AT+QHTTPGET", "AT+QHTTPPOST=5", "AT+QHTTPURL=20", 'AT+QHTTPPOSTFILE="a"', 'AT+QHTTPCFG="sslctxid",1'])
      assert.match(await command(busy), /\+CME ERROR: 703\r\n/, busy);
    for (const early of ["AT+QHTTPREAD", 'AT+QHTTPREADFILE="a"']) assert.match(await command(early), /\+CME ERROR: 705\r\n/, early);
    assert.match(await host.wait(/QHTTPGET: [^\r]*\r\n/), /0,200,5/);
  });

  it("says errors in words with CMEE 2", async () => {
    host = await ec20WithServer();
    await host.ask("AT+CMEE=2");
    assert.equal(await command("AT+QHTTPGET"), "\r\n+CME ERROR: HTTP empty URL\r\n");
    await host.ask("AT+CMEE=0");
    assert.equal(await command("AT+QHTTPGET"), "\r\nERROR\r\n");
  });
});

describe("QHTTPGETEX", () => {
  it("asks for a range", async () => {
    const file = "0123456789";
    const reply: ServerOptions["reply"] = ({ headers }, response) => {
      const [, from, to] = /^Range: bytes=(\d+)-(\d+)$/.exec(headers.at(-1) ?? "") ?? [];
      response.writeHead(206, { "content-length": Number(to) - Number(from) + 1 }).end(file.slice(Number(from), Number(to) + 1));
    };
    await ready({ quirks: { httpGetEx: true } }, { reply });
    assert.match(await command("AT+QHTTPGETEX=?"), /OK\r\n$/);
    assert.equal(await urcOf(host, "AT+QHTTPGETEX=80,3,4"), "\r\nOK\r\n\r\n+QHTTPGET: 0,206,4\r\n");
    assert.equal(await urcOf(host, "AT+QHTTPREAD"), "\r\nCONNECT\r\n3456\r\nOK\r\n\r\n+QHTTPREAD: 0\r\n");
    assert.equal(await command("AT+QHTTPGETEX=80,3"), "\r\n+CME ERROR: 730\r\n");
  });

  it("is unknown to older firmware", async () => {
    await ready();
    assert.equal(await command("AT+QHTTPGETEX=?"), "\r\nERROR\r\n");
    assert.equal(await command("AT+QHTTPGETEX=80,3,4"), "\r\nERROR\r\n");
    assert.equal(await command("AT+QHTTPSTOP"), "\r\nERROR\r\n");
  });
});

describe("QHTTPPOST", () => {
  for (const [type, text] of [
    [0, "application/x-www-form-urlencoded"],
    [1, "text/plain"],
    [2, "application/octet-stream"],
    [3, "multipart/form-data"],
  ] as const) {
    it(`sends exactly its bytes, as ${text}`, async () => {
      await ready();
      await host.ask(`AT+QHTTPCFG="contenttype",${type}`);
      host.send("AT+QHTTPPOST=9,30,30\r");
      assert.equal(await host.wait(/CONNECT\r\n$/), "\r\nCONNECT\r\n");
      host.send("\0\x1a\x1b\r\nAT\r\n");
      assert.equal(await host.wait(/QHTTPPOST: [^\r]*\r\n$/), "\r\nOK\r\n\r\n+QHTTPPOST: 0,200,5\r\n");
      const { method, body, headers } = host.server.asked[0] ?? {};
      assert.deepEqual([method, body], ["POST", "\0\x1a\x1b\r\nAT\r\n"]);
      assert.deepEqual(headers?.slice(-2), [`Content-Type: ${text}`, "Content-Length: 9"]);
    });
  }

  it("sends head and body of the host with requestheader 1", async () => {
    await ready();
    await host.ask('AT+QHTTPCFG="requestheader",1');
    const request = "POST /file?x=1 HTTP/1.1\r\nHost: server.test\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
    await host.data(`AT+QHTTPPOST=${request.length},30,30`, /CONNECT\r\n$/, request, /QHTTPPOST: [^\r]*\r\n$/);
    const { body, headers } = host.server.asked[0] ?? {};
    assert.deepEqual([body, headers], ["{}", ["Host: server.test", "Content-Type: application/json", "Content-Length: 2"]]);
  });

  it("has limits, and gives up a body that does not come with 726", async () => {
    await ready();
    assert.equal(await command("AT+QHTTPPOST=?"), "\r\n+QHTTPPOST: (1-1024000),(1-65535),(1-65535)\r\n\r\nOK\r\n");
    assert.equal(await command("AT+QHTTPPOST=1024001"), "\r\n+CME ERROR: 730\r\n");
    assert.equal(await command("AT+QHTTPPOST"), "\r\nERROR\r\n");
    assert.equal(await host.data("AT+QHTTPPOST=10,5", /CONNECT\r\n$/, "12345"), "\r\n+CME ERROR: 726\r\n");
    assert.equal(await command("AT+QHTTPREAD"), "\r\n+CME ERROR: 705\r\n");
  });
});

describe("QHTTPPOSTFILE and QHTTPREADFILE", () => {
  it("send a file and write one", async () => {
    await ready({}, { reply: ({ body }, response) => response.end(`got ${body}`) });
    await host.data('AT+QFUPL="RAM:a",4', /CONNECT/, "abcd");
    assert.equal(await urcOf(host, 'AT+QHTTPPOSTFILE="RAM:a",80'), "\r\nOK\r\n\r\n+QHTTPPOSTFILE: 0,200,8\r\n");
    assert.equal(await urcOf(host, 'AT+QHTTPREADFILE="UFS:b",80'), "\r\nOK\r\n\r\n+QHTTPREADFILE: 0\r\n");
    assert.deepEqual(await host.ask('AT+QFLST="UFS:*"'), ['+QFLST: "UFS:b",8']);
    assert.match(await host.at('AT+QFDWL="b"'), /got abcd/);
  });

  it("replace a file of the same name", async () => {
    await ready();
    await host.data('AT+QFUPL="b",20', /CONNECT/, "x".repeat(20));
    await urcOf(host, "AT+QHTTPGET");
    await urcOf(host, 'AT+QHTTPREADFILE="b"');
    assert.deepEqual(await host.ask("AT+QFLST"), ['+QFLST: "UFS:b",5']);
  });

  it("take the whole request from the file with requestheader 1", async () => {
    await ready();
    await host.ask('AT+QHTTPCFG="requestheader",1');
    const request = "POST /file?x=1 HTTP/1.1\r\nHost: server.test\r\nContent-Length: 2\r\n\r\n{}";
    await host.data(`AT+QFUPL="a",${request.length}`, /CONNECT/, request);
    assert.match(await urcOf(host, 'AT+QHTTPPOSTFILE="a"'), /0,200,5/);
    assert.equal(host.server.asked[0]?.body, "{}");
  });

  it("refuse a file that is not there, and a name that is none", async () => {
    await ready();
    assert.equal(await command('AT+QHTTPPOSTFILE="a"'), "\r\n+CME ERROR: 405\r\n");
    assert.equal(await command('AT+QHTTPPOSTFILE="a*"'), "\r\n+CME ERROR: 406\r\n");
    assert.equal(await command('AT+QHTTPREADFILE="a"'), "\r\n+CME ERROR: 705\r\n");
    await urcOf(host, "AT+QHTTPGET");
    assert.equal(await command('AT+QHTTPREADFILE="a*"'), "\r\n+CME ERROR: 406\r\n");
    assert.match(await urcOf(host, "AT+QHTTPREAD"), /hello/);
  });

  it("tell 729 when the body does not fit", async () => {
    await ready({}, { reply: (_, response) => response.end(Buffer.alloc(1_100_000)) });
    await urcOf(host, "AT+QHTTPGET");
    assert.equal(await urcOf(host, 'AT+QHTTPREADFILE="RAM:a"'), "\r\nOK\r\n\r\n+QHTTPREADFILE: 729\r\n");
    assert.deepEqual(await host.ask('AT+QFLST="RAM:*"'), []);
  });
});

describe("QHTTPREAD", () => {
  it("puts out any bytes, and URCs wait for their end", async () => {
    const body = '\r\nOK\r\n\r\n+QHTTPREAD: 0\r\n\0\xff"';
    await ready({}, { reply: (_, response) => response.end(Buffer.from(body, "latin1")) });
    assert.equal(await urcOf(host, "AT+QHTTPGET"), `\r\nOK\r\n\r\n+QHTTPGET: 0,200,${body.length}\r\n`);
    host.send("AT+QHTTPREAD\r");
    await host.wait(/CONNECT\r\n/);
    host.modem.control({ urc: "+URC" });
    assert.equal(await host.wait(/\+URC\r\n$/), `\r\nCONNECT\r\n${body}\r\nOK\r\n\r\n+QHTTPREAD: 0\r\n\r\n+URC\r\n`);
  });

  it("hears nothing of the host meanwhile", async () => {
    await ready({}, { reply: (_, response) => response.end("x".repeat(2000)) });
    await urcOf(host, "AT+QHTTPGET");
    host.send("AT+QHTTPREAD\r");
    await host.wait(/CONNECT\r\nx/);
    host.modem.receive(Buffer.from("AT+CSQ\r"));
    assert.match(await host.wait(/\+QHTTPREAD: 0\r\n$/), /^\r\nCONNECT\r\nx{2000}\r\nOK\r\n/);
    await host.clock.advance(1000);
    assert.doesNotMatch(host.output(), /CSQ/);
  });

  it("pauses for more than 10 ms inside a body, unless told otherwise", async () => {
    for (const [quirks, min, max] of [
      [{}, 10, 25],
      [{ bodyGap: 0 }, 0, 7],
    ] as const) {
      await ready({ quirks }, { reply: (_, response) => response.end("x".repeat(2000)) });
      await urcOf(host, "AT+QHTTPGET");
      const times: number[] = [];
      host.modem.on("data", (bytes) => {
        if (/^x+$/.test(bytes.toString())) times.push(host.clock.now());
      });
      await urcOf(host, "AT+QHTTPREAD");
      const longest = Math.max(...times.slice(1).map((time, i) => time - (times[i] as number)));
      assert.ok(longest > min && longest < max, `${longest} ms`);
      if (max === 25) await host.close();
    }
  });

  it("ends a body at the same bytes on a noisy line", async () => {
    for (let seed = 1; seed <= 15; seed++) {
      await ready({ seed }, { reply: (_, response) => void (response.flushHeaders(), response.end("hello")) });
      await urcOf(host, "AT+QHTTPGET");
      host.modem.control({ set: "noise", on: true });
      host.send("AT+QHTTPREAD\r");
      assert.match(await host.wait(/\+QHTTPREAD: 0\r\n/), /CONNECT\r\nhello\r\nOK\r\n\r\n\+QHTTPREAD: 0\r\n/);
      if (seed < 15) await host.close();
    }
  });
});

describe("QHTTPSTOP", () => {
  it("ends what runs, without a URC", async () => {
    await ready({ quirks: { httpStop: true } });
    assert.equal(await command("AT+QHTTPSTOP"), "\r\nOK\r\n");
    assert.equal(await command("AT+QHTTPGET"), "\r\nOK\r\n");
    assert.equal(await command("AT+QHTTPSTOP"), "\r\nOK\r\n");
    await host.clock.advance(10_000);
    assert.doesNotMatch(host.output(), /QHTTPGET/);
    assert.equal(await command("AT+QHTTPREAD"), "\r\n+CME ERROR: 705\r\n");
    assert.match(await urcOf(host, "AT+QHTTPGET"), /0,200,5/);
  });
});

describe("a restart", () => {
  it("ends a transaction, and forgets the URL", async () => {
    await ready();
    await command("AT+QHTTPGET");
    host.modem.control({ fault: "reboot" });
    await host.clock.advance(BOOT_MS);
    assert.doesNotMatch(host.output(), /QHTTPGET:/);
    await host.at("ATE0");
    assert.equal(await command("AT+QHTTPGET"), "\r\n+CME ERROR: 712\r\n");
  });

  it("in the middle of a body ends it", async () => {
    await ready({}, { reply: (_, response) => response.end("x".repeat(5000)) });
    await urcOf(host, "AT+QHTTPGET");
    host.send("AT+QHTTPREAD\r");
    await host.wait(/CONNECT\r\nx/);
    host.modem.control({ fault: "reboot" });
    await host.clock.advance(BOOT_MS);
    await host.at("ATE0");
    assert.equal(await command("AT"), "\r\nOK\r\n");
    assert.equal(await command("AT+QHTTPREAD"), "\r\n+CME ERROR: 705\r\n");
  });
});
