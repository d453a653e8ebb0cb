/** MQTT with a real broker. */
import assert from "node:assert/strict";
import { createServer, type Server, type Socket } from "node:net";
import { afterEach, describe, it } from "node:test";
import { parser, generate, type IConnectPacket, type Packet } from "mqtt-packet";
import { connect, type MqttClient } from "mqtt";
import { booted, eventually, type Host } from "./support.ts";
import { connected, result, withBroker, type Session } from "./session.ts";

let closing: (() => Promise<unknown> | unknown)[] = [];

async function kept<T extends { close(): Promise<void> }>(session: Promise<T>): Promise<T> {
  const value = await session;
  closing.push(() => value.close());
  return value;
}

afterEach(async () => {
  for (const close of closing.reverse()) await close();
  closing = [];
});

/** Another client of the broker. */
async function peer(
  session: Session,
  filter = "#",
): Promise<{ client: MqttClient; got: { topic: string; payload: Buffer; retain: boolean; qos: number }[] }> {
  const client = connect(`mqtt://127.0.0.1:${session.broker.port}`);
  closing.push(() => client.endAsync(true));
  const got: { topic: string; payload: Buffer; retain: boolean; qos: number }[] = [];
  client.on("message", (topic, payload, { retain, qos }) => got.push({ topic, payload, retain, qos }));
  await client.subscribeAsync(filter, { qos: 1 });
  return { client, got };
}

const ALL_BYTES = Buffer.from(Array.from({ length: 256 }, (_, i) => i));

describe("the way to a connection", () => {
  it("is QMTOPEN, QMTCONN, and both are told", async () => {
    const session = await kept(withBroker());
    assert.equal(await result(session, 'AT+QMTOPEN=0,"broker",1883'), "+QMTOPEN: 0,0");
    assert.deepEqual(await session.ask("AT+QMTOPEN?"), ['+QMTOPEN: 0,"broker",1883']);
    assert.deepEqual(await session.ask("AT+QMTCONN?"), ["+QMTCONN: 0,1"]);
    assert.equal(await result(session, 'AT+QMTCONN=0,"device"'), "+QMTCONN: 0,0,0");
    assert.deepEqual(await session.ask("AT+QMTCONN?"), ["+QMTCONN: 0,3"]);
    assert.equal(await result(session, "AT+QMTDISC=0"), "+QMTDISC: 0,0");
    assert.deepEqual(await session.ask("AT+QMTOPEN?"), []);
    await eventually(() => session.broker.clients().length === 0, "end at the broker");
  });

  it("has OK before every result", async () => {
    const session = await kept(withBroker());
    session.send('AT+QMTOPEN=0,"broker",1883\r');
    assert.equal(await session.wait(/QMTOPEN: /).then(() => session.wait(/0,0\r\n/)), "\r\nOK\r\n\r\n+QMTOPEN: 0,0\r\n");
  });

  it("does not start from closed", async () => {
    const session = await kept(withBroker());
    for (const command of ['QMTCONN=0,"d"', 'QMTSUB=0,1,"t",0', 'QMTUNS=0,1,"t"', 'QMTPUB=0,0,0,0,"t"', "QMTDISC=0", "QMTRECV=0"]) {
      assert.equal(await session.at(`AT+${command}`), "\r\nERROR\r\n");
    }
  });

  it("ends with 2 when the client is taken", async () => {
    const session = await kept(connected());
    assert.equal(await result(session, 'AT+QMTOPEN=0,"broker",1883'), "+QMTOPEN: 0,2");
    assert.equal(await result(session, 'AT+QMTOPEN=1,"broker",1883'), "+QMTOPEN: 1,0");
  });

  it("ends with -1 at a dead port and 4 without a name", async () => {
    const host = await booted({ resolve: (name) => (name === "nowhere" ? "dns-failed" : { host: "127.0.0.1", port: 1 }) });
    closing.push(() => host.modem.close());
    assert.equal(await result(host, 'AT+QMTOPEN=0,"broker",1883'), "+QMTOPEN: 0,-1");
    assert.equal(await result(host, 'AT+QMTOPEN=0,"nowhere",1883'), "+QMTOPEN: 0,4");
    assert.deepEqual(await host.ask("AT+QMTOPEN?"), []);
  });

  it("activates the context if it may, and ends with 3 if not", async () => {
    const session = await kept(withBroker({ quirks: { strictPdp: true } }));
    await session.ask("AT+QIDEACT=1");
    assert.equal(await result(session, 'AT+QMTOPEN=0,"broker",1883'), "+QMTOPEN: 0,3");
    const lax = await booted({ resolve: () => ({ host: "127.0.0.1", port: session.broker.port }) });
    closing.push(() => lax.modem.close());
    assert.equal(await result(lax, 'AT+QMTOPEN=0,"broker",1883'), "+QMTOPEN: 0,0");
    assert.equal((await lax.ask("AT+QIACT?")).length, 1);
  });

  it("is told no more when it was closed meanwhile", async () => {
    const session = await kept(withBroker());
    session.send('AT+QMTOPEN=0,"broker",1883\r');
    await session.wait(/OK/);
    await eventually(() => session.named("tcp").length > 0, "connection");
    session.send("AT+QMTCLOSE=0\r");
    await session.clock.advance(10_000);
    assert.equal(session.output(), "\r\nOK\r\n\r\n+QMTCLOSE: 0,0\r\n");
    assert.deepEqual(await session.ask("AT+QMTOPEN?"), []);
  });

  it("is cut by the broker when no CONNECT comes", async () => {
    const session = await kept(withBroker({ quirks: { connectTimerMs: 7000 } }));
    await result(session, 'AT+QMTOPEN=0,"broker",1883');
    session.clear();
    assert.equal(await session.wait(/\r\n$/, 8000), "\r\n+QMTSTAT: 0,1\r\n");
  });

  it("tells a wrong password, and no trace has it", async () => {
    const session = await kept(withBroker({}, { users: { user: "right" } }));
    await result(session, 'AT+QMTOPEN=0,"broker",1883');
    session.send('AT+QMTCONN=0,"device","user","wrong-secret"\r');
    await session.wait(/\+QMTSTAT: 0,4\r\n$/);
    assert.match(session.output(), /\+QMTCONN: 0,0,4\r\n/);
    assert.deepEqual(session.named("command").at(-1), { ev: "command", command: 'AT+QMTCONN=0,"device","***","***"' });
    assert.doesNotMatch(JSON.stringify(session.events), /wrong-secret/);
    await result(session, 'AT+QMTOPEN=0,"broker",1883');
    assert.equal(await result(session, 'AT+QMTCONN=0,"device","user","right"'), "+QMTCONN: 0,0,0");
  });
});

