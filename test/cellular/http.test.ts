/** HTTP and HTTPS requests of every module, against real servers. */
import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import type { HttpReply } from "../../src/api/http.ts";
import { makeAuthority } from "../../host/broker/certificates.ts";
import type { ServerOptions } from "../host/modules/http-server.ts";
import { HOST, MODELS, credentials, httpDevice, type HttpDevice, type Options } from "./http-device.ts";

const HTTPS = `https://${HOST}/`;
/** Every byte, what ends and begins things in the conversation with a module, and a line that says the module restarted. */
const ALL = Array.from({ length: 256 }, (_, i) => String.fromCharCode(i)).join("");
const HOSTILE = `\r\nOK\r\n\0\r\n+QHTTPREAD: 0\r\n\r\nERROR\r\n\r\nRDY\r\n\r\n+MSUB: "a",3 byte,abc\r\n+QMTRECV: 0,0,"a",3,"abc"\r\n> ${ALL}CLOSED\r\n`;

let device: HttpDevice;

afterEach(() => device.close());

async function secure(options: ServerOptions = {}, more: Options = {}): Promise<Options> {
  return { ...more, server: { ...options, tls: (await credentials()).certificate } };
}

/** Replies with this body, or the part of it that is asked for. */
function body(text: string): ServerOptions {
  return {
    reply: (asked, response) => {
      const bytes = Buffer.from(text, "latin1");
      const range = asked.headers.map((line) => /^range: bytes=(\d+)-(\d+)$/i.exec(line)).find((found) => found);
      const part = range ? bytes.subarray(Number(range[1]), Number(range[2]) + 1) : bytes;
      response.writeHead(range ? 206 : 200, { "Content-Length": part.length }).end(part);
    },
  };
}

function bodyOf(reply: HttpReply | string): string {
  assert.ok(typeof reply == "object", String(reply));
  return reply.body;
}

const hex = (text: string): string => Buffer.from(text, "latin1").toString("hex");

