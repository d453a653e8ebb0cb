/** The embedded broker and its certificates, seen by an independent client. */
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import type { EventEmitter } from "node:events";
import { once } from "node:events";
import { after, before, describe, it } from "node:test";
import { connect as connectTcp } from "node:net";
import { connect as connectTls } from "node:tls";
import { connectAsync } from "mqtt";
import type { IClientOptions, MqttClient } from "mqtt";
import { startBroker } from "../../../host/broker/broker.ts";
import type { Broker, BrokerEvent } from "../../../host/broker/broker.ts";
import type { Rules } from "../../../host/broker/rules.ts";
import { makeAuthority } from "../../../host/broker/certificates.ts";
import type { Authority } from "../../../host/broker/certificates.ts";

const USERS = { device: "secret" };
const CREDENTIALS: IClientOptions = { username: "device", password: "secret", reconnectPeriod: 0 };

let authority: Authority;
before(async () => {
  authority = await makeAuthority({ name: "Authority under test" });
});

describe("certificates", () => {
  it("name hosts and addresses, are valid for the time asked for, and RSA-2048", async () => {
    const from = new Date("2020-01-01T00:00:00Z");
    const to = new Date("2020-02-01T00:00:00Z");
    const { cert } = await authority.issue({ names: ["broker.test", "other.test"], ips: ["127.0.0.1", "10.0.0.1"], from, to });
    const parsed = new X509Certificate(cert);
    assert.equal(parsed.checkHost("other.test"), "other.test");
    assert.equal(parsed.checkHost("wrong.test"), undefined);
    assert.equal(parsed.checkIP("10.0.0.1"), "10.0.0.1");
    assert.equal(new Date(parsed.validTo).getTime(), to.getTime());
    assert.equal(parsed.publicKey.asymmetricKeyDetails?.modulusLength, 2048);
    assert.equal(parsed.publicKey.asymmetricKeyType, "rsa");
    assert.ok(parsed.verify(new X509Certificate(authority.pem).publicKey));
    assert.ok(new X509Certificate(authority.pem).ca);
  });

  it("of two authorities differ", async () => {
    const other = await makeAuthority();
    const { cert } = await authority.issue({ names: ["a.test"] });
    assert.ok(!new X509Certificate(cert).verify(new X509Certificate(other.pem).publicKey));
  });
});

