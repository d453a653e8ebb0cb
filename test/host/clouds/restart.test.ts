/** What an emulated Aliyun still knows after it was ended, gently or not. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, it } from "node:test";
import { LOADER } from "../../../host/loader/loader.ts";
import { IN_MEMORY, openDatabase } from "../../../host/store/database.ts";
import { atEnd, closeAll, codeOf, device, DN, DS, hmac, ME, NAMES, PK, post, startCloud } from "./support.ts";

afterEach(closeAll);

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "cloud-"));
  atEnd(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

describe("a platform that is started again", () => {
  it("knows products, devices, tokens, shadows and jobs", async () => {
    const file = join(folder(), "aliyun.db");
    const first = await startCloud({}, { file });
    const client = await device(first);
    await client.publish(`/shadow/update/${ME}`, '{"method":"update","state":{"reported":{"a":1}},"version":1}');
    const sign = hmac("sha256", DS, `clientIdcdeviceName${DN}productKey${PK}`);
    const { iotId, iotToken } = (
      await post(first, "/auth/devicename", { productKey: PK, deviceName: DN, clientId: "c", signmethod: "hmacsha256", sign })
    ).json.data as Record<string, string>;
    await client.publish(`/ota/device/inform/${ME}`, '{"id":1,"params":{"version":"1"}}');
    const { id } = first.api.update(NAMES, { version: "2", content: Buffer.from("software") });
    await first.close();

    const second = await startCloud({}, { file });
    assert.deepEqual(second.api.shadow(NAMES).reported, { a: 1 });
    assert.equal(second.api.job(id).status, "pushed");
    assert.ok(second.api.state(NAMES).activated);
    const fields = { clientId: "c", username: iotId, password: Buffer.from(iotToken as string), keepalive: 60, clean: true };
    assert.equal(await codeOf(second, { cmd: "connect", protocolId: "MQTT", protocolVersion: 4, ...fields } as never), 0);
    const again = await device(second);
    assert.match((await again.message()).text, /"version":"2"/, "the update is pushed again");
  });

  it("goes on with a session as if nothing had happened", async () => {
    const file = join(folder(), "aliyun.db");
    const first = await startCloud({}, { file });
    const client = await device(first, { clean: false });
    await client.subscribe([`/${ME}/user/get`]);
    first.api.publish({ topic: `/${ME}/user/get`, payload: Buffer.from("not acknowledged"), qos: 1 });
    const before = (await client.message()).packet;
    await first.close();
    const second = await startCloud({}, { file });
    const again = await device(second, { clean: false });
    assert.ok((again.got[0] as { sessionPresent: boolean }).sessionPresent);
    const { text, packet } = await again.message();
    assert.deepEqual([text, packet.dup, packet.messageId], ["not acknowledged", true, before.messageId]);
    second.api.publish({ topic: `/${ME}/user/get`, payload: Buffer.from("new"), qos: 1 });
    assert.equal((await again.message()).text, "new");
  });
});

/** Registers devices without end, and prints each secret once it has been given. */
const REGISTERING = `
  import { startCloud, PK, PS, hmac, post } from ${JSON.stringify(new URL("support.ts", import.meta.url).href)};
  const cloud = await startCloud({}, { file: process.argv[1] });
  process.stdout.write("ready\\n");
  for (let i = 0; ; i++) {
    const deviceName = "device-" + i;
    cloud.api.addDevice(PK, deviceName);
    const sign = hmac("sha256", PS, "deviceName" + deviceName + "productKey" + PK + "random1");
    const reply = await post(cloud, "/auth/register/device", { productKey: PK, deviceName, random: "1", sign, signMethod: "hmacsha256" });
    process.stdout.write(deviceName + " " + reply.json.data.deviceSecret + "\\n");
  }`;

it("a platform that is killed in the middle of registrations has all that it acknowledged", async () => {
  const file = join(folder(), "aliyun.db");
  const child = spawn(process.execPath, ["--import", LOADER, "--input-type=module", "--eval", REGISTERING, file], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  const enough = new Promise<void>((resolve) => {
    child.stdout.on("data", (data: Buffer) => {
      output += data.toString();
      if (output.split("\n").length > 12) resolve();
    });
  });
  await enough;
  child.kill("SIGKILL");
  await once(child, "close");
  assert.ok(existsSync(`${file}.lock`), "it was not ended gently");

  const given = [...output.matchAll(/^(\S+) ([0-9a-f]{32})\n/gm)];
  assert.ok(given.length >= 10);
  const cloud = await startCloud({}, { file });
  for (const [, deviceName = "", secret = ""] of given) {
    const content = `clientIdcdeviceName${deviceName}productKey${PK}`;
    assert.equal(await codeOf(cloud, { clientId: "c", username: `${deviceName}&${PK}`, secret, content }), 0, deviceName);
  }
});

describe("a database", () => {
  const SCHEMA = "CREATE TABLE t (a INTEGER PRIMARY KEY, b BLOB)";

  it("belongs to one process", async () => {
    const file = join(folder(), "x.db");
    const db = await openDatabase(file, 1, SCHEMA);
    await assert.rejects(openDatabase(file, 1, SCHEMA), /x\.db is in use by another process/);
    await db.close();
    await db.close();
    await (await openDatabase(file, 1, SCHEMA)).close();
  });

  it("of another version is refused, and free again", async () => {
    const file = join(folder(), "x.db");
    await (await openDatabase(file, 1, SCHEMA)).close();
    await assert.rejects(openDatabase(file, 2, SCHEMA), /has data of version 1; this program reads version 2/);
    await (await openDatabase(file, 1, SCHEMA)).close();
  });

  it("cannot be where a folder is", async () => {
    const file = join(folder(), "x.db");
    mkdirSync(file);
    await assert.rejects(openDatabase(file, 1, SCHEMA));
  });

  it("writes all of what belongs together, or nothing", async () => {
    const db = await openDatabase(IN_MEMORY, 1, SCHEMA);
    atEnd(() => db.close());
    assert.throws(
      () =>
        db.atomically(() => {
          db.run("INSERT INTO t VALUES (1, ?)", Buffer.from([0, 255]));
          db.atomically(() => db.run("INSERT INTO t VALUES (2, NULL)"));
          throw new Error("half-way");
        }),
      /half-way/,
    );
    assert.deepEqual(db.all("SELECT * FROM t"), []);
    db.atomically(() => db.run("INSERT INTO t VALUES (1, ?)", Buffer.from([0, 255])));
    assert.deepEqual(Buffer.from(db.get("SELECT b FROM t")?.["b"] as Uint8Array), Buffer.from([0, 255]));
  });
});
