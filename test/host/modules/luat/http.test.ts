/** HTTP of the Air modules: every command and every answer, byte for byte, against real servers. */
import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { startServer, type ServerOptions, type TestServer } from "../http-server.ts";
import { withServer, type HttpHost } from "../http-session.ts";
import { BOOT_MS, type HostOptions } from "../support.ts";

const URL = "http://server.test/file?x=1";
const FILE = "0123456789".repeat(1000);

let host: HttpHost;

afterEach(() => host.close());

/** An Air780EP with a session and the URL. */
async function ready(options: HostOptions = {}, server: ServerOptions | TestServer = {}, url = URL): Promise<void> {
  host = await withServer({ model: "air780ep", ...options }, server);
  await host.ask("AT+HTTPINIT");
  await host.ask(`AT+HTTPPARA="URL","${url}"`);
}

/** Sends `HTTPACTION` and returns all that came. */
async function action(method = 0): Promise<string> {
  host.send(`AT+HTTPACTION=${method}\r`);
  return host.wait(/\+HTTPACTION: [^\r]*\r\n$|ERROR[^\r]*\r\n$/);
}

/** The line behind its OK. */
async function result(method = 0): Promise<string> {
  return (await action(method)).split("\r\n").at(-2) as string;
}

const sent = (): string[] => host.server.asked.at(-1)?.headers ?? [];

/** Answers ranges of FILE. */
const ranges: ServerOptions["reply"] = ({ headers }, response) => {
  const range = headers.map((line) => /^Range: bytes=(\d+)-(\d*)$/.exec(line)).find((match) => match !== null);
  const part = range ? FILE.slice(Number(range[1]), range[2] ? Number(range[2]) + 1 : undefined) : FILE;
  response.writeHead(range ? 206 : 200, { "content-length": part.length }).end(part);
};

describe("a session", () => {
  it("is one, from HTTPINIT to HTTPTERM", async () => {
    host = await withServer({ model: "air780ep" });
    for (const early of [
      "AT+HTTPTERM",
      'AT+HTTPPARA="CID",1',
      "AT+HTTPPARA?",
      "AT+HTTPDATA=5,1000",
      "AT+HTTPACTION=0",
      "AT+HTTPREAD",
      "AT+HTTPHEAD",
      "AT+HTTPSSL=1",
      "AT+HTTPSSL?",
    ])
      assert.equal(await host.at(early), "\r\n+CME ERROR: 3\r\n", early);
    assert.equal(await host.at("AT+HTTPINIT"), "\r\nOK\r\n");
    assert.equal(await host.at("AT+HTTPINIT"), "\r\n+CME ERROR: 3\r\n");
    assert.equal(await host.at("AT+HTTPTERM"), "\r\nOK\r\n");
    assert.equal(await host.at("AT+HTTPTERM"), "\r\n+CME ERROR: 3\r\n");
  });

  it("forgets everything with its end", async () => {
    await ready();
    await host.ask("AT+HTTPSSL=1");
    await host.ask('AT+HTTPPARA="USER_DEFINED","X: 1"');
    await host.ask("AT+HTTPTERM");
    await host.ask("AT+HTTPINIT");
    assert.deepEqual(await host.ask("AT+HTTPSSL?"), ["+HTTPSSL: 0"]);
    assert.equal(await host.at("AT+HTTPACTION=0"), "\r\n+CME ERROR: 3\r\n");
    assert.ok(!(await host.ask("AT+HTTPPARA?")).join().includes("X: 1"));
  });

  it("ends with HTTPTERM while it works, without a word more", async () => {
    await ready();
    await host.at("AT+HTTPACTION=0");
    await host.ask("AT+HTTPTERM");
    await host.clock.advance(10_000);
    assert.doesNotMatch(host.output(), /HTTPACTION:/);
    await host.ask("AT+HTTPINIT");
    await host.ask(`AT+HTTPPARA="URL",${URL}`);
    assert.equal(await result(), "+HTTPACTION: 0,200,5");
  });

  it("ends with a restart", async () => {
    await ready();
    await host.at("AT+HTTPACTION=0");
    host.modem.control({ fault: "reboot" });
    await host.clock.advance(BOOT_MS);
    await host.at("ATE0");
    assert.doesNotMatch(host.output(), /HTTPACTION:/);
    assert.equal(await host.at("AT+HTTPREAD"), "\r\n+CME ERROR: 3\r\n");
  });
});