describe("publishing", () => {
  it("with QMTPUBEX carries every byte, and is acknowledged", async () => {
    const session = await kept(connected());
    const { got } = await peer(session);
    const head = 'AT+QMTPUBEX=0,7,1,1,"t/x",256';
    const output = await session.data(head, /^\r\n> $/, ALL_BYTES, /QMTPUBEX: [^]*\r\n$/);
    assert.equal(output, "\r\nOK\r\n\r\n+QMTPUBEX: 0,7,0\r\n");
    await eventually(() => got.length > 0, "message");
    assert.deepEqual(got[0], { topic: "t/x", payload: ALL_BYTES, retain: false, qos: 1 });
    assert.equal(session.first("published").ok, true);
    const late = await peer(session);
    await eventually(() => late.got.length > 0, "retained message");
    assert.equal(late.got[0]?.retain, true);
  });

  it("drops what comes behind the length", async () => {
    const session = await kept(connected());
    const { got } = await peer(session);
    await session.data('AT+QMTPUB=0,0,0,0,"t",3', /> $/, "abcdef", /QMTPUB: 0,0,0\r\n$/);
    await eventually(() => got.length > 0, "message");
    assert.equal(got[0]?.payload.toString(), "abc");
    assert.equal(await session.at("AT"), "\r\nOK\r\n");
  });

  it("ends with Ctrl-Z where there is no length, and is given up by ESC", async () => {
    const session = await kept(connected());
    const { got } = await peer(session);
    assert.equal(await session.data('AT+QMTPUB=0,0,0,0,"t"', /> $/, "hi\x1a", /QMTPUB: 0,0,0\r\n$/), "\r\nOK\r\n\r\n+QMTPUB: 0,0,0\r\n");
    await eventually(() => got.length > 0, "message");
    assert.equal(got[0]?.payload.toString(), "hi");
    session.send('AT+QMTPUB=0,0,0,0,"t"\r');
    await session.wait(/> $/);
    session.send("ho\x1b");
    await session.clock.advance(10_000);
    assert.equal(session.output(), "\r\nOK\r\n");
  });

  it("echoes the payload with echo on", async () => {
    const session = await kept(connected());
    await session.at("ATE1");
    assert.equal(await session.data('AT+QMTPUB=0,0,0,0,"t"', /> $/, "hi\x1a", /QMTPUB: 0,0,0\r\n$/), "hi\r\nOK\r\n\r\n+QMTPUB: 0,0,0\r\n");
  });

  it("ends by itself after a minute without data", async () => {
    const session = await kept(connected());
    session.send('AT+QMTPUBEX=0,0,0,0,"t",5\r');
    assert.equal(await session.wait(/ERROR\r\n$/, 61_000), "\r\n> \r\nERROR\r\n");
  });

  for (const [why, command] of [
    ["an id with QoS 0", 'AT+QMTPUBEX=0,1,0,0,"t",5'],
    ["no id with QoS 1", 'AT+QMTPUBEX=0,0,1,0,"t",5'],
    ["more than the limit", 'AT+QMTPUBEX=0,0,0,0,"t",1549'],
    ["no length", 'AT+QMTPUBEX=0,0,0,0,"t"'],
    ["a topic of 257 bytes", `AT+QMTPUBEX=0,0,0,0,"${"t".repeat(257)}",5`],
  ] as const) {
    it(`with ${why} is refused`, async () => {
      const session = await kept(connected());
      assert.equal(await session.at(command), "\r\nERROR\r\n");
    });
  }

  it("has the forms that the firmware has", async () => {
    const forms = { pubex: [true, true], "pub-length": [false, true], "pub-ctrlz": [false, false] } as const;
    for (const [publishForms, [pubex, length]] of Object.entries(forms)) {
      const session = await kept(connected({ quirks: { publishForms: publishForms as keyof typeof forms } }));
      assert.equal(/OK/.test(await session.at("AT+QMTPUBEX=?")), pubex);
      assert.equal(/\[\(1-1548\)\]/.test(await session.at("AT+QMTPUB=?")), length);
      session.send('AT+QMTPUB=0,0,0,0,"t",1\r');
      await session.wait(length ? /> $/ : /ERROR/);
    }
  });

  it("uses the prompt without a blank when told so", async () => {
    const session = await kept(connected({ quirks: { prompt: ">" } }));
    await session.data('AT+QMTPUBEX=0,0,0,0,"t",2', /^\r\n>$/, "hi", /QMTPUBEX: 0,0,0/);
  });

  it("is repeated, told if asked, and given up, when it does not get through", async () => {
    const session = await kept(connected());
    await session.ask('AT+QMTCFG="timeout",0,5,3,1');
    session.modem.control({ fault: "stall-publish" });
    await session.data('AT+QMTPUBEX=0,9,1,0,"t",2', /> $/, "hi", /QMTPUBEX: 0,9,2\r\n$/);
    assert.deepEqual(session.output().match(/\+QMTPUBEX: .*/g), [
      "+QMTPUBEX: 0,9,1,1",
      "+QMTPUBEX: 0,9,1,2",
      "+QMTPUBEX: 0,9,1,3",
      "+QMTPUBEX: 0,9,2",
    ]);
    assert.equal(
      session.brokerEvents.some(({ ev }) => ev === "publish"),
      false,
    );
  });

  it("does not use an id twice at a time", async () => {
    const session = await kept(connected());
    session.modem.control({ fault: "stall-publish" });
    await session.data('AT+QMTPUBEX=0,9,1,0,"t",2', /> $/, "hi", /OK\r\n$/);
    assert.equal(await session.at('AT+QMTPUBEX=0,9,1,0,"t",2'), "\r\nERROR\r\n");
  });

  it("knows QoS 2", async () => {
    const session = await kept(connected());
    await session.data('AT+QMTPUBEX=0,9,2,0,"t",2', /> $/, "hi", /QMTPUBEX: 0,9,0\r\n$/);
    assert.equal(session.brokerEvents.filter(({ ev }) => ev === "publish").length, 1);
  });
});

