/** How HTTP requests fail: each by name, with the host and nothing secret, and the next one works. */
import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import type { DeviceErrorName } from "../../src/api/device.ts";
import { makeAuthority } from "../../host/broker/certificates.ts";
import { deadPort } from "../host/modules/http-server.ts";
import { HOST, MODELS, credentials, httpDevice, type Driven, type HttpDevice, type Options } from "./http-device.ts";

const SECRET = "key=c0ffee";
const URL = `http://${HOST}/file?${SECRET}`;

let device: HttpDevice;

afterEach(() => device.close());

/** Its name; nothing of URL and body is told. */
async function failure(wanted: Parameters<HttpDevice["ask"]>[0] = {}): Promise<string> {
  const told = await device.ask({ url: URL, body: SECRET, ...wanted });
  assert.ok(typeof told == "string", JSON.stringify(told));
  for (const line of [told, ...device.world.lines]) assert.ok(!line.includes("c0ffee"), line);
  assert.ok(told.includes(HOST), told);
  return told.split(":")[0] as string;
}

async function works(): Promise<void> {
  assert.deepEqual(await device.ask({}), { status: 200, body: "hello" });
}

/** "EC2x HTTP(S) Application Note", table of error codes. */
const EC20: Readonly<Record<number, DeviceErrorName>> = {
  701: "connect-failed", // unknown error
  702: "timeout", // timeout
  703: "timeout", // busy
  704: "timeout", // UART busy
  705: "payload-refused", // no GET or POST request
  706: "timeout", // network busy
  707: "connect-failed", // network open failed
  708: "payload-refused", // no configuration
  709: "connection-lost", // network deactivated
  710: "connection-lost", // network error
  711: "payload-refused", // URL error
  712: "payload-refused", // empty URL
  713: "connect-failed", // IP address error
  714: "dns-failed", // DNS error
  715: "connect-failed", // socket create error
  716: "connect-failed", // socket connect error
  717: "connection-lost", // socket read error
  718: "connection-lost", // socket write error
  719: "connection-lost", // socket closed
  720: "reply-malformed", // data encode error
  721: "reply-malformed", // data decode error
  722: "timeout", // read timeout
  723: "reply-malformed", // response failed
  724: "timeout", // incoming call
  725: "timeout", // voice call
  726: "timeout", // input timeout
  727: "timeout", // wait data timeout
  728: "timeout", // wait response timeout
  729: "connect-failed", // memory allocation failed
  730: "payload-refused", // invalid parameter
};

/** "AirM2M AT command manual" V1.6.3, HTTPACTION. */
const AIR: Readonly<Record<number, DeviceErrorName>> = {
  600: "reply-malformed", // not HTTP PDU
  601: "connect-failed", // network error
  602: "reply-malformed", // no memory
  603: "dns-failed", // DNS error
  604: "timeout", // stack busy
  605: "tls-failed", // TLS failed
  606: "tls-failed", // TLS alert
};

/** The same manual, `ERROR:<n>` of HTTP. */
const AIR_ERRORS: readonly DeviceErrorName[] = [
  "payload-refused", // unknown session
  "payload-refused", // file too short
  "dns-failed", // DNS
  "timeout", // busy
  "connect-failed", // socket
  "connect-failed", // connect
  "payload-refused", // file
  "connection-lost", // connection closed
  "connection-lost", // connection destroyed
  "payload-refused", // header missing
  "payload-refused", // authentication scheme
  "connection-lost", // PDP
  "payload-refused", // parameter
  "reply-malformed", // no buffer
  "connection-lost", // PDP deactivated
];

const CODES: Readonly<Record<string, Readonly<Record<number, DeviceErrorName>>>> = { ec20: EC20, air780ep: AIR, air720: AIR };
/** Of a command that may be busy. */
const TRIES = 5;