describe("HTTPPARA", () => {
  it("takes tags and values with and without quotes", async () => {
    await ready();
    for (const line of [
      '"CID",1',
      "CID,2",
      '"CID","3"',
      '"url",http://server.test/a',
      '"URL","server.test"',
      '"TIMEOUT",30',
      '"UA","Mine"',
    ])
      assert.equal(await host.at(`AT+HTTPPARA=${line}`), "\r\nOK\r\n", line);
  });

  it("tells all values", async () => {
    await ready();
    for (const line of ['"CONTENT","text/plain"', '"USER_DEFINED","A: 1"', '"USER_DEFINED","B: 2"']) await host.ask(`AT+HTTPPARA=${line}`);
    assert.deepEqual(await host.ask("AT+HTTPPARA?"), [
      '+HTTPPARA: "CID",1',
      `+HTTPPARA: "URL","${URL}"`,
      '+HTTPPARA: "UA","AM_MODULE"',
      '+HTTPPARA: "PROIP",""',
      '+HTTPPARA: "PROPORT",0',
      '+HTTPPARA: "REDIR",0',
      '+HTTPPARA: "BREAK",0',
      '+HTTPPARA: "BREAKEND",0',
      '+HTTPPARA: "TIMEOUT",120',
      '+HTTPPARA: "CONTENT","text/plain"',
      '+HTTPPARA: "USER_DEFINED","A: 1\\r\\nB: 2"',
      '+HTTPPARA: "USERDATA",""',
    ]);
    assert.match(await host.at("AT+HTTPPARA=?"), /"CID","URL"[^]*OK\r\n$/);
  });

  for (const wrong of [
    '"CID",4',
    '"CID",0',
    '"NOTHING",1',
    '"toString",1',
    '"BREAK",x',
    '"REDIR",2',
    '"TIMEOUT",0',
    '"URL"',
    '"URL","a","b"',
  ])
    it(`refuses ${wrong}`, async () => {
      await ready();
      assert.equal(await host.at(`AT+HTTPPARA=${wrong}`), "\r\n+CME ERROR: 53\r\n");
    });

  it("takes a URL of 500 bytes and no more", async () => {
    await ready();
    const url = `http://server.test/${"x".repeat(481)}`;
    assert.equal(await host.at(`AT+HTTPPARA="URL","${url}"`), "\r\nOK\r\n");
    assert.equal(await host.at(`AT+HTTPPARA="URL","${url}x"`), "\r\n+CME ERROR: 53\r\n");
  });

  it("makes the header: one line for each USER_DEFINED, USERDATA with its line ends as text, quotes as \\22", async () => {
    await ready();
    for (const line of [
      '"UA","Mine"',
      '"CONTENT","application/json"',
      '"USER_DEFINED","X-One: \\22a\\22"',
      '"USER_DEFINED","X-Two:b"',
      '"USERDATA","X-Three: c\\r\\nX-Four: d"',
    ])
      await host.ask(`AT+HTTPPARA=${line}`);
    await action();
    assert.deepEqual(sent(), [
      "Host: server.test",
      "User-Agent: Mine",
      "Connection: close",
      "Content-Type: application/json",
      'X-One: "a"',
      "X-Two: b",
      "X-Three: c",
      "X-Four: d",
    ]);
    assert.ok(host.named("command").every(({ command }) => !/X-(One|Three)/.test(String(command))));
  });

  it("makes ranges of BREAK and BREAKEND, until both are 0", async () => {
    await ready({}, { reply: ranges });
    await host.ask('AT+HTTPPARA="BREAK",3072');
    await host.ask('AT+HTTPPARA="BREAKEND",6143');
    assert.equal(await result(), "+HTTPACTION: 0,206,3072");
    assert.equal(await host.at("AT+HTTPREAD"), `\r\n+HTTPREAD: 3072\r\n${FILE.slice(3072, 6144)}\r\nOK\r\n`);
    await host.ask('AT+HTTPPARA="BREAK",9000');
    await host.ask('AT+HTTPPARA="BREAKEND",0');
    assert.equal(await result(), "+HTTPACTION: 0,206,1000");
    await host.ask('AT+HTTPPARA="BREAK",0');
    assert.equal(await result(), "+HTTPACTION: 0,602,0");
    assert.ok(!sent().some((line) => line.startsWith("Range")));
  });

  it("follows redirections with REDIR 1 only, and never with a POST", async () => {
    const reply: ServerOptions["reply"] = ({ path }, response) => {
      if (path === "/end") response.end("there");
      else response.writeHead(302, { location: path === "/rel" ? "/end" : "http://elsewhere.test/rel" }).end();
    };
    await ready({}, { reply });
    assert.equal(await result(), "+HTTPACTION: 0,302,0");
    await host.ask('AT+HTTPPARA="REDIR",1');
    assert.equal(await result(), "+HTTPACTION: 0,200,5");
    assert.deepEqual(
      host.server.asked.map(({ path }) => path),
      ["/file?x=1", "/file?x=1", "/rel", "/end"],
    );
    assert.match(await result(1), /^\+HTTPACTION: 1,302/);
  });

  it("ends redirections that go round", async () => {
    await ready({}, { reply: (_, response) => void response.writeHead(302, { location: "/" }).end() });
    await host.ask('AT+HTTPPARA="REDIR",1');
    assert.equal(await result(), "+HTTPACTION: 0,302,0");
    assert.equal(host.server.asked.length, 6);
  });

  it("asks a proxy for the whole URL, and has none for TLS", async () => {
    const to: string[] = [];
    const server = await startServer();
    const resolve = (name: string, port: number): { host: string; port: number } => {
      to.push(`${name}:${port}`);
      return { host: "127.0.0.1", port: server.port };
    };
    await ready({ resolve }, server);
    await host.ask('AT+HTTPPARA="PROIP","proxy.test"');
    await host.ask('AT+HTTPPARA="PROPORT",3128');
    assert.equal(await result(), "+HTTPACTION: 0,200,5");
    assert.deepEqual(to, ["proxy.test:3128"]);
    assert.equal(server.asked[0]?.path, URL);
    await host.ask("AT+HTTPSSL=1");
    assert.equal(await result(), "+HTTPACTION: 0,601,0");
  });
});

