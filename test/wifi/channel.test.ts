/** The conversation with a broker over a socket, in virtual time. */
import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import type { Exchange } from "../../src/api/channel.ts";
import type { Packet, Result } from "../../src/api/command.ts";
import type { ConnectOptions, SocketEvents } from "../../src/api/world.ts";
import * as channel from "../../src/wifi/channel.ts";
import { dialect } from "../../src/wifi/steady.ts";
import * as packets from "../../src/wifi/packets.ts";
import { fakeWorld, type FakeWorld } from "../support/world.ts";
import { signalName } from "../support/signals.ts";
import { generated, latin1, parsed, PLAN } from "./support.ts";

interface FakeSocket extends SocketEvents {
  to: ConnectOptions;
  written: string[];
  ended: number;
}

const HERE: ConnectOptions = { host: "h", port: 1, tls: false, ca: undefined };
const KEEPALIVE_S = 100;
const ACCEPTED = generated({ cmd: "connack", returnCode: 0, sessionPresent: false });

let world: FakeWorld;
let sockets: FakeSocket[];
let signals: [string, string][];
let messages: [string, string][];
let onMessage: () => void;
/** What the Wi-Fi network says. */
let joins: { done(failure: string): void; lost(reason: string): void }[];

beforeEach(() => {
  world = fakeWorld();
  [sockets, signals, messages, joins] = [[], [], [], []];
  onMessage = () => {};
  world.connect = (to, events) => {
    const socket: FakeSocket = { ...events, to, written: [], ended: 0 };
    sockets.push(socket);
    return { write: (bytes) => socket.written.push(bytes), end: () => socket.ended++ };
  };
  world.join = (_ssid, _password, done, lost) => joins.push({ done, lost });
  channel.init(
    world,
    dialect,
    (signal, rest) => signals.push([signalName(signal), rest]),
    (topic, payload) => {
      messages.push([topic, payload]);
      onMessage();
    },
  );
  channel.leave();
  world.every(channel.tick, channel.TICK_MS);
});

interface Box {
  result: Result | null;
}

/** An assertion that it is null narrows no type here. */
function isOpen(box: Box): boolean {
  return box.result === null;
}

function send(packet: Exchange): Box {
  const box: Box = { result: null };
  channel.send(packet as Packet, (result) => (box.result = result));
  return box;
}

/** Told how something else than a packet ended. */
interface Told {
  text: string | null;
}

function opening(keepaliveS: number): Told {
  const told: Told = { text: null };
  channel.connect(HERE, keepaliveS, (failure) => (told.text = failure));
  return told;
}

function joining(): Told {
  const told: Told = { text: null };
  channel.join("s", "p", (failure) => (told.text = failure));
  return told;
}

const CONNECT: Packet = { bytes: packets.connect(PLAN, KEEPALIVE_S, true, null), ack: "2", ms: 30_000 };

function open(): FakeSocket {
  const told = opening(KEEPALIVE_S);
  const socket = sockets.at(-1) as FakeSocket;
  socket.open();
  assert.equal(told.text, "");
  return socket;
}

function accepted(): FakeSocket {
  const socket = open();
  const box = send(CONNECT);
  socket.data(ACCEPTED);
  assert.equal(box.result?.late, "0");
  socket.written = [];
  return socket;
}

function publish(id: number, qos: 0 | 1 = 1): Packet {
  return dialect.publish(
    { form: 0, maxPayload: 1, secured: "", found: false, attached: false, opened: true },
    id,
    "t",
    "p",
    qos,
    false,
  ) as Packet;
}

function cmds(socket: FakeSocket): string[] {
  return socket.written.map((bytes) => parsed(bytes).cmd);
}

const puback = (messageId: number): string => generated({ cmd: "puback", messageId });

