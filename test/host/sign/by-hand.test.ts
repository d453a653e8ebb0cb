/** The lines of `npm run sign`, typed into an emulated module one by one, reach the emulated cloud. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, it } from "node:test";
import type { CloudEvent } from "../../../host/clouds/shared/events.ts";
import { loadProduct } from "../../../host/config/product.ts";
import { MODELS, moduleNamed } from "../../../host/modules/find.ts";
import { createModem } from "../../../host/modules/modem.ts";
import { CLOUD_NAMES, cloudNamed } from "../../../host/clouds/find.ts";
import type { RunningCloud } from "../../../host/clouds/types.ts";
import { createRig } from "../../../host/rig/rig.ts";
import { VirtualClock } from "../../../host/time/clock.ts";
import { type Connection, EXAMPLE } from "../../../host/modules/by-hand.ts";
import { filler, tripleOf } from "../../../host/sign/triple.ts";

const IMEI = "868488076506128";
/** Longer than a module needs to start and to register, milliseconds of virtual time. */
const BOOT_MS = 20_000;
/** The longest wait is for a connection (Quectel EC2x MQTT Application Note V1.1, QMTOPEN: 120 s). */
const ANSWER_MS = 150_000;

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function typeAll(model: string, type: string, tls: boolean): Promise<CloudEvent[]> {
  const events: CloudEvent[] = [];
  const cloud = await cloudNamed(type).start({ tls, onEvent: (event) => events.push(event) });
  closing.push(() => cloud.broker.close());
  const clock = new VirtualClock();
  const modem = await createModem({ model, clock, imei: IMEI, poweredOn: true, resolve: (host, port) => cloud.resolve(host, port) });
  closing.push(() => modem.close());
  let output = "";
  modem.on("data", (bytes) => (output += bytes.toString("latin1")));
  await clock.advance(BOOT_MS);

  const connection = await connectionFor(model, cloud);
  for (const { at, answer, send, mayFail } of await moduleNamed(model).byHand(connection)) {
    const wait = async (bytes: Buffer, wanted: string): Promise<void> => {
      output = "";
      modem.receive(bytes);
      const answered = (): boolean => `\n${output}`.includes(`\n${wanted}`) || (mayFail == true && output.includes("ERROR"));
      if (!(await clock.run(answered, ANSWER_MS))) assert.fail(`${at}: no "${wanted}" in ${JSON.stringify(output)}`);
    };
    await wait(Buffer.from(`${at}\r`, "latin1"), answer);
    if (send) await wait(send.bytes, send.answer);
  }
  return events;
}

async function connectionFor(model: string, cloud: RunningCloud): Promise<Connection> {
  const directory = mkdtempSync(join(tmpdir(), "by-hand-"));
  if (cloud.ca) writeFileSync(join(directory, cloud.ca.name), cloud.ca.pem);
  const source = { name: "p", version: "1", board: "linux", modem: { model }, cloud: cloud.product };
  const { product, ca } = loadProduct(source, { now: new Date(), directory });
  rmSync(directory, { recursive: true });
  const fill = filler(cloud.identity, { imei: IMEI });
  const { clientId, username, password } = await tripleOf(product, cloud.identity, { imei: IMEI });
  const topicBase = fill(product.cloud.topicBase);
  return { modem: product.modem, cloud: product.cloud, clientId, username, password, topicBase, willTopic: "", ...(ca && { ca }) };
}

for (const model of MODELS) {
  describe(model, () => {
    for (const type of CLOUD_NAMES) {
      for (const tls of cloudNamed(type).tlsOnly ? [true] : [true, false]) {
        it(`connects to ${type} over ${tls ? "verified TLS" : "TCP"}, subscribes and publishes`, async () => {
          const events = await typeAll(model, type, tls);
          const seen = events.map(({ ev }) => ev);
          for (const ev of ["connect", "subscribe", "publish"] as const) assert.ok(seen.includes(ev), `${ev} in ${seen.join(" ")}`);
          for (const ev of ["refused", "denied", "warning", "error"] as const) assert.ok(!seen.includes(ev), JSON.stringify(events));
          assert.ok(events.some((one) => one.ev == "publish" && one.topic.endsWith("/up") && one.payload.toString() == EXAMPLE));
        });
      }
    }
  });
}

/** By command and item: the values that are set. What depends on the moment (the clock) is left out. */
function settingsIn(commands: readonly string[]): Record<string, string> {
  const found: Record<string, string> = {};
  for (const command of commands.flatMap((line) => line.replace(/^AT/, "").split(";"))) {
    const [, item = "", values = ""] = /^(\+(?:Q?SSLCFG|QMTCFG)="[a-z/]+"),(.*)$/i.exec(command) ?? [];
    if (item && !/ignorelocaltime/.test(item)) found[item.toLowerCase()] = values;
  }
  return found;
}

/** Each of their settings has a command of its own. */
const BY_ITEM: readonly string[] = ["ec20", "air780ep", "air720"];

describe("the settings of a connection", () => {
  for (const model of MODELS)
    it(`are those that the firmware makes on ${model}`, async () => {
      const rig = await createRig({ modem: { model } });
      closing.push(() => rig.close());
      rig.board.boot();
      await rig.waitFor(/-> online/, 300_000);
      const made = settingsIn(rig.events.flatMap(({ ev, command }) => (ev == "command" ? [String(command)] : [])));
      const connection = await connectionFor(model, rig.cloud);
      const lines = await moduleNamed(model).byHand(connection);
      assert.deepEqual(settingsIn(lines.map(({ at }) => at)), made);
      if (BY_ITEM.includes(model)) assert.ok(Object.keys(made).length >= 4, JSON.stringify(made));
    });
});
