/** Files of an Air module. */
import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { booted, BOOT_MS, type Host, type HostOptions } from "../support.ts";

let host: Host;

async function air780ep(options: HostOptions = {}): Promise<Host> {
  host = await booted({ model: "air780ep", ...options });
  return host;
}

const PROMPT = /\r\n>$/;

async function write(name: string, content: string, mode = 0): Promise<string> {
  return host.data(`AT+FSWRITE="${name}",${mode},${content.length},5`, PROMPT, content, /(OK|ERROR|TimeOut)\r\n$/);
}

async function read(name: string, size: number, position?: number): Promise<string> {
  return host.at(`AT+FSREAD="${name}",${position === undefined ? 0 : 1},${size},${position ?? 0}`);
}

afterEach(() => host.modem.close());

describe("a file", () => {
  it("is created, written, measured, read and deleted", async () => {
    await air780ep();
    await host.ask('AT+FSCREATE="ca.crt"');
    assert.deepEqual(await host.ask('AT+FSFLSIZE="ca.crt"'), ["+FSFLSIZE: 0"]);
    assert.equal(await write("ca.crt", "1234567890"), "\r\nOK\r\n");
    assert.deepEqual(await host.ask('AT+FSFLSIZE="ca.crt"'), ["+FSFLSIZE: 10"]);
    assert.equal(await read("ca.crt", 10), "\r\n1234567890\r\nOK\r\n");
    assert.equal(await read("ca.crt", 4, 3), "\r\n4567\r\nOK\r\n");
    await host.ask('AT+FSDEL="ca.crt"');
    assert.equal(await host.at('AT+FSDEL="ca.crt"'), "\r\n+CME ERROR: 62\r\n");
    assert.equal(await read("ca.crt", 10), "\r\n+CME ERROR: 62\r\n");
  });

  it("holds any bytes, commands too", async () => {
    await air780ep();
    await host.ask("AT+FSCREATE=bin");
    const bytes = Buffer.from([...Array(256).keys()]).toString("latin1") + "\r\nAT+FSDEL=bin\r\nOK\r\n";
    await write("bin", bytes);
    host.send(`AT+FSREAD=bin,0,${bytes.length},0\r`);
    assert.equal(await host.wait(/OK\r\n\r\nOK\r\n$/), `\r\n${bytes}\r\nOK\r\n`);
  });

  it("grows by appending; written from the start, a longer one keeps its end", async () => {
    await air780ep();
    await host.ask('AT+FSCREATE="f"');
    await write("f", "hello");
    await write("f", " world", 1);
    assert.match(await read("f", 100), /hello world/);
    await write("f", "HELLO");
    assert.match(await read("f", 100), /HELLO world/);
  });

  it("must be created before it is written", async () => {
    await air780ep();
    assert.equal(await host.at('AT+FSWRITE="f",0,5,5'), "\r\n+CME ERROR: 62\r\n");
  });

  it("cannot be created twice, unless the firmware does not mind", async () => {
    await air780ep();
    await host.ask('AT+FSCREATE="f"');
    assert.equal(await host.at('AT+FSCREATE="f"'), "\r\nERROR\r\n");
    await host.modem.close();
    await air780ep({ quirks: { fsCreateTwice: "ok" } });
    await host.ask('AT+FSCREATE="f"');
    await write("f", "hello");
    await host.ask('AT+FSCREATE="f"');
    assert.match(await read("f", 5), /hello/);
  });

  it("that stops coming ends with TimeOut, and nothing is stored", async () => {
    await air780ep();
    await host.ask('AT+FSCREATE="f"');
    host.send('AT+FSWRITE="f",0,10,3\r');
    await host.wait(PROMPT);
    const start = host.clock.now();
    host.send("12345");
    assert.equal(await host.wait(/TimeOut\r\n$/), "\r\nTimeOut\r\n");
    assert.ok(host.clock.now() - start >= 3000);
    assert.deepEqual(await host.ask('AT+FSFLSIZE="f"'), ["+FSFLSIZE: 0"]);
  });

  it("loses bytes on the way when the control port says so", async () => {
    await air780ep();
    await host.ask('AT+FSCREATE="f"');
    host.modem.control({ fault: "lose-upload", bytes: 1 });
    await host.clock.advance(0);
    assert.match(await write("f", "hello"), /TimeOut/);
    const { bytes, expected } = host.first("upload");
    assert.deepEqual([bytes, expected], [4, 5]);
  });

  it("has names with and without quotes, drive and leading slash", async () => {
    await air780ep();
    await host.ask('AT+FSCREATE="/a"');
    for (const name of ["a", "/a", "C:/a", '"a"']) assert.deepEqual(await host.ask(`AT+FSFLSIZE=${name}`), ["+FSFLSIZE: 0"]);
    assert.match(await host.at(`AT+FSCREATE=${"x".repeat(65)}`), /CME ERROR: 53/);
  });

  it("stays over restart and loss of power", async () => {
    await air780ep();
    await host.ask('AT+FSCREATE="f"');
    await write("f", "hello");
    for (const fault of ["reboot", "power-cycle"]) {
      host.modem.control({ fault });
      await host.clock.advance(BOOT_MS);
      await host.at("ATE0");
      assert.match(await read("f", 5), /hello/);
    }
  });

  it("of more than 10,240 bytes at a time, or than there is room for, is refused", async () => {
    await air780ep();
    await host.ask('AT+FSCREATE="f"');
    assert.equal(await host.at('AT+FSWRITE="f",0,10241,5'), "\r\n+CME ERROR: 53\r\n");
    for (let i = 0; i < 6; i++) await write("f", "x".repeat(10_240), 1);
    assert.equal(await host.at('AT+FSWRITE="f",1,10240,5'), "\r\n+CME ERROR: 63\r\n");
  });

  it("may be read with its length in front, where the firmware can", async () => {
    await air780ep();
    await host.ask('AT+FSCREATE="f"');
    await write("f", "hello");
    await host.ask("AT+FSREADHEAD=1");
    assert.equal(await read("f", 100), "\r\n+FSREAD: 5\r\nhello\r\nOK\r\n");
    await host.modem.close();
    host = await booted({ model: "air720" });
    assert.equal(await host.at("AT+FSREADHEAD=1"), "\r\nERROR\r\n");
  });

  it("has a prompt with a blank in some firmware", async () => {
    host = await booted({ model: "air720", quirks: { prompt: "> " } });
    await host.ask('AT+FSCREATE="f"');
    assert.equal(await host.data('AT+FSWRITE="f",0,2,5', /\r\n> $/, "hi"), "\r\nOK\r\n");
  });
});