for (const model of MODELS) {
  describe(`${model}: a transaction that fails`, () => {
    for (const [code, name] of Object.entries(CODES[model] ?? {})) {
      it(`with ${code} is ${name}`, async () => {
        device = await httpDevice(model);
        device.modem.control({ fault: "http-fails", result: Number(code), count: TRIES });
        assert.equal(await failure(), name);
        device.modem.control({ fault: "restore" });
        await works();
      });
    }

    it("because the module is busy, for a while, is made again", async () => {
      device = await httpDevice(model);
      device.modem.control({ fault: "http-fails", result: model == "ec20" ? 703 : 604, count: TRIES - 1 });
      await works();
    });

    for (const status of [204, 301, 302, 400, 403, 404, 500, 503]) {
      it(`with status ${status} is http-status`, async () => {
        device = await httpDevice(model);
        device.modem.control({ fault: "http-status", status });
        const told = String(await device.ask({ url: URL }));
        assert.equal(told, `http-status: ${status} from ${HOST}; check: server, URL, rights there`);
        await works();
      });
    }

    it("because nobody listens is connect-failed, and because the name is unknown dns-failed", async () => {
      const port = await deadPort();
      let known = true;
      device = await httpDevice(model, { resolve: () => (known ? { host: "127.0.0.1", port } : "dns-failed") });
      assert.equal(await failure(), "connect-failed");
      known = false;
      assert.equal(await failure(), "dns-failed");
    });

    it("because the server says nothing is a timeout, or what the module makes of it", async () => {
      let silent = true;
      device = await httpDevice(model, { server: { reply: (_, response) => (silent ? undefined : void response.end("hello")) } });
      assert.equal(await failure(), model == "ec20" ? "timeout" : "connect-failed");
      silent = false;
      await works();
    });

    it("because a URL cannot be a module's argument is refused by name", async () => {
      device = await httpDevice(model);
      const url = `http://${HOST}/${"x".repeat(3000)}`;
      assert.equal(await failure({ url }), "payload-refused");
      await works();
    });
  });

  describe(`${model}: a server that is not verified`, () => {
    async function refused(options: Options, url = `https://${HOST}/?${SECRET}`): Promise<string> {
      device = await httpDevice(model, { ...options, server: { tls: (await credentials()).certificate } });
      const name = await failure({ url, tls: device.tls });
      assert.equal(device.server.asked.length, 0, "nothing was asked of it");
      return name;
    }

    it("by this CA is refused", async () => {
      assert.equal(await refused({ authority: await makeAuthority() }), "tls-failed");
    });

    it("by this name is refused", async () => {
      device = await httpDevice(model, { server: { tls: (await credentials()).certificate } });
      const told = await device.ask({ url: "https://other.test/", tls: device.tls });
      assert.match(String(told), /^tls-failed: other\.test, /);
      assert.equal(device.server.asked.length, 0);
    });

    it("is verified by the next request all the same", async () => {
      device = await httpDevice(model, { server: { tls: (await credentials()).certificate } });
      await device.ask({ url: "https://other.test/", tls: device.tls });
      assert.deepEqual(await device.ask({ url: `https://${HOST}/`, tls: device.tls }), { status: 200, body: "hello" });
    });
  });

  describe(`${model}: a module that restarts`, () => {
    const sign = model == "ec20" ? /^AT\+QHTTP/ : /^AT\+HTTP/;

    it("in the middle of a body ends the request, and the next one works", async () => {
      const text = "x".repeat(3000);
      device = await httpDevice(model, { server: { reply: (_, response) => void response.end(text) } });
      let said = 0;
      device.wire.toBoard = (bytes) => {
        if (!bytes.includes("xx") || said) return bytes;
        said = bytes.length;
        device.modem.control({ fault: "reboot" });
        return bytes.subarray(0, 20);
      };
      assert.match(String(await device.ask({})), /^reply-malformed: [0-9]+ of 3000 bytes from server\.test/);
      await device.world.clock.advance(60_000);
      assert.equal(await device.run(["ATE0", "AT+CMEE=1", model == "ec20" && "AT+QIACT=1"]), "");
      assert.deepEqual(await device.ask({}), { status: 200, body: text });
    });

    async function restartAt(number: number): Promise<string> {
      device = await httpDevice(model);
      let seen = 0;
      device.modem.on("event", ({ ev, command }) => {
        if (ev == "command" && sign.test(String(command)) && ++seen == number) device.modem.control({ fault: "reboot" });
      });
      const told = await device.ask({ url: URL, body: SECRET });
      assert.ok(seen >= number, "the request has fewer commands");
      await device.world.clock.advance(60_000);
      assert.equal(await device.run(["ATE0", "AT+CMEE=1", model == "ec20" && "AT+QIACT=1"]), "");
      await works();
      return typeof told == "string" ? told : "";
    }

    for (const number of model == "ec20" ? [1, 2, 3, 4] : [2, 4, 7, 8, 9, 10]) {
      it(`at command ${number} ends the request, and the next one works`, async () => {
        assert.match(await restartAt(number), /^(connect-failed|reply-malformed): server\.test, |^reply-malformed: 0 of 5 bytes from/);
        assert.ok(device.signals.some((signal) => signal.startsWith("rebooted")));
      });
    }
  });
}

