/** Published and computed signatures, and every known way to log in: accepted as they are, refused with one digit changed. */
import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { admit } from "../../../host/clouds/aliyun/admission.ts";
import { parseUsername } from "../../../host/clouds/aliyun/identifier.ts";
import type { DeviceNames } from "../../../host/clouds/aliyun/identifier.ts";
import { isSame, isSignature, signedContent } from "../../../host/clouds/aliyun/signature.ts";
import { crc16 } from "../../../host/clouds/alink/blocks.ts";
import type { World } from "../../../host/clouds/aliyun/world.ts";
import { checksum, fieldsOf, registrations, registrationTriples, triples, vectors } from "./aliyun-data.ts";
import { closeAll, DN, PK, testWorld } from "./support.ts";

afterEach(closeAll);

const changed = (text: string): string => text.replace(/.$/, (last) => (last == "0" ? "1" : "0"));

describe("a signature", () => {
  for (const { name, algorithm, key, content, digest } of [...vectors, ...registrations]) {
    it(name, () => {
      assert.ok(isSignature(digest, algorithm, key, content));
      assert.ok(isSignature(digest.toUpperCase(), algorithm, key, content));
      for (const text of [changed(digest), digest.slice(2), `${digest}00`, "", "not hex"])
        assert.ok(!isSignature(text, algorithm, key, content), text);
    });
  }

  it("is made over names and values in alphabetical order, without what is not sent", () => {
    for (const { content } of vectors) assert.equal(signedContent(fieldsOf(content)), content);
    assert.equal(
      signedContent({ random: "4711", productKey: PK, deviceName: DN }),
      registrations.find(({ name }) => name == "demo.dynreg.hmacmd5")?.content,
    );
    assert.equal(signedContent({ timestamp: undefined, clientId: "c" }), "clientIdc");
  });

  it("is not the only secret that is compared", () => {
    assert.ok(isSame("abc", "abc"));
    for (const other of ["abd", "ab", "", "abcd"]) assert.ok(!isSame(other, "abc"));
  });
});

/** A platform with this product and device. */
async function worldOf({ productKey, deviceName }: DeviceNames, deviceSecret: string, productSecret = "p"): Promise<World> {
  const world = await testWorld();
  if (productKey != PK) {
    world.registry.addProduct({ productKey, productSecret, registration: true });
    world.registry.addDevice({ productKey, deviceName }, deviceSecret);
  }
  return world;
}

describe("a known device", () => {
  for (const { name, clientId, username, password, deviceSecret, keepaliveS = 120 } of triples) {
    it(`${name} gets in, and with one digit changed does not`, async () => {
      const world = await worldOf(parseUsername(username) ?? assert.fail(username), deviceSecret);
      world.switches.strictSecuremode = true;
      const secure = clientId.includes("securemode=2");
      const ask = (text: string): ReturnType<typeof admit> =>
        admit({ clientId, username, password: Buffer.from(text), keepaliveS, clean: true, secure }, world);
      const wrong = ask(changed(password));
      assert.equal("code" in wrong && wrong.code, 4);
      const right = ask(password);
      assert.deepEqual("guest" in right ? right.guest.warnings : right, []);
    });
  }
});

describe("a known registration", () => {
  for (const { name, clientId, username, password } of registrationTriples) {
    it(`${name} gets in, and with one digit changed does not`, async () => {
      const world = await testWorld();
      const ask = (text: string, secure = true): ReturnType<typeof admit> =>
        admit({ clientId, username, password: Buffer.from(text), keepaliveS: 0, clean: true, secure }, world);
      const wrong = ask(changed(password));
      assert.equal("code" in wrong && wrong.code, 4);
      const plain = ask(password, false);
      assert.equal("code" in plain && plain.code, 2);
      const right = ask(password);
      assert.equal("guest" in right && right.guest.greeting()[0]?.topic, name.includes("regnwl") ? "/ext/regnwl" : "/ext/register");
    });
  }
});

it("a checksum is the known one, and goes over the wire with its low byte first", () => {
  const sum = crc16(Buffer.from(checksum.input, "hex"));
  assert.equal(sum, Number(checksum.crc));
  assert.equal(Buffer.from([sum & 255, sum >> 8]).toString("hex"), checksum.onWireHex);
});