describe("a folder", () => {
  it("is made, listed and removed when it is empty", async () => {
    await air780ep();
    await host.ask('AT+FSMKDIR="/d"');
    await host.ask('AT+FSMKDIR="/d/e"');
    await host.ask('AT+FSCREATE="/d/f.txt"');
    assert.deepEqual(await host.ask('AT+FSLS="/d"'), ["f.txt", "e\\"]);
    assert.deepEqual(await host.ask('AT+FSLS="/"'), ["d\\"]);
    assert.equal(await host.at('AT+FSRMDIR="/d"'), "\r\nERROR\r\n");
    await host.ask('AT+FSRMDIR="/d/e"');
    await host.ask('AT+FSDEL="/d/f.txt"');
    await host.ask('AT+FSRMDIR="/d"');
    assert.deepEqual(await host.ask('AT+FSLS="/"'), []);
  });

  for (const [command, answer] of [
    ['AT+FSMKDIR="/none/d"', "+CME ERROR: 97"],
    ['AT+FSRMDIR="/none"', "+CME ERROR: 98"],
    ['AT+FSLS="/none"', "+CME ERROR: 98"],
    ['AT+FSCREATE="/none/f"', "ERROR"],
  ] as const) {
    it(`${command} is answered by ${answer}`, async () => {
      await air780ep();
      assert.equal(await host.at(command), `\r\n${answer}\r\n`);
    });
  }
});

describe("room", () => {
  it("is told without OK by an Air780EP, with OK by others", async () => {
    await air780ep();
    host.send("AT+FSMEM\r");
    await host.clock.advance(2000);
    assert.equal(host.output(), "\r\n+FSMEM: 64110 bytes\r\n");
    assert.deepEqual(await host.ask("AT+FSDRIVE=0"), ["+FSDRIVE: C"]);
    await host.modem.close();
    host = await booted({ model: "air720" });
    assert.deepEqual(await host.ask("AT+FSMEM"), ["+FSMEM: 64110 bytes"]);
  });
});