for (const model of MODELS) {
  describe(`${model}: a request`, () => {
    it("of HTTPS is verified, and gets status and body", async () => {
      device = await httpDevice(model, await secure());
      assert.deepEqual(await device.ask({ url: `${HTTPS}file?x=1`, tls: device.tls }), { status: 200, body: "hello" });
      const asked = device.server.asked[0];
      assert.equal(asked?.method, "GET");
      assert.equal(asked?.path, "/file?x=1");
      assert.equal(asked?.serverName, HOST);
    });

    it("with a body is a POST of a form, or of what it says", async () => {
      device = await httpDevice(model, await secure());
      await device.ask({ url: `${HTTPS}auth`, tls: device.tls, body: "a=1&b=2" });
      await device.ask({ url: `${HTTPS}auth`, tls: device.tls, body: '{"a":"b"}', type: "application/json" });
      const told = device.server.asked.map(({ method, path, body: sent, headers }) => [
        method,
        path,
        sent,
        headers.filter((line) => /^content-type:/i.test(line)).map((line) => line.toLowerCase()),
        headers.filter((line) => /^host:/i.test(line)).length,
      ]);
      assert.deepEqual(told, [
        ["POST", "/auth", "a=1&b=2", ["content-type: application/x-www-form-urlencoded"], 1],
        ["POST", "/auth", '{"a":"b"}', ["content-type: application/json"], 1],
      ]);
    });

    it("has headers of its own, quotes among them", async () => {
      device = await httpDevice(model);
      await device.ask({ headers: ["X-One: 1", 'If-Match: "abc"'] });
      await device.ask({ headers: ["X-Two: 2"], body: "x" });
      const [first, second] = device.server.asked;
      assert.ok(first?.headers.includes("X-One: 1") && first.headers.includes('If-Match: "abc"'), String(first?.headers));
      assert.ok(second?.headers.includes("X-Two: 2") && !second.headers.includes("X-One: 1"), String(second?.headers));
      assert.equal(second?.body, "x");
    });

    it("for a range gets that range", async () => {
      const text = HOSTILE.repeat(20);
      device = await httpDevice(model, { server: body(text) });
      assert.deepEqual(await device.ask({ range: [0, 4095] }), { status: 206, body: text.slice(0, 4096) });
      assert.deepEqual(await device.ask({ range: [4096, 4100] }), { status: 206, body: text.slice(4096, 4101) });
      assert.deepEqual(await device.ask({ range: [7, 7], headers: ["X-One: 1"] }), { status: 206, body: text.slice(7, 8) });
    });

    it("of plain HTTP goes out, and is told to be unverified", async () => {
      device = await httpDevice(model);
      assert.equal(bodyOf(await device.ask({ url: `http://${HOST}:8080` })), "hello");
      assert.ok(device.world.lines.includes(`http: ${HOST} is NOT verified`));
    });

    it("without verification is possible, and told", async () => {
      device = await httpDevice(model, await secure({}, { insecure: true, authority: await makeAuthority() }));
      assert.equal(bodyOf(await device.ask({ url: HTTPS, tls: device.tls })), "hello");
      assert.ok(device.world.lines.includes(`http: ${HOST} is NOT verified`));
    });

    it("of HTTPS with nothing to verify by is not made", async () => {
      device = await httpDevice(model, await secure());
      assert.equal(await device.ask({ url: HTTPS }), `tls-failed: nothing to verify ${HOST} by`);
      assert.equal(device.server.asked.length, 0);
    });

    it("gets an empty body, and one of one byte", async () => {
      for (const text of ["", "x"]) {
        device = await httpDevice(model, { server: body(text) });
        assert.deepEqual(await device.ask({}), { status: 200, body: text });
        if (!text) await device.close();
      }
    });
  });

  describe(`${model}: a body`, () => {
    for (const chunk of [1, 2, 7, 64, undefined]) {
      it(`of any bytes arrives in pieces of ${chunk ?? "any size"}, messages and URCs around it`, async () => {
        device = await httpDevice(model, { server: body(HOSTILE), ...(chunk && { chunk }) });
        const message = model == "ec20" ? '\r\n+QMTRECV: 0,0,"t",4,"\r\nOK"\r\n' : '\r\n+MSUB: "t",4 byte,\r\nOK\r\n';
        const urc = "\r\n+CEREG: 1\r\n";
        // Around each whole answer of the module; in the middle of data it says nothing else.
        device.wire.toBoard = (bytes) =>
          /^\r\n(OK|\+HTTPACTION.*|\+QHTTPGET.*|CONNECT)\r\n$/.test(bytes.toString("latin1"))
            ? Buffer.concat([Buffer.from(message + urc, "latin1"), bytes])
            : bytes;
        for (let i = 0; i < 2; i++) assert.equal(hex(bodyOf(await device.ask({}))), hex(HOSTILE));
        assert.ok(device.messages.length > 10);
        assert.ok(device.messages.every(([topic, payload]) => topic == "t" && payload == "\r\nOK"));
        assert.equal(device.signals.length, device.messages.length);
        assert.ok(device.signals.every((signal) => signal == "registration 1"));
      });
    }

    it("of 4,096 bytes is the longest; a longer one is refused by name", async () => {
      const text = ALL.repeat(16);
      device = await httpDevice(model, { server: body(text) });
      assert.equal(hex(bodyOf(await device.ask({}))), hex(text));
      await device.close();
      device = await httpDevice(model, { server: body(`${text}x`) });
      assert.match(String(await device.ask({})), new RegExp(`^reply-malformed: .*${HOST}`));
      assert.equal(bodyOf(await device.ask({ range: [4096, 4096] })), "x");
    });

    it("that comes in chunks is whole", async () => {
      const reply: ServerOptions["reply"] = (_, response) => {
        response.write(Buffer.from(HOSTILE.slice(0, 10), "latin1"));
        response.end(Buffer.from(HOSTILE.slice(10), "latin1"));
      };
      device = await httpDevice(model, { server: { reply } });
      for (let i = 0; i < 2; i++) assert.equal(hex(bodyOf(await device.ask({}))), hex(HOSTILE));
    });

    it("that comes in chunks and is too long is refused by name", async () => {
      const reply: ServerOptions["reply"] = (_, response) => {
        response.write("x".repeat(3000));
        response.end("x".repeat(3000));
      };
      device = await httpDevice(model, { server: { reply } });
      assert.match(String(await device.ask({})), /^reply-malformed: .*server\.test/);
    });

    it("that is empty and comes in chunks is empty", async () => {
      device = await httpDevice(model, { server: { reply: (_, response) => (response.flushHeaders(), void response.end()) } });
      assert.deepEqual(await device.ask({}), { status: 200, body: "" });
    });

    it("pauses, and arrives", async () => {
      device = await httpDevice(model, { server: body(HOSTILE) });
      device.modem.control({ fault: "http-pause", bytes: 20, ms: 15_000 });
      assert.equal(hex(bodyOf(await device.ask({}))), hex(HOSTILE));
    });

    for (const missing of [1, 12, 30, 300]) {
      it(`that is cut ${missing} bytes before its end is a failure, and the next request works`, async () => {
        device = await httpDevice(model, { server: body(HOSTILE) });
        device.modem.control({ fault: "http-cut", bytes: HOSTILE.length - missing });
        const failure = String(await device.ask({}));
        assert.match(failure, model == "ec20" ? /^(reply-malformed|connection-lost): .*server\.test/ : /^connect-failed: .*server\.test/);
        assert.equal(hex(bodyOf(await device.ask({}))), hex(HOSTILE));
        assert.deepEqual(device.signals, [], "no byte of a body was taken for a line");
      });
    }

    it("that stays away is a failure", async () => {
      device = await httpDevice(model, { server: body(HOSTILE) });
      device.modem.control({ fault: "http-pause", bytes: 20, ms: 600_000 });
      assert.match(String(await device.ask({})), /^(reply-malformed|connect-failed|timeout): .*server\.test/);
      assert.equal(hex(bodyOf(await device.ask({}))), hex(HOSTILE));
    });

    it("in chunks that breaks off is a failure", async () => {
      const reply: ServerOptions["reply"] = (_, response) => {
        response.write("hello");
        setTimeout(() => response.destroy(), 50);
      };
      device = await httpDevice(model, { server: { reply } });
      assert.match(String(await device.ask({})), /^(reply-malformed|connect-failed|connection-lost): .*server\.test/);
    });
  });
}
