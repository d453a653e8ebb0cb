import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import type { DeviceError, DeviceInfo } from "../../src/api/device.ts";
import type { ConnectPlan } from "../../src/api/cloud.ts";
import type { Session } from "../../src/api/link.ts";
import * as channel from "../../src/cellular/at/channel.ts";
import * as messages from "../../src/outbox/messages.ts";
import * as why from "../../src/link/diagnosis.ts";
import { dialect } from "../../src/cellular/modules/ec20/steady.ts";
import { fakeWorld, type FakeWorld } from "../support/world.ts";

let world: FakeWorld;
let lost: [string, string][];
/** Payloads that came without a session. */
let early: string[];
let isOnline: boolean;
const PLAN: ConnectPlan = {
  host: "h",
  port: 1,
  clientId: "c",
  username: "",
  password: "",
  base: "devices/86",
  willTopic: "",
  heartbeatTopic: "~/ping",
  heartbeatText: "",
};
const info: DeviceInfo = { imei: "86", iccid: "", imsi: "", model: "", firmware: "", rssiDbm: -71, state: "online" };

beforeEach(() => {
  world = fakeWorld();
  world.load = () => why;
  lost = [];
  early = [];
  isOnline = false;
  channel.init(world, dialect, () => {}, messages.receive);
  channel.open(115200);
  const onLost = (failure: string): void => {
    const { cause, proof } = why.evidenceOf(failure);
    lost.push([cause, proof]);
    messages.goOffline();
  };
  messages.init(world, { channel, dialect, up: "up", prepare: () => {} }, info, 60, onLost, (payload) => early.push(payload));
  world.every(() => {
    channel.tick();
    if (isOnline) messages.tick();
  }, 250);
});

function goOnline(change: Partial<ConnectPlan> = {}): void {
  const session: Session = { form: 0, maxPayload: 100, secured: "", found: false, attached: true, opened: true };
  messages.goOnline(session, { ...PLAN, ...change }, () => (isOnline = true));
}

/** Plays the module for one publish or subscribe. */
function answer(): string {
  const command = world.written();
  const ids = /=0,(\d+),/.exec(command)?.[1];
  if (command.startsWith("AT+QMTSUB")) world.receive(`\r\nOK\r\n\r\n+QMTSUB: 0,${ids},0,1\r\n`);
  else if (command.startsWith("AT+QMTPUBEX")) {
    world.receive("\r\n> ");
    const data = world.written();
    world.receive(`\r\nOK\r\n\r\n+QMTPUBEX: 0,${ids},0\r\n`);
    return command + data;
  } else world.receive("\r\n+CSQ: 20,99\r\n\r\nOK\r\n");
  return command;
}

describe("publishing", () => {
  it("waits for the link, in order, under the base topic", () => {
    const done: (DeviceError | null)[] = [];
    messages.publish("~/up", "one", 1, false, (error) => done.push(error));
    messages.publish("other/topic", "two", 0, true, (error) => done.push(error));
    assert.equal(world.written(), "");
    goOnline();
    world.clock.advanceSync(250);
    assert.equal(answer(), 'AT+QMTPUBEX=0,2,1,0,"devices/86/up",3\rone');
    assert.equal(answer(), 'AT+QMTPUBEX=0,0,0,1,"other/topic",3\rtwo');
    assert.deepEqual(done, [null, null]);
  });

  it("keeps an unacknowledged QoS 1 message for the next connection, and loses QoS 0 with its connection", () => {
    const done: (DeviceError | null)[] = [];
    goOnline();
    messages.publish("a", "kept", 1, false, (error) => done.push(error));
    world.clock.advanceSync(0);
    world.receive("\r\n> ");
    messages.goOffline();
    channel.abort(true);
    assert.equal(done.length, 0);
    world.written();
    goOnline();
    world.clock.advanceSync(250);
    assert.match(answer(), /"a",4\rkept$/);
    assert.equal(done.length, 1);
    assert.ok(!done[0]);
    messages.publish("b", "gone", 0, false, (error) => done.push(error));
    world.clock.advanceSync(0);
    channel.abort(true);
    assert.equal(done[1]?.name, "connection-lost");
  });

  it("gives up a message that takes the connection down five times", () => {
    const done: (DeviceError | null)[] = [];
    messages.publish("a", "poison", 1, false, (error) => done.push(error));
    for (let i = 0; i < 5; i++) {
      assert.equal(done.length, 0);
      goOnline();
      world.clock.advanceSync(250);
      world.receive("\r\nERROR\r\n");
    }
    assert.equal(lost.length, 5);
    assert.equal(done[0]?.name, "connection-lost");
  });

  it("leaves the message that is answered time to go: sends when the application has returned", () => {
    goOnline();
    messages.subscribe("~/down", 1, () => messages.publish("~/up", "one", 1, false, undefined));
    answer();
    world.receive('\r\n+QMTRECV: 0,0,"devices/86/down",1,"x"\r\n');
    assert.equal(world.written(), "");
    world.clock.advanceSync(0);
    assert.match(answer(), /"devices\/86\/up",3\rone$/);
  });

  it("goes out before the good-bye", () => {
    goOnline();
    messages.publish("~/up", "last", 1, false, undefined);
    messages.disconnect(() => {});
    assert.match(answer(), /"devices\/86\/up",4\rlast$/);
    assert.match(world.written(), /^AT\+QMTDISC/);
  });

  it("refuses what the module cannot carry, and a ninth message that waits", () => {
    const done: (DeviceError | null)[] = [];
    for (let i = 0; i < 9; i++) messages.publish("t", "x".repeat(200), 1, false, (error) => done.push(error));
    assert.equal(done[0]?.name, "queue-full");
    goOnline();
    world.clock.advanceSync(250 * 9);
    assert.equal(done.length, 9);
    assert.equal(done[1]?.name, "payload-refused");
    assert.match(done[1]?.message ?? "", /200 bytes; this module takes 100/);
  });
});

