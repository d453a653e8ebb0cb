/** The platform as a device meets it that is run against it: by the platform's names, ports and roots. */
import assert from "node:assert/strict";
import { request } from "node:https";
import { afterEach, describe, it } from "node:test";
import { connectAsync } from "mqtt";
import type { IClientOptions } from "mqtt";
import { startSeededAliyun } from "../../../host/clouds/aliyun/seeded.ts";
import type { SeededAliyun, SeedOptions } from "../../../host/clouds/aliyun/seeded.ts";
import { atEnd, closeAll, DN, DS, hmac, PK, PS } from "./support.ts";

afterEach(closeAll);

async function seeded(options: SeedOptions = {}): Promise<SeededAliyun> {
  const started = await startSeededAliyun(options);
  atEnd(() => started.cloud.close());
  return started;
}

/** Connects as a device does: the name resolved by the platform, the certificate checked against it. */
async function connects(platform: SeededAliyun, host: string, port: number, ca: string, login: IClientOptions): Promise<void> {
  const place = platform.resolve(host, port) ?? assert.fail(`${host} is unknown`);
  const client = await connectAsync(`mqtts://${place.host}:${place.port}`, { ...login, ca, servername: host, reconnectPeriod: 0 }, false);
  await client.endAsync();
}

function signed(deviceName = DN, secret = DS, productKey = PK): IClientOptions {
  const password = hmac("md5", secret, `clientIdxdeviceName${deviceName}productKey${productKey}`);
  return { clientId: "x|securemode=2|", username: `${deviceName}&${productKey}`, password };
}

function posts(
  platform: SeededAliyun,
  path: string,
  form: Record<string, string>,
): Promise<{ code: number; data: Record<string, string> }> {
  const { hosts, ca } = platform;
  const place = platform.resolve(hosts.auth, 443) ?? assert.fail();
  return new Promise((resolve, reject) => {
    const asked = request({ ...place, servername: hosts.auth, ca: ca.https.pem, path, method: "POST", agent: false }, (response) => {
      let text = "";
      response.on("data", (data: Buffer) => (text += data.toString()));
      response.on("end", () => resolve(JSON.parse(text) as { code: number; data: Record<string, string> }));
    });
    asked.on("error", reject).end(new URLSearchParams(form).toString());
  });
}

describe("a platform with one device", () => {
  it("has it on 8883 under the platform's own root, and on 443 under another", async () => {
    const platform = await seeded();
    const [host = ""] = platform.hosts.mqtt;
    assert.equal(host, `${PK.toLowerCase()}.iot-as-mqtt.cn-shanghai.aliyuncs.com`);
    await connects(platform, host, 8883, platform.ca.mqtt.pem, signed());
    await connects(platform, host.toUpperCase(), 443, platform.ca.https.pem, signed());
    await assert.rejects(connects(platform, host, 8883, platform.ca.https.pem, signed()), /certificate/);
    assert.deepEqual([platform.ca.mqtt.file, platform.ca.https.file], ["aliyun-iot-root-s1.pem", "globalsign-root-r1.pem"]);
    assert.equal(platform.resolve("elsewhere.example.com", 8883), undefined);
    assert.deepEqual(platform.resolve("10.0.0.1", 5), { host: "10.0.0.1", port: 5 });
  });

  it("authenticates and registers over HTTPS by its host's name", async () => {
    const platform = await seeded();
    assert.equal(platform.hosts.auth, "iot-auth.cn-shanghai.aliyuncs.com");
    const sign = hmac("md5", PS, `deviceName${DN}productKey${PK}random1`);
    const form = { productKey: PK, deviceName: DN, random: "1", sign, signMethod: "hmacmd5" };
    const { code, data } = await posts(platform, "/auth/register/device", form);
    assert.equal(code, 200);
    const secret = data["deviceSecret"] as string;
    const [host = ""] = platform.hosts.mqtt;
    const auth = {
      productKey: PK,
      deviceName: DN,
      clientId: "c",
      resources: "mqtt",
      sign: hmac("md5", secret, `clientIdcdeviceName${DN}productKey${PK}`),
    };
    const authenticated = await posts(platform, "/auth/devicename", auth);
    assert.deepEqual((authenticated.data as { resources?: unknown }).resources, { mqtt: { host, port: 8883 } });
    const { iotId: username = "", iotToken: password = "" } = authenticated.data;
    await connects(platform, host, 8883, platform.ca.mqtt.pem, { clientId: "c", username, password });
  });

  it("offers files under the name of a host of its own", async () => {
    const platform = await seeded();
    platform.cloud.api.setConfig(PK, {});
    assert.equal(platform.hosts.files, "iotx-ota.oss-cn-shanghai.aliyuncs.com");
    assert.deepEqual(platform.resolve(platform.hosts.files, 443), { host: "127.0.0.1", port: platform.cloud.httpsPort });
  });

  it("may be an instance, another product, and other hosts", async () => {
    const platform = await seeded({
      ...{ productKey: "pk", productSecret: "p", deviceName: "meter", deviceSecret: "s", instanceId: "iot-060a0001", region: "us-west-1" },
      ...{ host: "own.example.com", authHost: "auth.example.com", port: 2883 },
    });
    assert.deepEqual(platform.hosts.mqtt, [
      "iot-060a0001.mqtt.iothub.aliyuncs.com",
      "pk.iot-as-mqtt.us-west-1.aliyuncs.com",
      "own.example.com",
    ]);
    for (const host of platform.hosts.mqtt) await connects(platform, host, 2883, platform.ca.mqtt.pem, signed("meter", "s", "pk"));
    assert.equal((await posts(platform, "/auth/devicename", {})).code, 460);
  });

  it("without a name has any that is an IMEI, with one secret", async () => {
    const platform = await seeded({ deviceName: null });
    const [host = ""] = platform.hosts.mqtt;
    await connects(platform, host, 8883, platform.ca.mqtt.pem, signed("868488076506128"));
    await assert.rejects(
      connects(platform, host, 8883, platform.ca.mqtt.pem, signed("meter")),
      (error: Error & { code: number }) => error.code == 4,
    );
    assert.deepEqual(platform.cloud.api.devices(PK), ["868488076506128"]);
  });
});
