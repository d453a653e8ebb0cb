/** The list of what must fail, and how (cloud reference, 9.6), over real sockets, packet by packet. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { afterEach, describe, it } from "node:test";
import { crc16 } from "../../../host/clouds/alink/blocks.ts";
import {
  closeAll,
  codeOf,
  device,
  DN,
  DS,
  hmac,
  https,
  loginFields,
  ME,
  NAMES,
  PK,
  post,
  PS,
  rawClient,
  registrationFields,
  START_MS,
  startCloud,
} from "./support.ts";
import type { TestCloud } from "./support.ts";

afterEach(closeAll);

const CONTENT = `clientId${DN}deviceName${DN}productKey${PK}`;
const TIMESTAMP = "1700000000000";
/** The last digit is another one. */
const changed = (sign: string): string => sign.replace(/.$/, (last) => (last == "0" ? "1" : "0"));

describe("passwords", () => {
  it("in upper-case hex are accepted", async () => {
    assert.equal(await codeOf(await startCloud(), { password: hmac("sha256", DS, CONTENT).toUpperCase() }), 0);
  });

  it("with one digit changed: 4", async () => {
    for (const method of ["hmacmd5", "hmacsha1", "hmacsha256"])
      assert.equal(await codeOf(await startCloud(), { method, password: changed(hmac(method, DS, CONTENT)) }), 4, method);
  });

  it("with a timestamp in the client id but not in what is signed: 4, and the reverse: 4", async () => {
    const cloud = await startCloud();
    const parameters = `securemode=2,signmethod=hmacsha256,timestamp=${TIMESTAMP}`;
    assert.equal(await codeOf(cloud, { parameters }), 4);
    assert.equal(await codeOf(cloud, { content: `${CONTENT}timestamp${TIMESTAMP}` }), 4);
    assert.equal(await codeOf(cloud, { parameters, content: `${CONTENT}timestamp${TIMESTAMP}` }), 0);
  });

  it("made with MD5 where signmethod says hmacsha1: 4", async () => {
    assert.equal(await codeOf(await startCloud(), { method: "hmacsha1", password: hmac("md5", DS, CONTENT) }), 4);
  });

  it("made with MD5 where there is no signmethod: 0", async () => {
    assert.equal(await codeOf(await startCloud(), { parameters: "securemode=2", password: hmac("md5", DS, CONTENT) }), 0);
  });
});

describe("connections", () => {
  it("with a client id without pipes but a user name dn&pk: 2", async () => {
    const cloud = await startCloud();
    const client = await rawClient(cloud);
    assert.equal(await client.connect({ ...loginFields(), clientId: DN }), 2);
  });

  it("with keepalive 29: 2, 30: 0, 1201: counts as 1200", async () => {
    const cloud = await startCloud();
    assert.equal(await codeOf(cloud, { keepalive: 29 }), 2);
    assert.equal(await codeOf(cloud, { keepalive: 30 }), 0);
    const client = await device(cloud, { keepalive: 1201 });
    await cloud.event("warning", ({ message }) => message == "keepalive 1201 s counts as 1200 s");
    await cloud.clock.advance(1200 * 1500 - 1);
    assert.ok(!client.socket.destroyed);
    await cloud.clock.advance(1);
    await client.closed;
  });

  it("of two clients with one device: the first is closed, without a packet", async () => {
    const cloud = await startCloud();
    const first = await device(cloud, { clientId: "one" });
    const second = await device(cloud, { clientId: "two" });
    await first.closed;
    assert.deepEqual(
      first.got.map(({ cmd }) => cmd),
      ["connack"],
    );
    assert.equal((await cloud.event("replaced")).client, ME);
    assert.ok(!second.socket.destroyed);
  });
});