describe("a packet", () => {
  it("is sent alone: the others wait their turn", () => {
    const socket = accepted();
    const boxes = [2, 3, 4].map((id) => send(publish(id)));
    assert.deepEqual(cmds(socket), ["publish"]);
    for (const id of [2, 3, 4]) socket.data(puback(id));
    assert.deepEqual(
      boxes.map((box) => box.result?.error),
      ["", "", ""],
    );
    assert.deepEqual(
      socket.written.map((bytes) => (parsed(bytes) as { messageId?: number }).messageId),
      [2, 3, 4],
    );
  });

  it("finds room for four behind it", () => {
    const socket = accepted();
    const boxes = [1, 2, 3, 4, 5, 6].map((id) => send(publish(id)));
    for (const id of [1, 2, 3, 4, 5, 6]) socket.data(puback(id));
    assert.deepEqual(
      boxes.map((box) => box.result !== null),
      [true, true, true, true, true, false],
    );
    assert.equal(socket.written.length, 5);
  });

  it("is answered by its own acknowledgement only", () => {
    const socket = accepted();
    const box = send(publish(7));
    for (const other of [
      puback(6),
      generated({ cmd: "suback", messageId: 7, granted: [1] }),
      generated({ cmd: "unsuback", messageId: 7, granted: [] }),
      generated({ cmd: "pingresp" }),
      ACCEPTED,
    ])
      socket.data(other);
    assert.ok(isOpen(box));
    socket.data(puback(7));
    assert.equal(dialect.published(box.result as Result), "");
  });

  it("of QoS 0 is done without", async () => {
    accepted();
    const box = send(publish(7, 0));
    assert.ok(isOpen(box), "not inside of the call");
    await world.clock.advance(100);
    assert.equal(box.result?.error, "");
  });

  it("that is sent from the answer to another goes before those that wait", () => {
    const socket = accepted();
    channel.send(publish(1), () => send(publish(9)));
    const waiting = send(publish(2));
    socket.data(puback(1));
    socket.data(puback(9));
    assert.deepEqual(cmds(socket), ["publish", "publish", "publish"]);
    socket.data(puback(2));
    assert.equal(waiting.result?.error, "");
  });

  it("without an answer ends at its deadline, and what comes late is nobody's", async () => {
    const socket = accepted();
    const first = send({ ...publish(1), ms: 5000 });
    const second = send({ ...publish(2), ms: 5000 });
    await world.clock.advance(4900);
    assert.ok(isOpen(first));
    await world.clock.advance(500);
    assert.equal(first.result?.error, "unfinished");
    assert.equal(dialect.published(first.result), "Nconnection-lost");
    socket.data(puback(1));
    assert.ok(isOpen(second));
    socket.data(puback(2));
    assert.equal(second.result?.error, "");
  });

  it("without a connection ends at once", () => {
    assert.equal(send(publish(1)).result?.error, "reset");
  });

  it("is told what a subscription was granted", () => {
    const socket = accepted();
    for (const [granted, isRefused] of [
      [0, false],
      [1, false],
      [128, true],
    ] as const) {
      const box = send(dialect.subscribe(5, "a/#", 1));
      socket.data(generated({ cmd: "suback", messageId: 5, granted: [granted] }));
      assert.equal(dialect.subscribed(box.result as Result), "");
      assert.equal(dialect.isRefused(box.result as Result), isRefused);
    }
    const gone = send(dialect.unsubscribe(6, "a/#"));
    socket.data(generated({ cmd: "unsuback", messageId: 6, granted: [] }));
    assert.equal(gone.result?.error, "");
  });
});

describe("giving up", () => {
  it("ends all that wait, and the connection", () => {
    const socket = accepted();
    const boxes = [1, 2, 3].map((id) => send(publish(id)));
    channel.abort();
    assert.deepEqual(
      boxes.map((box) => box.result?.error),
      ["reset", "reset", "reset"],
    );
    assert.equal(socket.ended, 1);
    assert.deepEqual(signals, []);
    channel.abort();
    assert.equal(socket.ended, 1);
  });

  it("leaves room for what is sent in answer", () => {
    accepted();
    let next: Told = { text: null };
    channel.send(publish(1), () => (next = opening(KEEPALIVE_S)));
    channel.abort();
    sockets.at(-1)?.open();
    assert.equal(next.text, "");
  });
});

