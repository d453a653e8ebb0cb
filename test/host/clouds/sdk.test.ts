/** The platform's own SDKs for Node.js against the emulated Aliyun, as they are: changed only in where they connect and whom they trust. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, it } from "node:test";
import { atEnd, closeAll, coming, DN, DS, ME, NAMES, PK, PS, startCloud } from "./support.ts";
import type { TestCloud } from "./support.ts";

afterEach(closeAll);

const CLIENT = new URL("fixtures/sdk-client.cjs", import.meta.url).pathname;

interface Line {
  what: string;
  value: Record<string, unknown>;
}

interface Application {
  /** The first line about this, past or to come. */
  said(what: string): Promise<Line["value"]>;
}

function application(cloud: TestCloud, sdk: string, config: object): Application {
  const folder = mkdtempSync(join(tmpdir(), "sdk-"));
  writeFileSync(join(folder, "ca.pem"), cloud.ca);
  const brokerUrl = `mqtts://localhost:${cloud.broker.ports[0]}`;
  const child = spawn(process.execPath, [CLIENT, sdk, JSON.stringify({ brokerUrl, ...config })], {
    env: { ...process.env, NODE_EXTRA_CA_CERTS: join(folder, "ca.pem") },
    stdio: ["ignore", "pipe", "inherit"],
  });
  atEnd(() => {
    child.kill("SIGKILL");
    rmSync(folder, { recursive: true });
  });
  const lines: Line[] = [];
  const watchers = new Set<() => void>();
  let rest = "";
  child.stdout.on("data", (data: Buffer) => {
    const texts = (rest + data.toString()).split("\n");
    rest = texts.pop() ?? "";
    for (const text of texts) lines.push(JSON.parse(text) as Line);
    for (const look of watchers) look();
  });
  return {
    said: (what) => {
      const found = new Promise<Line["value"]>((resolve, reject) => {
        const look = (): void => {
          const found = lines.find((line) => line.what == what);
          const failed = lines.find((line) => line.what == "error");
          if (found) resolve(found.value);
          else if (failed) reject(new Error(JSON.stringify(failed.value)));
        };
        watchers.add(look);
        look();
      });
      return coming(what, found, () => lines);
    },
  };
}

for (const sdk of ["aliyun-iot-device-sdk", "alibabacloud-iot-device-sdk"]) {
  describe(sdk, () => {
    it("connects, reports a property and gets the reply", async () => {
      const cloud = await startCloud({ strictSecuremode: true });
      const app = application(cloud, sdk, { productKey: PK, deviceName: DN, deviceSecret: DS });
      await app.said("connect");
      const { code, method, id } = await app.said("reply");
      assert.deepEqual([code, method, typeof id], [200, "thing.event.property.post", "string"]);
      assert.deepEqual(cloud.api.state(NAMES).properties, { LightSwitch: 0 });
    });

    it("receives a property set", async () => {
      const cloud = await startCloud();
      const app = application(cloud, sdk, { productKey: PK, deviceName: DN, deviceSecret: DS });
      const topic = `/sys/${ME}/thing/service/property/set`;
      await cloud.event("subscribe", ({ topics }) => topics.includes(topic));
      cloud.api.setProperties(NAMES, { LightSwitch: 1 }).catch(() => {});
      assert.deepEqual((await app.said("set"))["params"], { LightSwitch: 1 });
    });

    it("registers with the product's secret, and connects with what it gets", async () => {
      const cloud = await startCloud();
      const registerURL = `https://localhost:${cloud.httpsPort}/auth/register/device`;
      const app = application(cloud, sdk, { productKey: PK, productSecret: PS, deviceName: DN, registerURL });
      const { code, data } = await app.said("register");
      assert.equal(code, 200);
      assert.notEqual((data as { deviceSecret: string }).deviceSecret, DS);
      assert.equal((await app.said("reply"))["code"], 200);
      const again = application(cloud, sdk, { productKey: PK, productSecret: PS, deviceName: DN, registerURL });
      assert.equal((await again.said("register"))["code"], 6289, "it is activated now");
    });

    it("is refused with a wrong secret", async () => {
      const cloud = await startCloud();
      const app = application(cloud, sdk, { productKey: PK, deviceName: DN, deviceSecret: `${DS}x` });
      await assert.rejects(app.said("connect"), /Connection refused: Bad username or password/);
      assert.match((await cloud.event("refused")).reason, /wrong signature: hmacsha1/);
    });
  });
}

it("alibabacloud-iot-device-sdk answers a service", async () => {
  const cloud = await startCloud();
  application(cloud, "alibabacloud-iot-device-sdk", { productKey: PK, deviceName: DN, deviceSecret: DS });
  await cloud.event("subscribe", ({ topics }) => topics.includes(`/sys/${ME}/thing/service/Reboot`));
  assert.deepEqual(await cloud.api.callService(NAMES, "Reboot", { delay: 3 }), { code: 200, data: { ok: 1 } });
});