describe("a URL", () => {
  for (const [url, asked, hostLine] of [
    ["server.test", "server.test:80", "server.test"],
    ["http://server.test:8080/a", "server.test:8080", "server.test:8080"],
  ] as const)
    it(`${url} leads to ${asked}`, async () => {
      const to: string[] = [];
      await ready();
      const { port } = host.server;
      const { server } = host;
      await host.modem.close();
      host = await withServer(
        { model: "air780ep", resolve: (name, number) => (to.push(`${name}:${number}`), { host: "127.0.0.1", port }) },
        server,
      );
      await host.ask("AT+HTTPINIT");
      await host.ask(`AT+HTTPPARA="URL",${url}`);
      assert.equal(await result(), "+HTTPACTION: 0,200,5");
      assert.deepEqual(to, [asked]);
      assert.equal(sent()[0], `Host: ${hostLine}`);
    });

  it("names its port behind the path in firmware that goes by the manual", async () => {
    const to: string[] = [];
    await ready(
      { quirks: { httpPort: "path" }, resolve: (name, port) => (to.push(`${name}:${port}`), "dns-failed") },
      {},
      "http://server.test/a:8080",
    );
    assert.equal(await result(), "+HTTPACTION: 0,603,0");
    assert.deepEqual(to, ["server.test:8080"]);
  });

  it("that is none is refused", async () => {
    await ready({}, {}, "ftp://server.test/");
    assert.equal(await host.at("AT+HTTPACTION=0"), "\r\n+CME ERROR: 3\r\n");
  });
});