describe("subscribing", () => {
  it("waits for a publish that is under way", () => {
    goOnline();
    const got: string[] = [];
    messages.publish("~/up", "one", 1, false, undefined);
    world.clock.advanceSync(0);
    messages.subscribe("~/late", 1, (payload) => got.push(payload));
    messages.publish("~/up", "two", 1, false, undefined);
    assert.match(answer(), /^AT\+QMTPUBEX.*one$/s);
    assert.match(answer(), /^AT\+QMTSUB=0,\d+,"devices\/86\/late",1/);
    assert.match(answer(), /^AT\+QMTPUBEX.*two$/s);
    messages.receive("devices/86/late", "three");
    assert.deepEqual(got, ["three"]);
  });

  it("is repeated on every connection, before anything is sent", () => {
    messages.subscribe("~/down", 1, () => {});
    messages.subscribe("x/+/y", 0, () => {});
    for (let i = 0; i < 2; i++) {
      goOnline();
      assert.match(answer(), /^AT\+QMTSUB=0,\d+,"devices\/86\/down",1\r$/);
      assert.equal(isOnline, false);
      assert.match(answer(), /"x\/\+\/y",0\r$/);
      assert.equal(isOnline, true);
      isOnline = false;
      messages.goOffline();
    }
  });

  it("puts the device's own branch of a cloud in the place of ~", () => {
    messages.subscribe("/sys/~/thing/a~b", 1, () => {});
    goOnline({ own: "pk/dn" });
    assert.match(answer(), /"\/sys\/pk\/dn\/thing\/a~b",1\r$/);
    isOnline = false;
    messages.goOffline();
    goOnline();
    assert.match(answer(), /"\/sys\/~\/thing\/a~b",1\r$/);
  });

  it("hands over what comes without a session, and only that", () => {
    world.receive('\r\n+QMTRECV: 0,0,"/ext/register",2,"{}"\r\n');
    assert.deepEqual(early, ["{}"]);
    goOnline();
    world.receive('\r\n+QMTRECV: 0,0,"/ext/register",2,"{}"\r\n');
    assert.deepEqual(early, ["{}"]);
  });

  it("delivers by MQTT's wildcards, and survives an application that throws", () => {
    const got: string[] = [];
    for (const filter of ["a/b", "a/+", "a/#", "#", "+/b/+", "b"])
      messages.subscribe(filter, 0, () => {
        got.push(filter);
        throw new Error("application");
      });
    world.receive('\r\n+QMTRECV: 0,0,"a/b",1,"x"\r\n');
    assert.deepEqual(got, ["a/b", "a/+", "a/#", "#"]);
    assert.equal(world.lines.length, 4);
    got.length = 0;
    world.receive('\r\n+QMTRECV: 0,0,"a",1,"x"\r\n');
    assert.deepEqual(got, ["a/#", "#"], "# stands for its parent level too (MQTT 3.1.1, 4.7.1.2)");
  });

  it("goes on when the broker refuses one", () => {
    messages.subscribe("secret", 1, () => {});
    goOnline();
    const id = /=0,(\d+),/.exec(world.written())?.[1];
    world.receive(`\r\nOK\r\n\r\n+QMTSUB: 0,${id},0,128\r\n`);
    assert.equal(isOnline, true);
    assert.match(world.lines[0] ?? "", /refused by the broker: secret/);
  });
});

describe("the heartbeat", () => {
  it("asks for an acknowledgement when the application is silent", () => {
    goOnline();
    world.clock.advanceSync(59000);
    assert.equal(world.written(), "");
    world.clock.advanceSync(2000);
    assert.equal(answer(), "AT+CSQ\r");
    assert.match(answer(), /"devices\/86\/ping",3\r-71$/);
    assert.equal(info.rssiDbm, -73);
    world.clock.advanceSync(59000);
    assert.equal(world.written(), "", "acknowledged: quiet for another minute");
    assert.deepEqual(lost, []);
  });

  it("that is not acknowledged ends the link, within one and a half of its period", () => {
    goOnline();
    world.clock.advanceSync(59000);
    assert.deepEqual(lost, []);
    world.clock.advanceSync(31000);
    assert.equal(lost[0]?.[0], "connection-lost");
  });
});
