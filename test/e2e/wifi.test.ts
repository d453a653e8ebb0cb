/** A whole device over the board's Wi-Fi: an access point, our own MQTT client, real brokers, in virtual time. */
import assert from "node:assert/strict";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { afterEach, describe, it } from "node:test";
import { liveObjects } from "../../host/bench/live-objects.ts";
import { createRig, type Rig, type RigOptions } from "../../host/rig/rig.ts";

const ONLINE_MS = 120_000;
/** The ladder waits up to 375 s between two attempts. */
const RECOVERY_MS = 3_000_000;
const KEEPALIVE_S = 120;
const SECRETS = /rig-password|device-password|not-the-password/;

let rig: Rig;
const endings: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const end of endings.splice(0)) await end();
  await rig.close();
});

async function start(options: RigOptions = {}): Promise<void> {
  rig = await createRig({ link: "wifi", ...options });
  rig.board.boot();
}

async function online(options: RigOptions = {}): Promise<void> {
  await start(options);
  await rig.waitFor(/-> online/, ONLINE_MS);
}

async function assertWorks(): Promise<void> {
  const from = rig.received.length;
  await rig.operator.publish(rig.topic("down"), '{"a":"b"}');
  await rig.waitForMessage((message) => String(message.payload).endsWith(',"reply":{"a":"b"}}'), 60_000, from);
}

function assertClean(): void {
  assert.deepEqual(
    rig.lines.filter((line) => /Uncaught|error flags/.test(line) || SECRETS.test(line)),
    [],
  );
  assert.equal(rig.board.restarts, 0);
}

const PLAIN: RigOptions = { product: { cloud: { tls: null } } };

describe("over Wi-Fi", () => {
  for (const [what, options] of [
    ["a broker without TLS", PLAIN],
    ["a broker with TLS that is not verified", {}],
    ["Aliyun", { cloud: "aliyun" }],
    ["Tuya", { cloud: "tuya" }],
    ["OneNET", { cloud: "onenet" }],
    ["OneNET with the product's key", { cloud: "onenet", auth: "product-key" }],
  ] as const)
    it(`messages go both ways with ${what}`, async () => {
      await online(options);
      await rig.waitForMessage((message) => message.topic == rig.topic("up"), 60_000);
      await assertWorks();
      assert.equal(
        rig.lines.some((line) => line == "tls: insecure, the server is NOT verified"),
        options != PLAIN,
        "an unverified server is logged",
      );
      assertClean();
      // No module was needed.
      assert.deepEqual(
        rig.events.filter((event) => event.ev == "command"),
        [],
      );
    });

  it("a device that its identity does not name is called by the board's own number", async () => {
    await online({ ...PLAIN, identity: { wifi: { ssid: "rig", password: "rig-password" }, deviceName: undefined as never } });
    assert.deepEqual(rig.broker.clients(), ["00000000-deadbeef"]);
  });

  it("a restart says good-bye: the will is not published", async () => {
    await online({ product: { cloud: { tls: null, will: { topic: "devices/rig-device/will", payload: "gone" } } } });
    await rig.operator.publish(rig.topic("down"), "restart");
    await rig.waitFor(/-> online/, ONLINE_MS);
    assert.deepEqual(
      rig.received.filter((message) => message.topic.endsWith("/will")),
      [],
    );
    await rig.broker.kick();
    await rig.waitForMessage((message) => message.topic.endsWith("/will") && String(message.payload) == "gone", 60_000);
  });
});

describe("a Wi-Fi network", () => {
  it("that is away at the start is named, and joined when it comes", async () => {
    rig = await createRig({ link: "wifi", ...PLAIN });
    rig.accessPoint.power(false);
    rig.board.boot();
    await rig.waitFor(/^error: no-signal: the Wi-Fi network said NO_AP_FOUND/, ONLINE_MS);
    await rig.waitFor(/^link: next attempt in /, 1000);
    await rig.advance(600_000);
    rig.accessPoint.power(true);
    await rig.waitFor(/-> online/, RECOVERY_MS);
    await assertWorks();
  });

  it("that refuses the password says so", async () => {
    await start({ ...PLAIN, identity: { wifi: { ssid: "rig", password: "not-the-password" } } });
    await rig.waitFor(
      /^error: registration-denied: the Wi-Fi network said 4WAY_HANDSHAKE_TIMEOUT; look at wifi in the identity/,
      ONLINE_MS,
    );
    await rig.waitFor(/^link: next attempt in /, 1000);
    assertClean();
  });

  it("that does not answer at all is a timeout", async () => {
    await start({
      ...PLAIN,
      app: `var wifi = require("Wifi"); wifi.connect = function () {}; exports.app = function () { return {}; };`,
    });
    await rig.waitFor(/^error: timeout: the Wi-Fi network said nothing/, ONLINE_MS);
  });

  it("that is lost while online takes no message of QoS 1 with it, and subscriptions work again", async () => {
    await online({
      product: { cloud: { tls: null, cleanSession: false } },
      app: `exports.app = function (device) {
        var n = 0;
        function next() { device.publish("~/n", "" + n, { qos: 1 }, function (error) { if (!error) n++; device.after(1, next); }); }
        device.subscribe("~/down", 1, function (payload) { device.log("heard " + payload); });
        next();
        return {};
      };`,
    });
    for (let i = 0; i < 5; i++) {
      await rig.waitForMessage((message) => message.topic == rig.topic("n"), 60_000, rig.received.length);
      await rig.advance(137 * i);
      rig.accessPoint.power(false);
      await rig.waitFor(/^error: connection-lost/, 60_000);
      await rig.operator.publish(rig.topic("down"), `while away ${i}`);
      await rig.advance(20_000);
      rig.accessPoint.power(true);
      await rig.waitFor(new RegExp(`heard while away ${i}`), RECOVERY_MS);
      await rig.waitFor(/-> online/, 60_000);
      await rig.operator.publish(rig.topic("down"), `back ${i}`);
      await rig.waitFor(new RegExp(`heard back ${i}`), 60_000);
    }
    await rig.advance(10_000);
    const numbers = new Set(rig.received.filter((message) => message.topic == rig.topic("n")).map((message) => +String(message.payload)));
    assert.deepEqual(
      [...numbers],
      Array.from({ length: numbers.size }, (_, i) => i),
    );
    assert.ok(numbers.size >= 10);
    assertClean();
  });
});