describe("HTTPDATA", () => {
  it("takes exactly its bytes, which POST sends", async () => {
    await ready({}, { reply: ({ body }, response) => response.end(`got ${body.length}`) });
    host.send("AT+HTTPDATA=9,20000\r");
    assert.equal(await host.wait(/DOWNLOAD\r\n$/), "\r\nDOWNLOAD\r\n");
    host.send("\0\x1a\x1b\r\nAT\r\n");
    assert.equal(await host.wait(/OK\r\n$/), "\r\nOK\r\n");
    assert.equal(await action(1), "\r\nOK\r\n\r\n+HTTPACTION: 1,200,5\r\n");
    const { method, body } = host.server.asked[0] ?? {};
    assert.deepEqual([method, body], ["POST", "\0\x1a\x1b\r\nAT\r\n"]);
    assert.equal(sent().at(-1), "Content-Length: 9");
  });

  it("is empty unless it was there, and emptied by 0", async () => {
    await ready();
    await action(1);
    assert.equal(sent().at(-1), "Content-Length: 0");
    await host.data("AT+HTTPDATA=2,5000", /DOWNLOAD\r\n$/, "hi");
    assert.equal(await host.at("AT+HTTPDATA=0"), "\r\nOK\r\n");
    await action(1);
    assert.equal(host.server.asked.at(-1)?.body, "");
  });

  it("ends with OK and what came when the time is over, counted from the prompt", async () => {
    await ready();
    host.send("AT+HTTPDATA=10,5000\r");
    await host.wait(/DOWNLOAD\r\n$/);
    const start = host.clock.now();
    host.send("abc");
    await host.clock.advance(3000);
    host.send("de");
    assert.equal(await host.wait(/OK\r\n$/), "\r\nOK\r\n");
    assert.ok(Math.abs(host.clock.now() - start - 5000) < 50);
    await action(1);
    assert.equal(host.server.asked[0]?.body, "abcde");
  });

  for (const [wrong, quirks] of [
    ["3357,5000", {}],
    ["5,999", {}],
    ["5,120001", {}],
    ["5", {}],
    ["130049,5000", { httpDataLimit: 130_048 }],
  ] as const)
    it(`refuses ${wrong}`, async () => {
      await ready({ quirks });
      assert.equal(await host.at(`AT+HTTPDATA=${wrong}`), "\r\n+CME ERROR: 53\r\n");
    });
});

describe("HTTPACTION", () => {
  it("asks, tells method, status and length, and the body is read in whole and in parts", async () => {
    await ready();
    assert.equal(await action(), "\r\nOK\r\n\r\n+HTTPACTION: 0,200,5\r\n");
    assert.deepEqual(sent(), ["Host: server.test", "User-Agent: AM_MODULE", "Connection: close"]);
    for (let i = 0; i < 2; i++) assert.equal(await host.at("AT+HTTPREAD"), "\r\n+HTTPREAD: 5\r\nhello\r\nOK\r\n");
    assert.equal(await host.at("AT+HTTPREAD=1,3"), "\r\n+HTTPREAD: 3\r\nell\r\nOK\r\n");
    assert.equal(await host.at("AT+HTTPREAD=3,100"), "\r\n+HTTPREAD: 2\r\nlo\r\nOK\r\n");
    assert.equal(await host.at("AT+HTTPREAD=5,1"), "\r\n+HTTPREAD: 0\r\n\r\nOK\r\n");
    assert.equal(await host.at("AT+HTTPREAD=1"), "\r\n+CME ERROR: 53\r\n");
  });

  it("HEAD tells length 0, and the header's length is in HTTPHEAD", async () => {
    await ready(
      {},
      {
        reply(_, response) {
          response.sendDate = false;
          response.writeHead(200, { "Content-Length": 9000, Connection: "close" }).end();
        },
      },
    );
    assert.equal(await action(2), "\r\nOK\r\n\r\n+HTTPACTION: 2,200,0\r\n");
    assert.equal(host.server.asked[0]?.method, "HEAD");
    const head = "HTTP/1.1 200 OK\r\nContent-Length: 9000\r\nConnection: close";
    assert.equal(await host.at("AT+HTTPHEAD"), `\r\n+HTTPHEAD: ${head.length}\r\n${head}\r\n\r\nOK\r\n`);
    assert.equal(await host.at("AT+HTTPREAD"), "\r\n+HTTPREAD: 0\r\n\r\nOK\r\n");
  });

  it("tells statuses as they come, and a body without a length", async () => {
    const statuses = [404, 500, 301];
    await ready({}, { reply: (_, response) => void response.writeHead(statuses.shift() ?? 200).end("page") });
    for (const status of [404, 500, 301, 200]) assert.equal(await result(), `+HTTPACTION: 0,${status},4`);
  });

  it("is one at a time, and nothing is read before its end", async () => {
    await ready();
    assert.equal(await host.at("AT+HTTPREAD"), "\r\nERROR\r\n");
    await host.at("AT+HTTPACTION=0");
    assert.match(await host.at("AT+HTTPREAD"), /^\r\nERROR\r\n/);
    for (const busy of ["AT+HTTPACTION=0", 'AT+HTTPPARA="CID",1', "AT+HTTPDATA=5,5000", "AT+HTTPSSL=1"])
      assert.match(await host.at(busy), /^\r\n\+CME ERROR: 3\r\n/, busy);
    assert.match(await host.wait(/HTTPACTION: /), /0,200,5/);
    assert.equal(host.server.asked.length, 1);
  });

  it("may tell 604 while it is busy", async () => {
    await ready({ quirks: { httpBusy: "604" } });
    await host.at("AT+HTTPACTION=0");
    assert.equal(await action(1), "\r\nOK\r\n\r\n+HTTPACTION: 1,604,0\r\n");
    assert.match(await host.wait(/HTTPACTION: 0/), /0,200,5/);
  });

  it("may be told twice", async () => {
    await ready({ quirks: { httpActionTwice: true } });
    host.send("AT+HTTPACTION=0\r");
    assert.equal(await host.wait(/(HTTPACTION: [^]*){2}\r\n$/), "\r\nOK\r\n\r\n+HTTPACTION: 0,200,5\r\n\r\n+HTTPACTION: 0,200,5\r\n");
  });

  it("refuses an unknown method, and to ask without a URL", async () => {
    await ready();
    assert.equal(await host.at("AT+HTTPACTION=3"), "\r\n+CME ERROR: 53\r\n");
    await host.ask('AT+HTTPPARA="URL",""');
    assert.equal(await host.at("AT+HTTPACTION=0"), "\r\n+CME ERROR: 3\r\n");
  });
});