describe("registration", () => {
  const register = (cloud: TestCloud): ReturnType<typeof post> =>
    post(cloud, "/auth/register/device", {
      ...{ productKey: PK, deviceName: DN, random: "4711", signMethod: "hmacsha256" },
      sign: hmac("sha256", PS, `deviceName${DN}productKey${PK}random4711`),
    });

  it("twice before activation gives two secrets; the first no longer works: 4", async () => {
    const cloud = await startCloud();
    const [first, second] = [(await register(cloud)).json.data["deviceSecret"], (await register(cloud)).json.data["deviceSecret"]];
    assert.notEqual(first, second);
    assert.equal(await codeOf(cloud, { secret: first as string }), 4);
    assert.equal(await codeOf(cloud, { secret: second as string }), 0);
  });

  it("after activation: 6289 over HTTPS, 4 over MQTT, until it is reset", async () => {
    const cloud = await startCloud();
    assert.equal(await codeOf(cloud), 0);
    assert.equal((await register(cloud)).json.code, 6289);
    assert.equal(await codeOf(cloud, registrationFields("register")), 4);
    assert.equal(await codeOf(cloud, registrationFields("regnwl")), 4);
    cloud.api.resetActivation(NAMES);
    assert.equal((await register(cloud)).json.code, 200);
  });

  it("with regnwl, then connwl with the token", async () => {
    const cloud = await startCloud();
    const registering = await rawClient(cloud);
    assert.equal(await registering.connect(registrationFields("regnwl", { deviceName: "never-seen" })), 0);
    const { topic, text } = await registering.message();
    assert.equal(topic, "/ext/regnwl");
    const given = JSON.parse(text) as Record<string, string>;
    assert.deepEqual(Object.keys(given), ["productKey", "deviceName", "clientId", "deviceToken"]);
    assert.equal(given["deviceName"], "never-seen");
    const login = { clientId: given["clientId"] as string, username: `never-seen&${PK}`, parameters: "securemode=-2,authType=connwl" };
    assert.equal(await codeOf(cloud, { ...login, password: given["deviceToken"] as string }), 0);
    assert.equal(await codeOf(cloud, { ...login, password: changed(given["deviceToken"] as string) }), 4);
    assert.equal(await codeOf(cloud, { ...login, clientId: "another", password: given["deviceToken"] as string }), 4);
    assert.equal(await codeOf(cloud, { ...login, password: given["deviceToken"] as string }, "tcp"), 2);
  });

  it("over TCP: 2", async () => {
    const cloud = await startCloud();
    for (const authType of ["register", "regnwl"] as const) assert.equal(await codeOf(cloud, registrationFields(authType), "tcp"), 2);
  });

  it("is answered on /ext/register although nothing was subscribed", async () => {
    const cloud = await startCloud();
    const client = await rawClient(cloud);
    assert.equal(await client.connect(registrationFields("register")), 0);
    const { topic, text } = await client.message();
    assert.equal(topic, "/ext/register");
    const { deviceSecret, ...names } = JSON.parse(text) as Record<string, string>;
    assert.deepEqual(names, NAMES);
    assert.equal(await codeOf(cloud, { secret: deviceSecret as string }), 0);
  });

  it("is over after 15 s: the session is closed", async () => {
    const cloud = await startCloud();
    const client = await rawClient(cloud);
    await client.connect(registrationFields("register"));
    await client.message();
    await cloud.clock.advance(14_999);
    assert.ok(!client.socket.destroyed);
    await cloud.clock.advance(1);
    await client.closed;
  });
});

describe("messages", () => {
  it("subscribed to under another product: 0x80", async () => {
    const client = await device(await startCloud());
    assert.deepEqual(await client.subscribe([`/other/${DN}/user/get`, `/${PK}/other/user/get`, `/${ME}/user/get`]), [0x80, 0x80, 1]);
    assert.ok(!client.socket.destroyed);
  });

  it("with QoS 1 and clean session 0 come after a reconnect", async () => {
    const cloud = await startCloud();
    const first = await device(cloud, { clean: false });
    await first.subscribe([`/${ME}/user/get`]);
    cloud.api.publish({ topic: `/${ME}/user/get`, payload: Buffer.from("not acknowledged"), qos: 1 });
    const { packet } = await first.message();
    first.socket.destroy();
    await cloud.event("disconnect");
    cloud.api.publish({ topic: `/${ME}/user/get`, payload: Buffer.from("while away"), qos: 1 });
    cloud.api.publish({ topic: `/${ME}/user/get`, payload: Buffer.from("QoS 0 is lost"), qos: 0 });
    await cloud.event("answer", ({ qos }) => qos == 0);
    const second = await device(cloud, { clean: false });
    assert.equal((second.got[0] as { sessionPresent: boolean }).sessionPresent, true);
    const again = await second.message();
    assert.deepEqual([again.text, again.packet.dup, again.packet.messageId], ["not acknowledged", true, packet.messageId]);
    const missed = await second.message();
    assert.deepEqual([missed.text, missed.packet.dup], ["while away", false]);
  });

  it("of the time service allow the clock to be set", async () => {
    const cloud = await startCloud();
    const client = await device(cloud);
    await client.subscribe([`/ext/ntp/${ME}/response`]);
    await cloud.clock.advance(5000);
    // The device's clock is an hour behind, and it takes no time from here to there.
    const device0 = START_MS + 5000 - 3_600_000;
    await client.publish(`/ext/ntp/${ME}/request`, JSON.stringify({ deviceSendTime: String(device0) }), 0);
    const { deviceSendTime, serverRecvTime, serverSendTime } = await client.json();
    assert.equal(deviceSendTime, String(device0));
    assert.equal((Number(serverRecvTime) + Number(serverSendTime) + device0 - Number(deviceSendTime)) / 2, START_MS + 5000);
  });
});