describe("the keepalive", () => {
  const PING_MS = 0.75 * KEEPALIVE_S * 1000;

  it("sends PINGREQ after three quarters of it without anything sent", async () => {
    const socket = accepted();
    await world.clock.advance(PING_MS - 1000);
    assert.deepEqual(cmds(socket), []);
    await world.clock.advance(1500);
    assert.deepEqual(cmds(socket), ["pingreq"]);
    socket.data(generated({ cmd: "pingresp" }));
    await world.clock.advance(PING_MS + 500);
    assert.deepEqual(cmds(socket), ["pingreq", "pingreq"]);
    assert.deepEqual(signals, []);
  });

  it("counts from what was sent last, not from what came", async () => {
    const socket = accepted();
    await world.clock.advance(PING_MS / 2);
    send(publish(1));
    socket.data(puback(1));
    await world.clock.advance(PING_MS / 2 + 2000);
    assert.deepEqual(cmds(socket), ["publish"]);
    socket.data(generated({ cmd: "publish", topic: "t", payload: "", qos: 0, dup: false, retain: false }));
    await world.clock.advance(PING_MS / 2);
    assert.deepEqual(cmds(socket), ["publish", "pingreq"]);
  });

  it("takes a connection for lost whose broker does not answer", async () => {
    const socket = accepted();
    await world.clock.advance(PING_MS + 20_000);
    assert.deepEqual(signals, []);
    await world.clock.advance(1000);
    assert.deepEqual(signals, [["connection-lost", "no answer to PINGREQ"]]);
    assert.equal(socket.ended, 1);
    await world.clock.advance(10 * PING_MS);
    assert.equal(signals.length, 1);
    assert.deepEqual(cmds(socket), ["pingreq"]);
  });

  it("of 0 is none", async () => {
    const told = opening(0);
    const socket = sockets[0] as FakeSocket;
    socket.open();
    send(CONNECT);
    socket.data(ACCEPTED);
    socket.written = [];
    await world.clock.advance(3_600_000);
    assert.deepEqual([told.text, socket.written, signals], ["", [], []]);
  });

  it("begins with the broker's acceptance", async () => {
    const socket = open();
    await world.clock.advance(10 * PING_MS);
    assert.deepEqual(socket.written, []);
  });
});

describe("a connection", () => {
  it("that cannot be made says why", () => {
    const told = opening(60);
    sockets[0]?.close("no connection");
    assert.equal(told.text, "closed: no connection");
    assert.deepEqual(signals, []);
  });

  it("that fails at once says why, and the next is right", () => {
    const make = world.connect;
    world.connect = () => {
      throw new Error("Unable to locate host");
    };
    assert.match(opening(60).text ?? "", /Unable to locate host/);
    world.connect = make;
    accepted();
  });

  it("that ends during CONNECT ends that, and is no news", () => {
    const socket = open();
    const box = send(CONNECT);
    socket.close("closed");
    assert.equal(box.result?.late, "closed: closed");
    assert.deepEqual(signals, []);
    socket.data(ACCEPTED);
    socket.close("closed");
    assert.deepEqual(signals, []);
  });

  for (const code of [1, 2, 3, 4, 5])
    it(`that is refused with ${code} is told so, and its end is no news`, () => {
      const socket = open();
      const box = send(CONNECT);
      socket.data(generated({ cmd: "connack", returnCode: code, sessionPresent: false }));
      assert.equal(box.result?.late, String(code));
      socket.close("closed");
      assert.deepEqual(signals, []);
    });

  it("that ends online is lost, once, and nothing that comes from it counts any more", () => {
    const socket = accepted();
    const box = send(publish(1));
    socket.close("connection reset");
    socket.close("connection reset");
    assert.deepEqual(signals, [["connection-lost", "connection reset"]]);
    assert.ok(isOpen(box), "the link gives it up");
    socket.data(generated({ cmd: "publish", topic: "t", payload: "", qos: 1, messageId: 3, dup: false, retain: false }) + puback(1));
    assert.deepEqual([messages, box.result, socket.written.length], [[], null, 1]);
  });

  it("that speaks no MQTT is lost, and what came with that is not read", () => {
    const socket = accepted();
    socket.data(`\x30\x80\x80\x80\x80${generated({ cmd: "publish", topic: "t", payload: "", qos: 0, dup: false, retain: false })}`);
    assert.deepEqual(signals, [["connection-lost", "what came is not MQTT"]]);
    assert.deepEqual([socket.ended, messages], [1, []]);
  });

  it("that is replaced is heard no more, and the new one starts in the middle of nothing", () => {
    const old = accepted();
    const message = generated({ cmd: "publish", topic: "t", payload: "new", qos: 0, dup: false, retain: false });
    old.data(message.slice(0, 3));
    const socket = accepted();
    assert.equal(old.ended, 1);
    old.data(message.slice(3));
    old.close("closed");
    socket.data(message);
    assert.deepEqual([messages, signals], [[["t", "new"]], []]);
  });

  it("that is given up in the middle of a message is read no further", () => {
    const socket = accepted();
    onMessage = () => channel.abort();
    const message = generated({ cmd: "publish", topic: "t", payload: "", qos: 1, messageId: 3, dup: false, retain: false });
    socket.data(message + message);
    assert.equal(messages.length, 1, "what follows belongs to a connection that is over");
    assert.deepEqual(socket.written, []);
  });
});