describe("firmware of another age", () => {
  const range: Parameters<HttpDevice["ask"]>[0] = { range: [1, 3] };

  async function asksRanges(model: Driven, options: Options): Promise<void> {
    device = await httpDevice(model, {
      ...options,
      server: { reply: (_, response) => void response.writeHead(206, { "Content-Length": 3 }).end("ell") },
    });
    for (let i = 0; i < 2; i++) assert.deepEqual(await device.ask(range), { status: 206, body: "ell" });
    assert.ok(device.server.asked.every(({ headers }) => headers.some((line) => /^range: bytes=1-3$/i.test(line))));
  }

  it("with QHTTPGETEX uses it, without it writes the request", async () => {
    // The older one last: what the firmware lacks is remembered as long as the module `http-client` is loaded.
    await asksRanges("ec20", { quirks: { httpGetEx: true } });
    assert.equal(device.commands().filter((command) => command.startsWith("AT+QHTTPGETEX=")).length, 2);
    await device.close();
    await asksRanges("ec20", {});
    assert.equal(device.commands().filter((command) => command.startsWith("AT+QHTTPGETEX=")).length, 1);
  });

  for (const [model, quirks] of [
    ["ec20", { httpTimeouts: "general" }],
    ["ec20", { httpNewItems: true, httpUrlLimit: 2048, httpStop: true }],
    ["ec20", { bodyGap: 3000, joins: false }],
    ["ec20", { payloadEcho: true, extraCrlf: true }],
    ["air780ep", { httpBearer: "sapbr" }],
    ["air780ep", { httpErrors: "numbered" }],
    ["air780ep", { httpActionTwice: true }],
    ["air780ep", { joins: false }],
    ["air780ep", { httpBuffer: 319_488, httpDataLimit: 319_488 }],
    ["air720", { httpBearer: "any" }],
  ] as const) {
    it(`${model} with ${JSON.stringify(quirks)}`, async () => {
      device = await httpDevice(model, { quirks });
      for (let i = 0; i < 2; i++) {
        assert.deepEqual(await device.ask({ body: "a=b" }), { status: 200, body: "hello" });
        await works();
      }
    });
  }

  it("ec20 that tells a failed handshake as a failed connection", async () => {
    device = await httpDevice("ec20", {
      quirks: { httpTlsFail: 716 },
      authority: await makeAuthority(),
      server: { tls: (await credentials()).certificate },
    });
    assert.equal(await failure({ url: `https://${HOST}/`, tls: device.tls }), "connect-failed");
  });
});

describe("an Air module's session", () => {
  for (const [number, name] of AIR_ERRORS.entries()) {
    it(`that ends with ERROR:${number} is ${name}`, async () => {
      device = await httpDevice("air780ep");
      let action = false;
      let left = TRIES;
      device.modem.on("event", ({ ev, command }) => {
        if (ev == "command") action = String(command).startsWith("AT+HTTPACTION");
      });
      device.wire.toBoard = (bytes) => {
        if (!action || !left || bytes.toString("latin1") != "\r\nOK\r\n") return action && left ? Buffer.alloc(0) : bytes;
        left--;
        action = false;
        return Buffer.from(`\r\nERROR:${number}\r\n`);
      };
      assert.equal(await failure(), name);
      assert.equal(device.commands().at(-1), "AT+HTTPTERM");
    });
  }

  it("is ended after success and failure, and one that was left open is no obstacle", async () => {
    device = await httpDevice("air780ep");
    assert.equal(await device.run("AT+HTTPINIT"), "");
    await works();
    assert.equal(device.commands().at(-1), "AT+HTTPTERM");
    device.modem.control({ fault: "http-status", status: 500 });
    await device.ask({});
    assert.equal(device.commands().at(-1), "AT+HTTPTERM");
    await works();
  });

  it("whose body is longer than the module takes is refused by name", async () => {
    device = await httpDevice("air780ep");
    assert.equal(await failure({ body: SECRET.repeat(400) }), "payload-refused");
    await works();
  });
});

describe("a module's certificates", () => {
  it("are put there once, and found the next time", async () => {
    for (const model of MODELS) {
      device = await httpDevice(model, { server: { tls: (await credentials()).certificate } });
      for (let i = 0; i < 3; i++) await device.ask({ url: `https://${HOST}/`, tls: device.tls });
      assert.equal(device.server.asked.length, 3);
      assert.equal(device.commands().filter((command) => /QFUPL|FSWRITE/.test(command)).length, 1);
      if (model != MODELS.at(-1)) await device.close();
    }
  });
});