describe("the broker", () => {
  const open: { close(): Promise<void> }[] = [];
  let events: BrokerEvent[] = [];

  async function broker(options: Parameters<typeof startBroker>[0] = {}): Promise<Broker> {
    const mine: BrokerEvent[] = [];
    events = mine;
    const started = await startBroker({ users: USERS, trusted: ["operator"], onEvent: (event) => mine.push(event), ...options });
    open.push(started);
    return started;
  }

  async function client(started: Broker, options: IClientOptions = {}): Promise<MqttClient> {
    const connected = await connectAsync(`mqtt://127.0.0.1:${started.port}`, { ...CREDENTIALS, ...options }, false);
    connected.on("error", () => {});
    open.push({ close: () => connected.endAsync(true) });
    return connected;
  }

  after(async () => {
    for (const one of open.reverse()) await one.close();
  });

  it("passes messages on and says what happened", async () => {
    const started = await broker();
    const one = await client(started, { clientId: "one" });
    await one.subscribeAsync("a/#", { qos: 1 });
    const message = once(one as unknown as EventEmitter, "message");
    await one.publishAsync("a/b", Buffer.from([0, 255, 26]), { qos: 1 });
    assert.deepEqual((await message)[1], Buffer.from([0, 255, 26]));
    await one.endAsync();
    assert.deepEqual(
      events.filter((event) => event.ev != "ack").map((event) => event.ev),
      ["connect", "subscribe", "publish", "disconnect"],
    );
    assert.deepEqual(events[2], { ev: "publish", client: "one", topic: "a/b", payload: Buffer.from([0, 255, 26]), qos: 1, retain: false });
  });

  it("speaks TLS with the certificate it was given", async () => {
    const tls = await authority.issue({ names: ["localhost"], ips: ["127.0.0.1"] });
    const started = await broker({ tls });
    const secure = await connectAsync(`mqtts://localhost:${started.port}`, { ...CREDENTIALS, ca: authority.pem }, false);
    await secure.endAsync();
    const socket = connectTls({ port: started.port, host: "127.0.0.1", ca: (await makeAuthority()).pem });
    const [error] = (await once(socket, "error")) as [Error];
    assert.match(error.message, /certificate/);
  });

  for (const [refusal, code] of [
    ["client-id", 2],
    ["unavailable", 3],
    ["credentials", 4],
    ["not-authorized", 5],
  ] as const) {
    it(`refuses with "${refusal}" (${code}), but not whom it trusts`, async () => {
      const started = await broker({ refuse: refusal });
      await assert.rejects(client(started, { clientId: "one" }), (error: Error & { code: number }) => error.code == code);
      assert.deepEqual(events[0], { ev: "refused", client: "one", code, reason: `told to refuse: ${refusal}` });
      await client(started, { clientId: "operator" });
      started.refuse(null);
      await client(started, { clientId: "one" });
    });
  }

  it("refuses a wrong password, an unknown user, and one without", async () => {
    const started = await broker();
    for (const wrong of [{ password: "nope" }, { username: "who" }, { username: "constructor", password: "x" }]) {
      await assert.rejects(client(started, wrong), /[Rr]efused/);
    }
  });

  it("cuts connections, but not whom it trusts", async () => {
    const started = await broker();
    const one = await client(started, { clientId: "one" });
    await client(started, { clientId: "operator" });
    const closed = once(one as unknown as EventEmitter, "close");
    started.kick();
    await closed;
    assert.ok(!events.some((event) => event.ev == "disconnect" && event.client == "operator"));
  });

  it("has several doors: TLS, TCP, and both on one port", async () => {
    const tls = await authority.issue({ names: ["localhost"], ips: ["127.0.0.1"] });
    const started = await broker({ doors: [{ tls }, {}, { tls, plainToo: true }] });
    const [secure, plain, both] = started.ports;
    assert.equal(started.port, secure);
    const reaches = async (protocol: string, port: number | undefined): Promise<boolean> => {
      const url = `${protocol}://127.0.0.1:${port ?? 0}`;
      const options = { ...CREDENTIALS, ca: authority.pem, connectTimeout: 2000 };
      return connectAsync(url, options, false).then(
        (connected) => connected.endAsync(true).then(() => true),
        () => false,
      );
    };
    assert.deepEqual(await Promise.all([reaches("mqtts", secure), reaches("mqtt", plain)]), [true, true]);
    assert.deepEqual(await Promise.all([reaches("mqtts", both), reaches("mqtt", both)]), [true, true]);
    assert.deepEqual(await Promise.all([reaches("mqtt", secure), reaches("mqtts", plain)]), [false, false]);
    await started.stop();
    assert.equal(await reaches("mqtt", both), false);
    await started.start();
    assert.deepEqual(started.ports, [secure, plain, both]);
    assert.equal(await reaches("mqtt", both), true);
  });

  it("closes a connection that says nothing, at every door", async () => {
    const tls = await authority.issue({ ips: ["127.0.0.1"] });
    const started = await broker({ doors: [{}, { tls, plainToo: true }], connectTimeoutMs: 20 });
    for (const port of started.ports) {
      const socket = connectTcp({ host: "127.0.0.1", port });
      socket.resume();
      await once(socket, "close");
    }
    const silent = { ev: "error", message: "connect did not arrive in time" };
    assert.deepEqual(events, [silent, silent]);
  });

  /** Lets guests in, for `keepaliveS` of silence. */
  function inviting(keepaliveS = 0): Rules {
    return {
      subscriptionDelayMs: () => 0,
      resendMs: () => 10_000,
      sessionMs: () => 60_000,
      mostInFlight: 100,
      admit: (request) => {
        if (request.username != "guest") return { code: 5, why: "not invited" };
        return {
          guest: {
            name: `${request.clientId} ${request.keepaliveS} ${request.secure}`,
            keepaliveS,
            warnings: ["welcome"],
            route: (topic) => topic,
            publish: () => null,
            subscribe: (filters) => filters.map(() => null),
            receive: ({ topic }) => (topic == "secret" ? "" : null),
            greeting: () => [],
            answers: ({ topic, payload }) => (topic == "echo" ? [{ topic: "echoed", payload, qos: 1 }] : []),
          },
        };
      },
    };
  }

  it("lets rules decide who comes in, and what they hear", async () => {
    const started = await broker({ rules: inviting() });
    await assert.rejects(client(started), (error: Error & { code: number }) => error.code == 5);
    const one = await client(started, { clientId: "one", username: "guest", keepalive: 0 });
    const heard: string[] = [];
    one.on("message", (topic) => heard.push(topic));
    await one.subscribeAsync(["echoed", "secret"], { qos: 1 });
    const message = once(one as unknown as EventEmitter, "message");
    await one.publishAsync("secret", "x", { qos: 1 });
    await one.publishAsync("echo", "x", { qos: 1 });
    await message;
    assert.deepEqual(heard, ["echoed"]);
    assert.deepEqual(events.slice(1, 3), [
      { ev: "warning", client: "one 0 false", message: "welcome" },
      { ev: "connect", client: "one 0 false" },
    ]);
  });

  it("closes a connection that is silent for one and a half of the keepalive that rules set", async () => {
    const started = await broker({ rules: inviting(0.02) });
    const one = await client(started, { clientId: "one", username: "guest", keepalive: 0 });
    await once(one as unknown as EventEmitter, "close");
    assert.ok(events.some((event) => event.ev == "error" && /keep alive timeout/.test(event.message)));
  });

  it("says that a newer connection of a client replaces the older one", async () => {
    const started = await broker();
    const older = await client(started, { clientId: "one" });
    const closed = once(older as unknown as EventEmitter, "close");
    await client(started, { clientId: "one" });
    await closed;
    assert.deepEqual(events[1], { ev: "replaced", client: "one" });
  });

  it("stops, and starts again on the same port", async () => {
    const started = await broker();
    const one = await client(started, { clientId: "one" });
    const { port } = started;
    const closed = once(one as unknown as EventEmitter, "close");
    await started.stop();
    await closed;
    await assert.rejects(client(started));
    await started.start();
    assert.equal(started.port, port);
    await client(started, { clientId: "one" });
    await started.close();
    await started.close();
  });
});