describe("a broker over Wi-Fi", () => {
  it("whose name is unknown is dns-failed, until it is known", async () => {
    rig = await createRig({ link: "wifi" });
    rig.names.known = false;
    rig.board.boot();
    await rig.waitFor(/^error: dns-failed: broker\.test:\d+, /, ONLINE_MS);
    rig.names.known = true;
    await rig.waitFor(/-> online/, RECOVERY_MS);
  });

  it("that is stopped is lost, then connect-failed, and found again", async () => {
    await online();
    await rig.broker.stop();
    await rig.waitFor(/^error: connection-lost/, 60_000);
    await rig.waitFor(/^error: connect-failed: broker\.test:\d+, /, RECOVERY_MS);
    await rig.broker.start();
    await rig.waitFor(/-> online/, RECOVERY_MS);
    await assertWorks();
    assertClean();
  });

  it("that restarts or cuts the connection is online again, without joining the Wi-Fi network again", async () => {
    await online();
    await rig.advance(61_000);
    for (const cut of [rig.broker.restart, rig.broker.kick]) {
      await cut();
      await rig.waitFor(/^error: connection-lost/, 60_000);
      await rig.waitFor(/-> authorizing \(retry/, 60_000);
      await rig.waitFor(/-> online/, RECOVERY_MS);
      await assertWorks();
      await rig.advance(61_000);
    }
    assert.equal(rig.lines.filter((line) => / -> attaching /.test(line)).length, 1);
  });

  for (const [refusal, error] of [
    ["credentials", "credentials-refused"],
    ["not-authorized", "credentials-refused"],
    ["client-id", "client-id-refused"],
    ["unavailable", "broker-unavailable"],
    ["silence", "connection-lost"],
  ] as const)
    it(`that answers CONNECT with ${refusal} is ${error}, until it does not`, async () => {
      await start({ broker: { refuse: refusal } });
      await rig.waitFor(new RegExp(`^error: ${error}: `), ONLINE_MS);
      rig.broker.refuse(null);
      await rig.waitFor(/-> online/, RECOVERY_MS);
      assertClean();
    });

  it("that knows another password is credentials-refused, and the password is not told", async () => {
    await start({ identity: { password: "not-the-password" } });
    await rig.waitFor(/^error: credentials-refused: CONNACK [45]/, ONLINE_MS);
    assertClean();
  });

  it("that falls silent is lost within one and a half heartbeats, and its connection is given up", async () => {
    const middle = await startMiddle();
    await online({ product: { cloud: { tls: null, host: "127.0.0.1", port: middle.port, keepaliveS: KEEPALIVE_S } } });
    await rig.advance(10_000);
    middle.isSilent = true;
    const since = rig.clock.now();
    await rig.waitFor(/^error: connection-lost/, 1.5 * KEEPALIVE_S * 1000);
    assert.ok(rig.clock.now() - since > 30_000, "silence alone is no loss");
    await rig.waitFor(/-> waiting|^link: next attempt/, 1000);
    await settled(() => middle.open == 0);
    middle.isSilent = false;
    await rig.waitFor(/-> online/, RECOVERY_MS);
    await assertWorks();
  });

  it("that falls silent for an application that does not is lost with the next message", async () => {
    const middle = await startMiddle();
    await online({
      product: { ota: false, cloud: { tls: null, host: "127.0.0.1", port: middle.port, keepaliveS: 600 }, app: { telemetryS: 10 } },
    });
    middle.isSilent = true;
    await rig.waitFor(/^error: connection-lost: publish: /, 40_000);
  });
});

/** A TCP connection in between, which may carry nothing any more. */
interface Middle {
  port: number;
  isSilent: boolean;
  /** Connections from the device, and how many there were. */
  open: number;
  all: number;
}

async function startMiddle(): Promise<Middle> {
  const middle = { port: 0, isSilent: false, open: 0, all: 0 };
  const sockets = new Set<Socket>();
  const server = createServer((device) => {
    const broker = connect(rig.broker.port, "127.0.0.1");
    middle.open++;
    middle.all++;
    device.on("close", () => middle.open--);
    for (const [from, to] of [
      [device, broker],
      [broker, device],
    ] as const) {
      sockets.add(from);
      from.on("data", (data) => void (middle.isSilent || to.write(data)));
      from.on("close", () => to.destroy());
      from.on("error", () => {});
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  middle.port = (server.address() as AddressInfo).port;
  endings.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return middle;
}

/** What real sockets do shows after a few turns of the event loop. */
async function settled(done: () => boolean): Promise<void> {
  for (let i = 0; i < 1000 && !done(); i++) await new Promise((resolve) => setImmediate(resolve));
  assert.ok(done());
}

describe("TLS over Wi-Fi", () => {
  it("that is to be verified is refused by the builder, which says what is safe", async () => {
    await online();
    await assert.rejects(
      createRig({ link: "wifi", product: { cloud: { tls: { insecure: false } } } }),
      /cloud\.tls: over Wi-Fi no interpreter verifies servers yet \(2v29\), so anybody could be the broker; use "link": "cellular" for verified TLS, or say "insecure": true/,
    );
  });

  it("with a server of another authority connects all the same, as it is not verified", async () => {
    await online({ brokerCertificate: "wrong-ca" });
  });

  describe("on an interpreter that verifies", () => {
    it("connects verified, probing once", async () => {
      const middle = await startMiddle();
      await online({ tlsVerifies: true, product: { cloud: { host: "127.0.0.1", port: middle.port } } });
      await assertWorks();
      assert.ok(!rig.lines.some((line) => /NOT verified/.test(line)));
      assert.equal(middle.all, 2, "the probe, which the device refused, and the connection");
      await rig.broker.kick();
      await rig.waitFor(/-> online/, RECOVERY_MS);
      assert.equal(middle.all, 3, "it is believed until the session is new");
      assertClean();
    });

    it("refuses a server whose authority is another", async () => {
      await start({ tlsVerifies: true, brokerCertificate: "wrong-ca" });
      await rig.waitFor(/^error: tls-failed: /, ONLINE_MS);
      await rig.advance(300_000);
      assert.ok(!rig.lines.some((line) => /-> online/.test(line)));
      assert.deepEqual(
        rig.brokerEvents.filter((event) => event.ev == "connect"),
        [],
      );
    });

    for (const [what, prepare, error] of [
      ["a name that is unknown", (one: Rig) => void (one.names.known = false), "dns-failed"],
      ["a broker that is away", (one: Rig) => one.broker.stop(), "connect-failed"],
    ] as const)
      it(`does not take ${what} for a server refused`, async () => {
        rig = await createRig({ link: "wifi", tlsVerifies: "pretends" });
        await prepare(rig);
        rig.board.boot();
        await rig.waitFor(new RegExp(`^error: ${error}: `), ONLINE_MS);
        rig.names.known = true;
        await rig.broker.start().catch(() => {});
        await rig.waitFor(/^error: tls-failed: this interpreter does not verify servers/, RECOVERY_MS);
        await rig.advance(300_000);
        assert.ok(!rig.lines.some((line) => /-> online/.test(line)));
      });
  });

  it("on an interpreter that only pretends to verify is found out, and nothing secret is sent", async () => {
    await start({ tlsVerifies: "pretends" });
    await rig.waitFor(/^error: tls-failed: this interpreter does not verify servers; use the 4G module, or insecure: true/, ONLINE_MS);
    await rig.advance(600_000);
    assert.deepEqual(
      rig.brokerEvents.filter((event) => event.ev == "connect" || event.ev == "refused"),
      [],
    );
  });
});

describe("after a hundred losses", () => {
  it("of the Wi-Fi network the ladder is at its foot, and the application heard of each", async () => {
    await online({
      ...PLAIN,
      app: `exports.app = function (device) {
          var losses = 0;
          device.on("offline", function () { device.log("loss " + ++losses); });
          return {};
        };`,
    });
    for (let i = 1; i <= 100; i++) {
      await rig.advance(61_000);
      rig.accessPoint.power(false);
      await rig.waitFor(new RegExp(`loss ${i}$`), 1000);
      rig.accessPoint.power(true);
      await rig.waitFor(/-> online/, 10_000);
    }
    assertClean();
  });

  it("nothing has grown", { timeout: 240_000 }, async () => {
    await online(PLAIN);
    await rig.advance(61_000);
    const { timers, listeners, modules } = rig.board.info();
    const objects = liveObjects();
    for (let i = 0; i < 100; i++) {
      await rig.broker.kick();
      await rig.waitFor(/-> online/, RECOVERY_MS);
      await rig.advance(61_000);
    }
    await assertWorks();
    await rig.advance(61_000);
    const now = rig.board.info();
    assert.deepEqual([now.timers, now.listeners, now.modules], [timers, listeners, modules]);
    assert.ok(Math.abs(liveObjects() - objects) <= 20, `${objects} objects before, ${liveObjects()} after`);
    assertClean();
  });
});