describe("receiving", () => {
  it("pushes raw bytes with their length, topic and id", async () => {
    const session = await kept(connected());
    assert.equal(await result(session, 'AT+QMTSUB=0,3,"d/#",1'), "+QMTSUB: 0,3,0,1");
    const { client } = await peer(session, "none");
    const payload = Buffer.concat([Buffer.from('"\r\nOK\r\n> +QMTRECV: 0,0'), ALL_BYTES, Buffer.from("温度")]);
    session.clear();
    await client.publishAsync("d/x", payload, { qos: 1 });
    await eventually(() => session.named("message").length > 0, "message");
    const id = /\+QMTRECV: 0,(\d+)/.exec(await session.wait(/"\r\n$/))?.[1];
    assert.notEqual(id, "0");
    assert.equal(session.output(), `\r\n+QMTRECV: 0,${id},"d/x",${payload.length},"${payload.toString("latin1")}"\r\n`);
    await eventually(() => session.brokerEvents.some(({ ev }) => ev === "ack"), "acknowledgement");
  });

  it("leaves the length out unless asked, and has id 0 for QoS 0", async () => {
    const session = await kept(connected());
    await session.ask('AT+QMTCFG="recv/mode",0,0,0');
    await result(session, 'AT+QMTSUB=0,3,"d",0');
    const { client } = await peer(session, "none");
    session.clear();
    await client.publishAsync("d", "hey there");
    await eventually(() => session.named("message").length > 0, "message");
    assert.equal(await session.wait(/"\r\n$/), '\r\n+QMTRECV: 0,0,"d","hey there"\r\n');
  });

  it("ends with QMTUNS", async () => {
    const session = await kept(connected());
    assert.equal(await result(session, 'AT+QMTSUB=0,3,"a",1,"b",0'), "+QMTSUB: 0,3,0,1,0");
    assert.equal(await result(session, 'AT+QMTUNS=0,4,"a"'), "+QMTUNS: 0,4,0");
    const { client } = await peer(session, "none");
    await client.publishAsync("a", "1", { qos: 1 });
    await client.publishAsync("b", "2", { qos: 1 });
    await eventually(() => session.named("message").length > 0, "message");
    assert.deepEqual(
      session.named("message").map(({ topic }) => topic),
      ["b"],
    );
  });

  it("keeps five messages in buffer mode, and loses the sixth", async () => {
    const session = await kept(connected());
    await session.ask('AT+QMTCFG="recv/mode",0,1,1');
    await result(session, 'AT+QMTSUB=0,3,"d",1');
    const { client } = await peer(session, "none");
    session.clear();
    for (let i = 0; i < 6; i++) await client.publishAsync("d", `message ${i}`, { qos: 1 });
    await eventually(() => session.named("message-lost").length > 0, "lost message");
    await session.wait(/0,4\r\n$/);
    assert.equal(session.output(), [0, 1, 2, 3, 4].map((i) => `\r\n+QMTRECV: 0,${i}\r\n`).join(""));
    assert.deepEqual(await session.ask("AT+QMTRECV?"), ["+QMTRECV: 0,1,1,1,1,1"]);
    assert.match(await session.at("AT+QMTRECV=0,2"), /^\r\n\+QMTRECV: 0,\d+,"d",9,"message 2"\r\n\r\nOK\r\n$/);
    assert.equal(await session.at("AT+QMTRECV=0,2"), "\r\nOK\r\n");
    assert.equal((await session.ask("AT+QMTRECV=0")).length, 4);
    assert.deepEqual(await session.ask("AT+QMTRECV?"), ["+QMTRECV: 0,0,0,0,0,0"]);
  });

  it("has no recv/mode, or none with a length, in old firmware", async () => {
    const old = await kept(withBroker({ quirks: { recvMode: false } }));
    assert.equal(await old.at('AT+QMTCFG="recv/mode",0,0'), "\r\nERROR\r\n");
    const older = await kept(withBroker({ quirks: { recvLength: false } }));
    await older.ask('AT+QMTCFG="recv/mode",0,0');
    assert.equal(await older.at('AT+QMTCFG="recv/mode",0,0,1'), "\r\nERROR\r\n");
  });
});

describe("a connection that is lost", () => {
  for (const [how, control, line] of [
    ["by the broker", null, "+QMTSTAT: 0,1"],
    ["by order", { fault: "drop" }, "+QMTSTAT: 0,1"],
    ["with its context", { fault: "pdp-deact" }, "+QMTSTAT: 0,7"],
  ] as const) {
    it(`${how} is told, and its client is closed`, async () => {
      const session = await kept(connected());
      if (control) session.modem.control(control);
      else session.broker.kick();
      if (!control) await eventually(() => session.named("lost").length > 0, "loss");
      const output = await session.wait(/QMTSTAT[^]*\r\n$/);
      assert.ok(output.endsWith(`\r\n${line}\r\n`), output);
      assert.deepEqual(await session.ask("AT+QMTOPEN?"), []);
      await eventually(() => session.broker.clients().length === 0, "end at the broker");
      assert.equal(await result(session, 'AT+QMTOPEN=0,"broker",1883'), "+QMTOPEN: 0,0");
    });
  }

  it("while its result is under way is told after the result", async () => {
    const session = await kept(withBroker());
    await result(session, 'AT+QMTOPEN=0,"broker",1883');
    session.modem.on("event", ({ ev }) => {
      if (ev === "connect") session.modem.control({ fault: "drop" });
    });
    session.send('AT+QMTCONN=0,"device"\r');
    assert.equal(await session.wait(/QMTSTAT[^]*\r\n$/), "\r\nOK\r\n\r\n+QMTCONN: 0,0,0\r\n\r\n+QMTSTAT: 0,1\r\n");
  });

  it("publishes the last will", async () => {
    const session = await kept(withBroker());
    const { got } = await peer(session);
    await session.ask('AT+QMTCFG="will",0,1,1,0,"gone","bye"');
    assert.deepEqual(await session.ask('AT+QMTCFG="will",0'), ['+QMTCFG: "will",1,1,0,"gone","bye"']);
    await result(session, 'AT+QMTOPEN=0,"broker",1883');
    await result(session, 'AT+QMTCONN=0,"device"');
    session.modem.control({ fault: "drop" });
    await session.wait(/QMTSTAT/);
    await eventually(() => got.length > 0, "will");
    assert.deepEqual([got[0]?.topic, got[0]?.payload.toString()], ["gone", "bye"]);
  });

  it("is noticed by the module's own ping when the broker hangs", async () => {
    const session = await kept(withBroker());
    await session.ask('AT+QMTCFG="keepalive",0,60');
    await result(session, 'AT+QMTOPEN=0,"broker",1883');
    await result(session, 'AT+QMTCONN=0,"device"');
    session.modem.control({ fault: "hang" });
    session.clear();
    assert.equal(await session.wait(/\r\n$/, 85_000), "\r\n+QMTSTAT: 0,2\r\n");
  });

  it("does not outlive a restart of the module", async () => {
    const session = await kept(connected());
    session.modem.control({ fault: "reboot" });
    await session.wait(/RDY/);
    assert.doesNotMatch(session.output(), /QMTSTAT/);
    await session.at("ATE0");
    assert.deepEqual(await session.ask("AT+QMTOPEN?"), []);
    await eventually(() => session.broker.clients().length === 0, "end at the broker");
  });
});

describe("to the broker, the module", () => {
  let server: Server;

  /** A broker that keeps what it got and answers as told. */
  async function scripted(answer: (packet: Packet, socket: Socket) => void): Promise<{ host: Host; packets: Packet[] }> {
    const packets: Packet[] = [];
    const sockets: Socket[] = [];
    server = createServer((socket) => {
      sockets.push(socket);
      const input = parser();
      input.on("packet", (packet) => {
        packets.push(packet);
        answer(packet, socket);
      });
      socket.on("data", (data) => input.parse(data));
      socket.on("error", () => {});
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    const host = await booted({ resolve: () => ({ host: "127.0.0.1", port }) });
    closing.push(async () => {
      await host.modem.close();
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    return { host, packets };
  }

  const accept = (packet: Packet, socket: Socket): void => {
    if (packet.cmd === "connect") socket.write(generate({ cmd: "connack", returnCode: 0, sessionPresent: false }));
    if (packet.cmd === "pingreq") socket.write(generate({ cmd: "pingresp" }));
  };

  it("says what QMTCFG says", async () => {
    const { host, packets } = await scripted(accept);
    for (const item of ['"version",0,4', '"keepalive",0,300', '"session",0,0', '"will",0,1,1,1,"w","m"'])
      await host.ask(`AT+QMTCFG=${item}`);
    await result(host, 'AT+QMTOPEN=0,"broker",1883');
    await result(host, 'AT+QMTCONN=0,"id","user","pass"');
    const { protocolId, protocolVersion, keepalive, clean, clientId, username, password, will } = packets[0] as IConnectPacket;
    assert.deepEqual(
      {
        protocolId,
        protocolVersion,
        keepalive,
        clean,
        clientId,
        username,
        password: password?.toString(),
        will: [will?.topic, String(will?.payload), will?.qos, will?.retain],
      },
      {
        protocolId: "MQTT",
        protocolVersion: 4,
        keepalive: 300,
        clean: false,
        clientId: "id",
        username: "user",
        password: "pass",
        will: ["w", "m", 1, true],
      },
    );
  });

  it("speaks MQTT 3.1 until told otherwise", async () => {
    const { host, packets } = await scripted(accept);
    await result(host, 'AT+QMTOPEN=0,"broker",1883');
    await result(host, 'AT+QMTCONN=0,"id"');
    const { protocolId, protocolVersion, clean, keepalive } = packets[0] as IConnectPacket;
    assert.deepEqual([protocolId, protocolVersion, clean, keepalive], ["MQIsdp", 3, true, 120]);
  });

  it("signs for Aliyun", async () => {
    const { host, packets } = await scripted(accept);
    await host.ask('AT+QMTCFG="aliauth",0,"pk","dn","top-secret"');
    await result(host, 'AT+QMTOPEN=0,"broker",1883');
    await result(host, 'AT+QMTCONN=0,"id"');
    const { clientId, username, password } = packets[0] as IConnectPacket;
    // printf 'clientIdiddeviceNamednproductKeypk' | openssl dgst -sha1 -hmac top-secret
    assert.deepEqual(
      [clientId, username, password?.toString()],
      ["id|securemode=3,signmethod=hmacsha1|", "dn&pk", "a9be5c68e8e6865abce443e106dd362b91d4b39c"],
    );
    assert.doesNotMatch(JSON.stringify(host.events), /top-secret/);
  });

  it("pings when it has nothing to say", async () => {
    const { host, packets } = await scripted(accept);
    await host.ask('AT+QMTCFG="keepalive",0,60');
    await result(host, 'AT+QMTOPEN=0,"broker",1883');
    await result(host, 'AT+QMTCONN=0,"id"');
    await host.clock.advance(125_000);
    await eventually(() => packets.filter(({ cmd }) => cmd === "pingreq").length === 2, "second ping");
  });

  it("repeats a publish with DUP and counts the acknowledgement of any copy", async () => {
    let copies = 0;
    const { host, packets } = await scripted((packet, socket) => {
      accept(packet, socket);
      if (packet.cmd === "publish" && ++copies === 2) socket.write(generate({ cmd: "puback", messageId: packet.messageId as number }));
    });
    await host.ask('AT+QMTCFG="timeout",0,1,3,0');
    await result(host, 'AT+QMTOPEN=0,"broker",1883');
    await result(host, 'AT+QMTCONN=0,"id"');
    await host.data('AT+QMTPUBEX=0,5,1,0,"t",2', /> $/, "hi", /QMTPUBEX: 0,5,0\r\n$/);
    assert.deepEqual(
      packets.filter(({ cmd }) => cmd === "publish").map((packet) => (packet as { dup?: boolean }).dup),
      [false, true],
    );
  });

  it("gives up on a broker that does not answer CONNECT", async () => {
    const { host } = await scripted(() => {});
    await host.ask('AT+QMTCFG="timeout",0,1,0,0');
    await result(host, 'AT+QMTOPEN=0,"broker",1883');
    host.send('AT+QMTCONN=0,"id"\r');
    assert.equal(await host.wait(/QMTSTAT[^]*\r\n$/), "\r\nOK\r\n\r\n+QMTSTAT: 0,4\r\n");
  });
});
