/**
 * The image on the genuine interpreter, booted from flash: emulated EC20 on a pseudo-terminal, real TLS, real broker, real time.
 * Runs when `ESPRUINO` names the interpreter.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { OPERATOR, startOperator, type Operator } from "../../host/broker/operator.ts";
import { CLOUDS, type Cloud, type RunningCloud } from "../../host/clouds/index.ts";
import { RealClock } from "../../host/time/clock.ts";
import { makeHost, type Host } from "../../host/rig/hosts.ts";
import { Modem } from "../../host/modules/modem.ts";
import { SKIP } from "../support/interpreter.ts";

/** DESIGN: variables in use when online and idle, on a board with 5,450. */
const MOST_VARIABLES = 1500;

describe("on the interpreter", { skip: SKIP }, () => {
  const folder = mkdtempSync(join(tmpdir(), "main-job-"));
  const lines: string[] = [];
  const received: Buffer[] = [];
  const watchers = new Set<() => void>();
  let cloud: RunningCloud;
  let modem: Modem;
  let host: Host;
  let operator: Operator;
  const base = "devices/861234567890126";

  /** Resolves when `look` finds something; the test runner's time limit ends what never comes. */
  function until<T>(look: () => T | undefined): Promise<T> {
    return new Promise((resolve) => {
      const attempt = (): void => {
        const found = look();
        if (found === undefined) return;
        watchers.delete(attempt);
        resolve(found);
      };
      watchers.add(attempt);
      attempt();
    });
  }

  const happened = (): void => [...watchers].forEach((look) => look());
  const line = (pattern: RegExp, from = 0): Promise<string> => until(() => lines.slice(from).find((text) => pattern.test(text)));

  before(async () => {
    cloud = await (CLOUDS["broker"] as Cloud).start({
      tls: true,
      onEvent: (event) => {
        if (event.ev == "publish" && event.client !== OPERATOR) received.push(event.payload);
        happened();
      },
    });
    writeFileSync(join(folder, cloud.ca?.name ?? ""), cloud.ca?.pem ?? "");
    modem = new Modem({
      model: "ec20",
      clock: new RealClock(),
      resolve: (name, port) => cloud.resolve(name, port),
      chunk: 17,
      noise: true,
    });
    host = await makeHost({
      clock: new RealClock(),
      modem,
      folder,
      product: { name: "suite", version: "1.0.0", board: "linux", cloud: cloud.product, app: { telemetryS: 3600 } },
      identity: cloud.identity,
      resolve: undefined,
      interpreter: process.env["ESPRUINO"] as string,
      print: (text) => {
        lines.push(text);
        happened();
      },
      onRestart: () => lines.push("restarted"),
      onFailure: (error) => lines.push(`failed: ${error.message}`),
    });
    host.boot();
    operator = await startOperator({
      port: cloud.broker.port,
      ca: cloud.ca?.pem ?? null,
      ...cloud.operator,
      watch: "none",
      onMessage: () => {},
    });
  });

  after(async () => {
    await operator.close();
    await host.stop();
    await modem.close();
    await cloud.broker.close();
    rmSync(folder, { recursive: true });
  });

  it("gets online from the power key, in chunks and noise, with room in memory", { timeout: 90_000 }, async (t) => {
    const online = await line(/^online: \d+\/\d+ variables$/);
    t.diagnostic(online);
    assert.ok(parseInt(online.slice(8)) <= MOST_VARIABLES, online);
    await until(() => received.find((payload) => payload.includes('"seq":1')));
  });

  for (const [name, payload] of [
    ["Chinese text", Buffer.from('{"温度":"25℃，湿度：60％"}')],
    ["every byte", Buffer.concat([Buffer.from("["), Buffer.from(Array.from({ length: 256 }, (_, i) => i)), Buffer.from("]")])],
    ["1,500 bytes", Buffer.concat([Buffer.from("["), Buffer.alloc(1474, "\r\nOK\r\n> "), Buffer.from("]")])],
  ] as const) {
    it(`carries ${name} unharmed both ways`, { timeout: 60_000 }, async () => {
      await operator.publish(`${base}/down`, payload);
      await until(() => received.find((one) => one.includes(payload)));
    });
  }

  it("comes back from a module that restarted", { timeout: 90_000 }, async () => {
    const from = lines.length;
    modem.control({ fault: "reboot" });
    await line(/^error: module-rebooted/, from);
    await line(/-> online/, from);
    await operator.publish(`${base}/down`, '{"back":1}');
    await until(() => received.find((one) => one.includes('{"back":1}')));
    assert.ok(!lines.includes("restarted"), lines.join("\n"));
  });
});
