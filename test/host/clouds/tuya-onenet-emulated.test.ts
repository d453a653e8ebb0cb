/**
 * The clouds that `npm start` runs a device against: a device that is made from their product and identity gets in,
 * and its operator reaches it.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, it } from "node:test";
import { connectAsync } from "mqtt";
import type { Identity } from "../../../src/api/config.ts";
import { startOperator } from "../../../host/broker/operator.ts";
import { REAL_TIME } from "../../../host/time/wall.ts";
import { loadIdentity, loadProduct } from "../../../host/config/product.ts";
import type { CloudEvent } from "../../../host/clouds/shared/events.ts";
import { OnenetApi } from "../../../host/clouds/onenet/api.ts";
import { TuyaApi } from "../../../host/clouds/tuya/api.ts";
import { cloudNamed } from "../../../host/clouds/find.ts";
import type { CloudOptions, RunningCloud } from "../../../host/clouds/types.ts";
import { filler, tripleOf } from "../../../host/sign/triple.ts";
import { atEnd, closeAll, coming } from "./support.ts";

afterEach(closeAll);

const IMEI = "861551056136351";

async function start(type: string, options: Partial<CloudOptions> = {}): Promise<RunningCloud & { events: CloudEvent[] }> {
  const events: CloudEvent[] = [];
  const cloud = await cloudNamed(type).start({ tls: true, onEvent: (event) => events.push(event), ...options });
  atEnd(() => cloud.broker.close());
  return { ...cloud, events };
}

/** One message each way, through the way that the product names. */
async function works(cloud: RunningCloud, section: object = {}): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "clouds-"));
  atEnd(() => rmSync(directory, { recursive: true }));
  if (cloud.ca) writeFileSync(join(directory, cloud.ca.name), cloud.ca.pem);
  const source = { name: "p", version: "1", board: "linux", cloud: { ...section, ...cloud.product } };
  const { product } = loadProduct(source, { now: new Date(), directory });
  const identity = loadIdentity(cloud.identity, product);
  const place = cloud.resolve(product.cloud.host, product.cloud.port);
  assert.ok(place != "dns-failed");
  const { clientId, username, password } = await tripleOf(product, identity, { imei: IMEI });
  const base = filler(identity, { imei: IMEI })(product.cloud.topicBase);
  const login = { clientId, username, password, keepalive: product.cloud.keepaliveS, protocolVersion: 4 as const, reconnectPeriod: 0 };
  const verified = { ca: cloud.ca?.pem ?? "", servername: product.cloud.host, rejectUnauthorized: true };
  const client = await connectAsync(
    `${cloud.ca ? "mqtts" : "mqtt"}://${place.host}:${place.port}`,
    { ...login, ...(cloud.ca && verified) },
    false,
  );
  atEnd(() => client.endAsync(true));
  await client.subscribeAsync(`${base}/down`, { qos: 1 });
  const down = new Promise((resolve) => client.once("message", (topic, payload) => resolve([topic, payload.toString()])));
  const up = new Promise((resolve) => {
    const watch = base.split("/").slice(0, -1).join("/");
    void startOperator({
      ...{ port: cloud.broker.port, ca: cloud.ca?.pem ?? null, watch: `${watch}/#` },
      ...cloud.operator,
      onMessage: (topic, payload) => topic.endsWith("/up") && resolve([topic, payload.toString()]),
    }).then(async (operator) => {
      atEnd(() => operator.close());
      await operator.publish(`${base}/down`, "to the device");
      await client.publishAsync(`${base}/up`, "from the device", { qos: 1 });
    });
  });
  assert.deepEqual(await coming("the message to the device", down, () => ""), [`${base}/down`, "to the device"]);
  assert.deepEqual(await coming("the message to the operator", up, () => ""), [`${base}/up`, "from the device"]);
}

describe("the cloud tuya", () => {
  it("has a product and a device of its own", async () => {
    const cloud = await start("tuya");
    await works(cloud);
    assert.ok(cloud.api instanceof TuyaApi);
    assert.deepEqual(cloud.broker.clients().sort(), ["6c828cba434ff40c074wF2", "operator"]);
    assert.ok(!cloud.events.some(({ ev }) => ev == "refused" || ev == "denied" || ev == "warning"));
  });

  it("is the user's region, host, port and device", async () => {
    const identity: Identity = { deviceName: "abc", deviceSecret: "s" };
    await works(await start("tuya", { section: { region: "eu-west", topicBase: "tylink/{deviceName}/app" }, identity }));
    await works(await start("tuya", { host: "mqtt.example.com", port: 9000, identity }));
  });

  it("leaves it to the builder to say that TLS is missing", async () => {
    const { product } = await start("tuya", { tls: false });
    assert.throws(
      () => loadProduct({ name: "p", version: "1", board: "linux", cloud: product }, { now: new Date() }),
      /cloud\.tls: missing/,
    );
  });

  it("refuses like it is told to, and shows certificates that are wrong", async () => {
    await assert.rejects(works(await start("tuya", { refuse: "unavailable" })), (error: Error & { code: number }) => error.code == 3);
    await assert.rejects(works(await start("tuya", { certificate: "wrong-ca" })), /certificate/);
    const { resolve } = await start("tuya");
    assert.equal(resolve("other.example.com", 8883), "dns-failed");
    assert.deepEqual(resolve("10.0.0.1", 80), { host: "10.0.0.1", port: 80 });
  });
});

describe("the cloud onenet", () => {
  for (const auth of ["device-key", "product-key"])
    for (const tls of [true, false])
      it(`has a product and a device of its own: ${auth}, ${tls ? "TLS" : "TCP"}`, async () => {
        const cloud = await start("onenet", { auth, tls });
        await works(cloud);
        assert.ok(cloud.api instanceof OnenetApi);
        assert.equal(Object.hasOwn(cloud.identity, "productSecret"), auth == "product-key");
        assert.ok(!cloud.events.some(({ ev }) => ev == "refused" || ev == "denied" || ev == "warning"));
      });

  it("is the user's product, and takes a device that is called by its IMEI", async () => {
    const section = { productId: "mine", signMethod: "md5", tokenMinutes: 5 };
    await works(await start("onenet", { section, identity: { deviceSecret: "AAAA" } }));
    await works(await start("onenet", { section, identity: { productSecret: "BBBB" } }));
    await works(
      await start("onenet", { section, identity: { deviceName: "d", deviceSecret: "AAAA" }, host: "10.1.2.3", port: 9000, tls: false }),
    );
  });

  it("goes by the clock that it is given", async () => {
    const later = { ...REAL_TIME, now: () => Date.UTC(2100, 0, 1) };
    await assert.rejects(works(await start("onenet", { time: later })), (error: Error & { code: number }) => error.code == 4);
  });

  it("has its other port too", async () => {
    const { resolve, broker } = await start("onenet");
    assert.deepEqual(resolve("mqtts.heclouds.com", 1883), { host: "127.0.0.1", port: broker.ports[1] });
    assert.deepEqual(resolve("mqttstls.heclouds.com", 8883), { host: "127.0.0.1", port: broker.ports[0] });
  });
});