describe("the buffer", () => {
  it("holds 4096 bytes, and 602 is told of more", async () => {
    const sizes = [4096, 4097];
    await ready({}, { reply: (_, response) => response.end("x".repeat(sizes.shift() as number)) });
    assert.equal(await result(), "+HTTPACTION: 0,200,4096");
    assert.equal(await result(), "+HTTPACTION: 0,602,0");
    assert.equal(await host.at("AT+HTTPREAD"), "\r\n+HTTPREAD: 0\r\n\r\nOK\r\n");
  });

  it("holds the body of HTTPDATA too", async () => {
    await ready({}, { reply: (_, response) => response.end("x".repeat(4000)) });
    await host.data("AT+HTTPDATA=97,5000", /DOWNLOAD\r\n$/, "y".repeat(97));
    assert.equal(await result(1), "+HTTPACTION: 1,602,0");
    await host.ask("AT+HTTPDATA=0");
    assert.equal(await result(1), "+HTTPACTION: 1,200,4000");
  });

  it("of other firmware cuts the body", async () => {
    await ready({ quirks: { httpOverflow: "cut" } }, { reply: (_, response) => response.end(FILE) });
    assert.equal(await result(), "+HTTPACTION: 0,200,4096");
    assert.equal(await host.at("AT+HTTPREAD=4090,100"), `\r\n+HTTPREAD: 6\r\n${FILE.slice(4090, 4096)}\r\nOK\r\n`);
  });

  it("of an Air720 is larger", async () => {
    await ready({ model: "air720" }, { reply: (_, response) => response.end(FILE) });
    await host.ask("AT+SAPBR=1,1");
    assert.equal(await result(), "+HTTPACTION: 0,200,10000");
  });
});

describe("HTTPGETTOFS", () => {
  it("stores a body in a file, where there is the command", async () => {
    await ready({ quirks: { httpGetToFs: true } }, { reply: ranges });
    host.send('AT+HTTPGETTOFS=0,"update.bin"\r');
    assert.equal(await host.wait(/GETTOFS: [^\r]*\r\n$/), "\r\nOK\r\n\r\n+HTTPGETTOFS: 602,0\r\n");
    await host.ask('AT+HTTPPARA="BREAKEND",99');
    host.send('AT+HTTPGETTOFS=0,"update.bin"\r');
    assert.equal(await host.wait(/GETTOFS: [^\r]*\r\n$/), "\r\nOK\r\n\r\n+HTTPGETTOFS: 206,100\r\n");
    assert.deepEqual(await host.ask('AT+FSFLSIZE="/USER/HTTP/update.bin"'), ["+FSFLSIZE: 100"]);
    assert.equal(await host.at('AT+HTTPGETTOFS=0,"a*"'), "\r\n+CME ERROR: 53\r\n");
  });

  it("is unknown to other firmware", async () => {
    await ready();
    assert.equal(await host.at('AT+HTTPGETTOFS=0,"a"'), "\r\nERROR\r\n");
  });
});