describe("a message", () => {
  const message = (qos: 0 | 1 | 2, payload: Buffer, dup = false): string =>
    generated({ cmd: "publish", topic: "a/\u4e2d", payload, qos, messageId: 258, dup, retain: false });
  const payload = Buffer.from([0, 1, 127, 128, 255, 10, 13]);
  const topic = latin1(Buffer.from("a/\u4e2d"));

  it("is handed over byte by byte, then acknowledged", () => {
    const socket = accepted();
    onMessage = () => assert.deepEqual(socket.written, []);
    socket.data(message(1, payload));
    assert.deepEqual(messages, [[topic, latin1(payload)]]);
    assert.deepEqual(cmds(socket), ["puback"]);
    assert.equal((parsed(socket.written[0] as string) as { messageId?: number }).messageId, 258);
  });

  it("of QoS 0 is not acknowledged; one sent again is", () => {
    const socket = accepted();
    socket.data(message(0, payload));
    assert.deepEqual(socket.written, []);
    socket.data(message(1, payload, true));
    assert.deepEqual(cmds(socket), ["puback"]);
  });

  it("of QoS 2, which was never asked for, is handed over and ended as such", () => {
    const socket = accepted();
    socket.data(message(2, payload));
    socket.data(generated({ cmd: "pubrel", messageId: 258 } as Parameters<typeof generated>[0]));
    assert.deepEqual(messages, [[topic, latin1(payload)]]);
    assert.deepEqual(cmds(socket), ["pubrec", "pubcomp"]);
  });

  it("too long is told, acknowledged and dropped", () => {
    const socket = accepted();
    socket.data(message(1, Buffer.alloc(5000)) + message(0, payload));
    assert.deepEqual(cmds(socket), ["puback"]);
    assert.equal(messages.length, 1);
    assert.ok(world.lines.some((line) => line == "error: a message of more than 4300 bytes was dropped"));
  });

  it("shorter than it says is no message", () => {
    for (const bytes of ["\x30\0", "\x30\x01\0", "\x30\x02\0\x05", "\x30\x04\0\x05ab", "\x32\x04\0\x01a\0", "\x32\x03\0\x01a"]) {
      const socket = accepted();
      signals = [];
      socket.data(bytes);
      assert.deepEqual(
        [signals, messages, socket.written],
        [[["connection-lost", "what came is not MQTT"]], [], []],
        JSON.stringify(bytes),
      );
    }
  });
});

describe("the Wi-Fi network", () => {
  it("is joined until it is lost: that takes the connection with it, and is told once", () => {
    const told = joining();
    assert.equal(channel.joined, false);
    joins[0]?.done("");
    assert.deepEqual([told.text, channel.joined], ["", true]);
    const socket = accepted();
    joins[0]?.lost("BEACON_TIMEOUT");
    joins[0]?.lost("BEACON_TIMEOUT");
    socket.close("closed");
    assert.deepEqual(signals, [["bearer-lost", "Wi-Fi, BEACON_TIMEOUT"]]);
    assert.deepEqual([channel.joined, socket.ended], [false, 1]);
  });

  it("is not joined if it refuses", () => {
    const told = joining();
    joins[0]?.done("NO_AP_FOUND");
    assert.deepEqual([told.text, channel.joined], ["NO_AP_FOUND", false]);
  });

  it("is left without a word", () => {
    channel.join("s", "p", () => {});
    joins[0]?.done("");
    channel.leave();
    joins[0]?.lost("ASSOC_LEAVE");
    assert.deepEqual([signals, channel.joined], [[], false]);
  });
});

describe("what cannot be sent", () => {
  it("is more than 4100 bytes", () => {
    const session = { form: 0, maxPayload: 1, secured: "", found: false, attached: false, opened: true };
    assert.equal(dialect.refuses(session, "t", "x".repeat(4100)), "");
    assert.match(dialect.refuses(session, "t", "x".repeat(4101)), /^4101 bytes/);
  });
});
