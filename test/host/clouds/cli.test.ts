/** `npm run cloud` as another program sees it, and its owner's commands. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, it } from "node:test";
import { connectAsync } from "mqtt";
import { LOADER } from "../../../host/loader/loader.ts";
import { atEnd, closeAll, coming, DN, hmac, PK } from "./support.ts";

afterEach(closeAll);

const CLI = new URL("../../../host/clouds/cli.ts", import.meta.url).pathname;
const FREE = ["--mqtt", "0", "--mqtts", "0", "--https", "0", "--admin", "0"];

interface Run {
  child: ChildProcess;
  out(): string;
  errors(): string;
  /** Resolves when standard output has this. @throws when the program ends before. */
  says(pattern: RegExp): Promise<RegExpExecArray>;
  /** @returns the exit code. */
  end(signal?: NodeJS.Signals): Promise<number | null>;
}

function run(...args: string[]): Run {
  const child = spawn(process.execPath, ["--import", LOADER, CLI, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let [out, errors] = ["", ""];
  const watchers = new Set<() => void>();
  const closed = once(child, "close");
  child.stdout.on("data", (data: Buffer) => {
    out += data.toString();
    for (const look of watchers) look();
  });
  child.stderr.on("data", (data: Buffer) => (errors += data.toString()));
  atEnd(() => void child.kill("SIGKILL"));
  return {
    child,
    out: () => out,
    errors: () => errors,
    says: (pattern) => {
      const said = new Promise<RegExpExecArray>((resolve, reject) => {
        const look = (): void => {
          const found = pattern.exec(out);
          if (found) resolve(found);
        };
        watchers.add(look);
        look();
        void closed.then(() => reject(new Error(`it ended without saying ${String(pattern)}: ${out}${errors}`)));
      });
      return coming(String(pattern), said, () => out + errors);
    },
    end: async (signal) => {
      if (signal) child.kill(signal);
      await closed;
      return child.exitCode;
    },
  };
}

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "cloud-cli-"));
  atEnd(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

async function portOf(running: Run, what: string): Promise<number> {
  return Number((await running.says(new RegExp(`^${what} .*?:(\\d+)`, "m")))[1]);
}

describe("usage", () => {
  for (const [args, complaint] of [
    [["--nonsense"], "--nonsense"],
    [["--mqtt", "x"], "must be a whole number from 0 to 65535"],
    [["--data", folder(), "--set", "strict=true"], 'no switch "strict"; there are: strictSecuremode'],
    [["--platform", "other"], 'no platform "other"; there are: aliyun'],
    [["extra"], "too many arguments"],
  ] as const) {
    it(`${args.join(" ")} is wrong`, async () => {
      const wrong = run(...args);
      assert.equal(await wrong.end(), 2);
      assert.ok(wrong.errors().includes(complaint), wrong.errors());
    });
  }

  it("has help, with every switch", async () => {
    const help = run("--help");
    assert.equal(await help.end(), 0);
    for (const text of ["--mqtts <port>", "strictKeepalive=false", "tokenMs=604800000", "Exit codes"])
      assert.ok(help.out().includes(text), text);
  });

  for (const [args, reason] of [[["--listen", "203.0.113.1"], /203\.0\.113\.1 is no address of this PC/]] as const) {
    it(`${args.join(" ")} fails with the reason as its last line`, async () => {
      const failed = run(...FREE, "--data", folder(), ...args);
      assert.equal(await failed.end(), 1);
      assert.match(failed.errors(), new RegExp(`^cloud failed: .*${reason.source}.*\\n$`));
    });
  }

  for (const what of ["mqtt", "https", "admin"]) {
    it(`says which port is taken: ${what}`, async () => {
      const server = createServer().listen(0, "127.0.0.1");
      atEnd(() => void server.close());
      await once(server, "listening");
      const { port } = server.address() as AddressInfo;
      const failed = run(...FREE, "--data", folder(), `--${what}`, String(port));
      assert.equal(await failed.end(), 1);
      assert.match(failed.errors(), new RegExp(`cloud failed: port ${port} of 127\\.0\\.0\\.1 is taken`));
    });
  }
});

describe("a cloud that runs", () => {
  it("says where it is, writes its authority, lets its demo device in, says whom it refuses, and stops on Ctrl-C", async () => {
    const data = folder();
    const ca = join(data, "authority.pem");
    const running = run(...FREE, "--data", data, "--ca", ca);
    await running.says(/^ready$/m);
    const demo = JSON.parse(readFileSync(join(data, "demo.json"), "utf8")) as Record<
      "productKey" | "productSecret" | "deviceName" | "deviceSecret",
      string
    >;
    assert.equal(statSync(join(data, "demo.json")).mode & 0o077, 0, "secrets are for their owner only");
    const content = `clientIdxdeviceName${demo.deviceName}productKey${demo.productKey}`;
    const url = `mqtts://localhost:${await portOf(running, "mqtts")}`;
    const login = {
      clientId: "x|securemode=2,signmethod=hmacsha256|",
      username: `${demo.deviceName}&${demo.productKey}`,
      password: hmac("sha256", demo.deviceSecret, content),
      ca: readFileSync(ca),
      reconnectPeriod: 0,
    };
    const client = await connectAsync(url, login, false);
    await client.endAsync();
    await assert.rejects(
      connectAsync(url, { ...login, password: "0".repeat(64) }, false),
      (error: Error & { code: number }) => error.code == 4,
    );
    await running.says(
      /^\S+ client x\|securemode=2,signmethod=hmacsha256\| refused with CONNACK 4: wrong signature: hmacsha256 with the device's secret/m,
    );
    assert.equal(await running.end("SIGINT"), 0);
    for (const secret of [demo.deviceSecret, demo.productSecret, login.password])
      assert.ok(!running.out().includes(secret) && !running.errors().includes(secret));
  });

  it("belongs to one process, and goes on after kill -9 with the same authority", async () => {
    const data = folder();
    const first = run(...FREE, "--data", data);
    await first.says(/^ready$/m);
    const ca = readFileSync(join(data, "ca.pem"), "utf8");
    const second = run(...FREE, "--data", data);
    assert.equal(await second.end(), 1);
    assert.match(second.errors(), /aliyun\.db is in use by another process/);
    await first.end("SIGKILL");
    const third = run(...FREE, "--data", data);
    await third.says(/^data .*: 1 product$/m);
    await third.says(/^ready$/m);
    assert.equal(readFileSync(join(data, "ca.pem"), "utf8"), ca);
    assert.equal(await third.end("SIGTERM"), 0);
  });
});

describe("other platforms", () => {
  /** What a device connects with, from the demo's secrets. */
  const logins = {
    tuya: (demo: Record<string, string>) => {
      const signed = "timestamp=1780272000,secureMode=1,accessType=1";
      return {
        clientId: `tuyalink_${demo["deviceId"]}`,
        username: `${demo["deviceId"]}|signMethod=hmacSha256,${signed}`,
        password: hmac("sha256", demo["deviceSecret"] as string, `deviceId=${demo["deviceId"]},${signed}`),
      };
    },
    onenet: (demo: Record<string, string>) => {
      const res = `products/${demo["productId"]}/devices/${demo["deviceName"]}`;
      const sign = createHmac("md5", Buffer.from(demo["deviceKey"] as string, "base64"))
        .update(`32472115200\nmd5\n${res}\n2018-10-31`)
        .digest("base64");
      return {
        clientId: demo["deviceName"] as string,
        username: demo["productId"] as string,
        password: `version=2018-10-31&res=${encodeURIComponent(res)}&et=32472115200&method=md5&sign=${encodeURIComponent(sign)}`,
      };
    },
  };

  for (const platform of ["tuya", "onenet"] as const) {
    it(`${platform} says where it is, lets its demo device in, obeys its owner, and remembers`, async () => {
      const data = folder();
      const options = [...FREE, "--platform", platform, "--data", data, "--set", "refusalCode=5"];
      const running = run(...options);
      await running.says(/^ready$/m);
      const demo = JSON.parse(readFileSync(join(data, "demo.json"), "utf8")) as Record<string, string>;
      assert.equal(statSync(join(data, "demo.json")).mode & 0o077, 0, "secrets are for their owner only");
      const url = `mqtts://localhost:${await portOf(running, "mqtts")}`;
      const login = { ...logins[platform](demo), ca: readFileSync(join(data, "ca.pem")), reconnectPeriod: 0 };
      const client = await connectAsync(url, login, false);
      atEnd(() => client.endAsync(true));
      await assert.rejects(connectAsync(url, { ...login, password: "x" }, false), (error: Error & { code: number }) => error.code == 5);

      const { deviceId, productId, deviceName } = demo;
      const names = platform == "tuya" ? { deviceId } : { productId, deviceName };
      const prefix = platform == "tuya" ? `tylink/${deviceId}` : `$sys/${productId}/${deviceName}`;
      const answer = platform == "tuya" ? "set_response" : "set_reply";
      await client.subscribeAsync(`${prefix}/thing/property/set`);
      client.on("message", (topic, payload) => {
        const { msgId, id } = JSON.parse(payload.toString()) as { msgId?: string; id?: string };
        void client.publishAsync(topic.replace(/set$/, answer), JSON.stringify({ msgId, id, code: 42 }));
      });
      const admin = `http://127.0.0.1:${await portOf(running, "admin")}`;
      const post = async (command: string, body: object): Promise<unknown> => {
        const headers = { "Content-Type": "application/json" };
        return (await fetch(`${admin}/${command}`, { method: "POST", body: JSON.stringify(body), headers })).json();
      };
      assert.deepEqual(await post("setProperties", { ...names, properties: { a: 1 } }), { code: 42 });
      await post("setDesired", { ...names, properties: { a: 1 } });
      assert.deepEqual(await post("device", names), { online: true, properties: {}, desired: { a: 1 } });
      assert.match(JSON.stringify(await post("set", { name: "refusalCode", value: 3 })), /none of 4, 5/);
      assert.equal(await running.end("SIGINT"), 0);
      for (const secret of Object.entries(demo).filter(([name]) => /secret|key/i.test(name)))
        assert.ok(!running.out().includes(secret[1]) && !running.errors().includes(secret[1]));

      const again = run(...options);
      await again.says(/^data .*: 1 (device|product)$/m);
      await again.says(/^ready$/m);
      const later = await fetch(`http://127.0.0.1:${await portOf(again, "admin")}/device`, {
        method: "POST",
        body: JSON.stringify(names),
        headers: { "Content-Type": "application/json" },
      });
      assert.deepEqual(await later.json(), { online: false, properties: {}, desired: { a: 1 } });
      assert.equal(await again.end("SIGTERM"), 0);
    });
  }
});

describe("commands", () => {
  async function admin(): Promise<{
    running: Run;
    url: string;
    post(command: string, body: unknown): Promise<{ status: number; value: Record<string, unknown> }>;
  }> {
    const running = run(...FREE, "--data", folder(), "--verbose");
    const url = `http://127.0.0.1:${await portOf(running, "admin")}`;
    await running.says(/^ready$/m);
    return {
      ...{ running, url },
      post: async (command, body) => {
        const text = typeof body == "string" ? body : JSON.stringify(body);
        const response = await fetch(`${url}/${command}`, { method: "POST", body: text, headers: { "Content-Type": "application/json" } });
        return { status: response.status, value: (await response.json()) as Record<string, unknown> };
      },
    };
  }
  const device = { productKey: PK, deviceName: DN };

  it("do what the owner wants, and name what is wrong", async () => {
    const { url, post } = await admin();
    const made = await post("addProduct", { registration: true });
    assert.equal(made.status, 200);
    const productKey = made.value["productKey"] as string;
    assert.match(productKey, /^a1\w{9}$/);
    const added = await post("addDevice", { productKey, deviceName: "meter-1" });
    assert.match(added.value["deviceSecret"] as string, /^[0-9a-f]{32}$/);
    assert.deepEqual((await post("devices", { productKey })).value, ["meter-1"]);
    const { value: state } = await post("device", { productKey, deviceName: "meter-1" });
    assert.deepEqual([state["online"], state["activated"], state["enabled"]], [false, false, true]);
    assert.deepEqual(await post("set", { name: "limits", value: true }), { status: 200, value: {} });
    const job = await post("update", { ...device, version: "2", content: { base64: "AAE=" } });
    assert.deepEqual([job.value["status"], (await post("job", { id: job.value["id"] })).value["version"]], ["queued", "2"]);
    await post("setShadow", { ...device, desired: { color: "green" } });
    assert.deepEqual((await post("shadow", device)).value["desired"], { color: "green" });

    for (const [command, body, status, error] of [
      ["nothing", {}, 400, /no command "nothing"; there are: addProduct/],
      ["addDevice", { productKey }, 400, /addDevice: body must have required property 'deviceName'/],
      ["addDevice", { productKey, deviceName: "x", colour: 1 }, 400, /addDevice: unknown field "colour"/],
      ["job", { id: "one" }, 400, /job: id must be integer/],
      ["device", "{", 400, /the body is not JSON/],
      ["device", { productKey, deviceName: "nobody" }, 422, /there is no device "nobody"/],
      ["set", { name: "what", value: 1 }, 422, /no switch "what"/],
      ["setProperties", { ...device, properties: {} }, 422, /is not connected/],
    ] as const) {
      const answer = await post(command, body);
      assert.equal(answer.status, status, command);
      assert.match(String(answer.value["error"]), error);
    }
    assert.equal((await fetch(`${url}/kick`, { method: "POST", body: "{}" })).status, 415, "not for web pages");
    assert.equal((await fetch(`${url}/kick`)).status, 405);
    const commands = (await (await fetch(url)).json()) as Record<string, { help: string }>;
    assert.ok(commands["rrpc"]?.help && !("events" in commands));
  });

  it("tell events, one JSON line each, and what a device answers", async () => {
    const { running, url, post } = await admin();
    const events = (await fetch(`${url}/events`)).body?.getReader() ?? assert.fail();
    const { value: product } = await post("addProduct", {});
    const names = { productKey: product["productKey"] as string, deviceName: "meter" };
    const { value: added } = await post("addDevice", names);
    const content = `clientIdxdeviceNamemeterproductKey${names.productKey}`;
    const client = await connectAsync(
      `mqtt://127.0.0.1:${await portOf(running, "mqtt")}`,
      {
        clientId: "x|securemode=3|",
        username: `meter&${names.productKey}`,
        password: hmac("md5", added["deviceSecret"] as string, content),
      },
      false,
    );
    atEnd(() => client.endAsync(true));
    const request = `/sys/${names.productKey}/meter/rrpc/request/+`;
    await client.subscribeAsync(request);
    client.on(
      "message",
      (topic, payload) => void client.publishAsync(topic.replace("request", "response"), Buffer.concat([payload, Buffer.from([255])])),
    );
    assert.deepEqual(await post("rrpc", { ...names, payload: { base64: "AA==" } }), { status: 200, value: { answer: { base64: "AP8=" } } });
    let text = "";
    while (!text.includes('"ev":"publish"')) text += Buffer.from((await events.read()).value ?? []).toString();
    const lines = text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.deepEqual(lines.find(({ ev }) => ev == "subscribe")?.["topics"], [request]);
    assert.deepEqual(lines.find(({ ev }) => ev == "publish")?.["payload"], { base64: "AP8=" });
    await running.says(/client \S+ publishes 2 bytes to \/sys/);
    assert.equal(await running.end("SIGINT"), 0, "with listeners and devices connected");
  });
});