describe("updates", () => {
  const SOFTWARE = Buffer.from(Array.from({ length: 700 }, (_, i) => (i * 7) % 256));
  const UPGRADE = `/ota/device/upgrade/${ME}`;

  async function informed(cloud: TestCloud): ReturnType<typeof device> {
    const client = await device(cloud);
    await client.publish(`/ota/device/inform/${ME}`, '{"id":1,"params":{"version":"1.0.0"}}');
    return client;
  }

  it("over MQTT: a block with a wrong CRC is right when it is asked for again", async () => {
    const cloud = await startCloud();
    const client = await informed(cloud);
    cloud.api.update(NAMES, { version: "2.0.0", content: SOFTWARE, transport: "mqtt" });
    const { data } = (await client.json()) as { data: { streamId: number; streamFileId: number; size: number; sign: string } };
    cloud.api.fail({ corruptBlocks: 1 });
    await client.subscribe([`/sys/${ME}/thing/file/download_reply`]);
    const block = async (): Promise<{ bytes: Buffer; good: boolean }> => {
      const params = { fileInfo: { streamId: data.streamId, fileId: data.streamFileId }, fileBlock: { size: 256, offset: 512 } };
      await client.publish(`/sys/${ME}/thing/file/download`, JSON.stringify({ id: "1", version: "1.0", params }), 0);
      const frame = Buffer.from((await client.next("publish")).payload as Buffer);
      const bytes = frame.subarray(2 + frame.readUInt16BE(0), -2);
      return { bytes, good: frame.readUInt16LE(frame.length - 2) == crc16(bytes) };
    };
    assert.equal((await block()).good, false);
    const { bytes, good } = await block();
    assert.ok(good);
    assert.deepEqual(bytes, SOFTWARE.subarray(512));
    assert.equal(data.size, SOFTWARE.length);
    assert.equal(data.sign, createHash("sha256").update(SOFTWARE).digest("hex"));
  });

  it("with a digest that is wrong: step -3 ends them", async () => {
    const cloud = await startCloud();
    const client = await informed(cloud);
    const { id } = cloud.api.update(NAMES, { version: "2.0.0", content: SOFTWARE, wrongDigest: true });
    const { data } = (await client.json()) as { data: { sign: string } };
    assert.notEqual(data.sign, createHash("sha256").update(SOFTWARE).digest("hex"));
    await client.publish(`/ota/device/progress/${ME}`, '{"id":"2","params":{"step":"-3","desc":"digest"}}');
    await cloud.event("job", ({ status }) => status == "failed");
    assert.deepEqual(cloud.api.job(id), {
      ...NAMES,
      id,
      module: "default",
      version: "2.0.0",
      status: "failed",
      step: "-3",
      description: "digest",
    });
  });

  it("have succeeded only after the new version is reported", async () => {
    const cloud = await startCloud();
    const client = await informed(cloud);
    const { id } = cloud.api.update(NAMES, { version: "2.0.0", content: SOFTWARE });
    assert.equal((await client.message()).topic, UPGRADE, "without having subscribed");
    await client.publish(`/ota/device/progress/${ME}`, '{"id":"2","params":{"step":"100","desc":""}}');
    await cloud.event("job", ({ step }) => step == "100");
    assert.equal(cloud.api.job(id).status, "upgrading");
    await client.publish(`/ota/device/inform/${ME}`, '{"id":"3","params":{"version":"1.0.0"}}');
    await client.publish(`/ota/device/inform/${ME}`, '{"id":"4","params":{"version":"2.0.0"}}');
    await cloud.event("job", ({ status }) => status == "succeeded");
    assert.equal(cloud.api.job(id).status, "succeeded");
  });

  it("over HTTPS go on where a broken download stopped", async () => {
    const cloud = await startCloud();
    const client = await informed(cloud);
    cloud.api.update(NAMES, { version: "2.0.0", content: SOFTWARE, signMethod: "Md5" });
    const { data } = (await client.json()) as { data: { url: string; md5: string } };
    const path = data.url.replace(/^https:\/\/[^/]+/, "");
    cloud.api.fail({ cutAnswers: 1, cutAfterBytes: 300 });
    await assert.rejects(https(cloud, path));
    const rest = await https(cloud, path, { headers: { Range: "bytes=300-" } });
    assert.equal(rest.status, 206);
    assert.equal(rest.headers["content-range"], `bytes 300-699/700`);
    const whole = Buffer.concat([SOFTWARE.subarray(0, 300), rest.body]);
    assert.equal(createHash("md5").update(whole).digest("hex"), data.md5);
  });
});
