import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { describe, it } from "node:test";
import type { AliyunConfig, Product } from "../../src/api/config.ts";
import type { DeviceInfo } from "../../src/api/device.ts";
import type { ConnectPlan } from "../../src/api/modem.ts";
import { authorize } from "../../src/cloud/aliyun.ts";

const info = { imei: "868488076506128" } as DeviceInfo;

function product(cloud: Partial<AliyunConfig>): Product {
  const defaults = { type: "aliyun", clientId: "{deviceName}", topicBase: "/{productKey}/{deviceName}/user", timestamp: "", port: 1883 };
  return { cloud: { ...defaults, host: "h", ...cloud } } as Product;
}

/** Signs what is asked for as a server does. */
function connect(config: Partial<AliyunConfig>, identity: { deviceName?: string; deviceSecret: string; clientId?: string }): ConnectPlan {
  const all = product(config);
  const wish = authorize(all, identity, info, "");
  assert.equal(wish.plan, undefined, "nothing is known before the signature");
  const [key, message] = wish.toSign as [string, string];
  const digest = (config.signMethod as string).substring(4);
  return authorize(all, identity, info, createHmac(digest, key).update(message).digest("hex")).plan as ConnectPlan;
}

describe("the Aliyun connection of a device with its own secret", () => {
  it("is that of article 002: HMAC-MD5, no time, the IMEI as device name", () => {
    const plan = connect({ productKey: "k1hipglLdjU", signMethod: "hmacmd5" }, { deviceSecret: "fef32adf6dad46c2c7cbf335d3a7b021" });
    assert.equal(plan.clientId, "868488076506128|securemode=3,signmethod=hmacmd5|");
    assert.equal(plan.username, "868488076506128&k1hipglLdjU");
    assert.equal(plan.password, "0f655b12adf519b9a7a2b0a990f398b6");
  });

  it("is that of article 003: HMAC-SHA1 with a time", () => {
    const plan = connect(
      { productKey: "a1hahpgAs3s", signMethod: "hmacsha1", timestamp: "1544257319" },
      { deviceName: "test", deviceSecret: "qIpssQEfjxuGoiDHCiQ6PZb1vUJ7SsAM" },
    );
    assert.equal(plan.clientId, "test|securemode=3,signmethod=hmacsha1,timestamp=1544257319|");
    assert.equal(plan.username, "test&a1hahpgAs3s");
    assert.equal(plan.password, "c65de7069643b59fc972e8884fede9aaffeada38");
  });

  it("says securemode 2 with TLS, signs a client id of its own, and keeps topics under its product", () => {
    const tls = {} as AliyunConfig["tls"];
    const plan = connect(
      { productKey: "a1B2c3D4e5F", signMethod: "hmacsha256", topicBase: "/a1B2c3D4e5F/{deviceName}/user", ...(tls && { tls }) },
      { deviceName: "dev", deviceSecret: "s".repeat(32), clientId: "me" },
    );
    assert.equal(plan.clientId, "me|securemode=2,signmethod=hmacsha256|");
    const content = "clientIdmedeviceNamedevproductKeya1B2c3D4e5F";
    assert.equal(plan.password, createHmac("sha256", "s".repeat(32)).update(content).digest("hex"));
    assert.equal(plan.base, "/a1B2c3D4e5F/dev/user");
    assert.equal(plan.heartbeatTopic, "/ext/ntp/a1B2c3D4e5F/dev/request");
  });

  it("names what is missing", () => {
    assert.match(authorize(product({}), {}, info, "").error as string, /^credentials-refused: .*deviceSecret/);
  });
});
