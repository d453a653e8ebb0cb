/** Files: upload, download, handles, checksum (Quectel FILE AT manual). */
import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { checksum } from "../../../host/modules/core/files.ts";
import { booted, BOOT_MS, type Host, type HostOptions } from "./support.ts";

let host: Host;

async function withFile(name: string, content: string, options: HostOptions = {}): Promise<Host> {
  host = await booted(options);
  await host.data(`AT+QFUPL="${name}",${content.length}`, /CONNECT\r\n/, content);
  return host;
}

afterEach(() => host?.modem.close());

describe("the checksum", () => {
  const all = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
  for (const [bytes, sum] of [
    ["", "0"],
    ["A", "4100"],
    ["AB", "4142"],
    ["hello", "6b09"],
    ["123456789", "3908"],
    ["0123456789\r\n", "3533"],
    ["\0W", "57"],
    [all, "0"],
  ] as [string | Buffer, string][]) {
    it(`of ${JSON.stringify(bytes.toString()).slice(0, 30)} is ${sum}`, () => assert.equal(checksum(Buffer.from(bytes)), sum));
  }
});

describe("QFUPL", () => {
  it("answers size and checksum without an empty line before them", async () => {
    host = await booted();
    assert.equal(await host.data('AT+QFUPL="UFS:a",5,10', /CONNECT\r\n$/, "hello"), "+QFUPL: 5,6b09\r\n\r\nOK\r\n");
    assert.deepEqual(await host.ask('AT+QFLST="*"'), ['+QFLST: "UFS:a",5']);
  });

  it("takes bytes that look like a command", async () => {
    await withFile("a", "AT\r\nOK\r\n\x1a\x1b\0");
    assert.deepEqual(await host.ask('AT+QFLST="a"'), ['+QFLST: "UFS:a",11']);
  });

  it("ends with OK and a smaller size when input stops", async () => {
    host = await booted();
    const start = host.clock.now();
    assert.equal(await host.data('AT+QFUPL="a",10,7', /CONNECT/, "hello"), "+QFUPL: 5,6b09\r\n\r\nOK\r\n");
    assert.ok(host.clock.now() - start >= 7000);
  });

  it("ends with +++ between two silences", async () => {
    host = await booted();
    host.send('AT+QFUPL="a",100,60\r');
    await host.wait(/CONNECT/);
    host.send("hello");
    await host.clock.advance(1100);
    host.send("+++");
    assert.equal(await host.wait(/OK/, 3000), "+QFUPL: 5,6b09\r\n\r\nOK\r\n");
  });

  it("takes +++ as data when more follows", async () => {
    host = await booted();
    host.send('AT+QFUPL="a",8,60\r');
    await host.wait(/CONNECT/);
    await host.clock.advance(1100);
    host.send("+++");
    await host.clock.advance(100);
    host.send("hello");
    assert.match(await host.wait(/OK/), /QFUPL: 8,/);
  });

  it("sends an A after each 1024 bytes in ack mode", async () => {
    host = await booted();
    host.send('AT+QFUPL="a",2500,60,1\r');
    await host.wait(/CONNECT/);
    for (const [size, acks] of [
      [1024, "A"],
      [1000, ""],
      [24, "A"],
    ] as const) {
      host.send("x".repeat(size));
      await host.clock.advance(100);
      assert.equal(host.output(), acks);
    }
    host.send("x".repeat(452));
    assert.match(await host.wait(/OK/), /QFUPL: 2500,/);
  });

  it("can lose bytes on the way", async () => {
    host = await booted({ quirks: { uplDrop: 2 } });
    assert.match(await host.data('AT+QFUPL="a",5', /CONNECT/, "hello"), /QFUPL: 3,/);
  });

  it("refuses a file that is there", async () => {
    await withFile("a", "x");
    assert.equal(await host.at('AT+QFUPL="a",5'), "\r\n+CME ERROR: 407\r\n");
  });

  it("refuses what does not fit", async () => {
    host = await booted();
    assert.equal(await host.at('AT+QFUPL="a",99999999'), "\r\n+CME ERROR: 423\r\n");
  });
});

describe("a file", () => {
  it("comes back byte by byte, with its checksum", async () => {
    const content = '\r\nOK\r\n"\0\xff';
    await withFile("a", content);
    assert.equal(
      await host.at('AT+QFDWL="a"'),
      `\r\nCONNECT\r\n${content}\r\n+QFDWL: 9,${checksum(Buffer.from(content, "latin1"))}\r\n\r\nOK\r\n`,
    );
  });

  it("is read through a handle", async () => {
    await withFile("a", "hello world");
    assert.deepEqual(await host.ask('AT+QFOPEN="a",2'), ["+QFOPEN: 1"]);
    assert.equal(await host.at("AT+QFREAD=1,5"), "\r\nCONNECT 5\r\nhello\r\nOK\r\n");
    assert.deepEqual(await host.ask("AT+QFPOSITION=1"), ["+QFPOSITION: 5"]);
    await host.ask("AT+QFSEEK=1,-5,2");
    assert.equal(await host.at("AT+QFREAD=1,100"), "\r\nCONNECT 5\r\nworld\r\nOK\r\n");
    assert.match(await host.at("AT+QFREAD=1,1"), /CME ERROR: 402/);
    assert.match(await host.at("AT+QFWRITE=1,1"), /CME ERROR: 414/);
    await host.ask("AT+QFCLOSE=1");
    assert.match(await host.at("AT+QFREAD=1,1"), /CME ERROR: 416/);
  });

  it("is written through a handle", async () => {
    await withFile("a", "hello world");
    await host.ask('AT+QFOPEN="a"');
    await host.ask("AT+QFSEEK=1,6");
    assert.match(await host.data("AT+QFWRITE=1,7", /CONNECT/, "there!!"), /\+QFWRITE: 7,13\r\n\r\nOK/);
    assert.match(await host.at('AT+QFDWL="a"'), /hello there!!/);
  });

  it("is deleted, and then not there", async () => {
    await withFile("RAM:a", "x");
    await host.ask('AT+QFDEL="RAM:a"');
    assert.equal(await host.at('AT+QFDEL="RAM:a"'), "\r\n+CME ERROR: 405\r\n");
    assert.equal(await host.at('AT+QFLST="RAM:*"'), "\r\nOK\r\n");
    assert.equal(await host.at('AT+QFLST="RAM:a"'), "\r\nOK\r\n");
  });

  it("in RAM is lost with the power, not by a restart; one in flash stays", async () => {
    await withFile("RAM:a", "x");
    await host.data('AT+QFUPL="b",2', /CONNECT/, "xy");
    host.modem.control({ fault: "reboot" });
    await host.clock.advance(BOOT_MS);
    assert.match(await host.at('AT+QFLST="RAM:*"'), /"RAM:a",1/);
    host.modem.control({ fault: "power-cycle" });
    await host.clock.advance(BOOT_MS);
    assert.doesNotMatch(await host.at('AT+QFLST="RAM:*"'), /"RAM:a"/);
    assert.match(await host.at("AT+QFLST"), /\+QFLST: "UFS:b",2/);
  });

  it("takes room", async () => {
    await withFile("a", "hello");
    assert.deepEqual(await host.ask('AT+QFLDS="UFS"'), ["+QFLDS: 3776507,3776512"]);
  });
});
