/** An update of 16 KiB over the air, from the push to the version that the new image reports: bytes and virtual seconds on each module. */
import type { AliyunApi } from "../clouds/aliyun/api.ts";
import { DEMO } from "../clouds/aliyun/seeded.ts";
import { MODELS } from "../modules/find.ts";
import type { ModelName } from "../modules/find.ts";
import { createRig } from "../rig/rig.ts";
import { encodePackage } from "../update/format.ts";
import { isOfUpdate, packetBytes } from "../update/traffic.ts";
import type { Part } from "./figure.ts";
import { RIG } from "./origin.ts";
import { number, table } from "./table.ts";

const SECONDS = { name: "update-seconds", title: "update of 16 KiB, EC20, MQTT: virtual seconds", target: null, unit: "s" };
const BYTES = { name: "update-bytes", title: "update of 16 KiB, EC20, MQTT: bytes over the air", target: null, unit: "" };

const SIZE = 16_384;
const KEY = "bench-key-0123456789";
const LIMIT_MS = 1_800_000;

interface Measured {
  seconds: number;
  bytes: number;
}

export const update: Part = {
  name: "update",
  title: "Update of 16 KiB over the air, from Aliyun",
  figures: [SECONDS, BYTES],
  on: "Node, virtual time, emulated modules with their latencies",
  sources: RIG,
  missing: () => "",
  run: async ({ progress }) => {
    const rows: [string, string, string, string][] = [];
    let first: Measured | undefined;
    for (const [model, transport] of [...MODELS.map((one) => [one, "mqtt"] as const), ["ec20", "https"] as const]) {
      progress(`${model}, ${transport}`);
      const measured = await measure(model, transport);
      first ??= measured;
      rows.push([model, transport, number(measured.seconds), transport == "mqtt" ? number(measured.bytes) : "not counted"]);
    }
    const { seconds, bytes } = first as Measured;
    const details = [
      table(["module", "over", "virtual seconds", "bytes of MQTT packets"], rows),
      "seconds: restart, trial and way back to the cloud included; bytes: PUBLISH and PUBACK of the update both ways, without TCP and TLS",
    ].join("\n\n");
    return { values: { [SECONDS.name]: seconds, [BYTES.name]: bytes }, details };
  },
};

async function measure(model: ModelName, transport: "mqtt" | "https"): Promise<Measured> {
  const rig = await createRig({
    cloud: "aliyun",
    modem: { model },
    identity: { otaKey: KEY },
    ...(transport == "https" && { product: { cloud: { otaTls: {} } } }),
  });
  try {
    rig.board.boot();
    await rig.waitFor(/-> online/, LIMIT_MS);
    await rig.waitForMessage((message) => message.payload.includes("firmware.get"), LIMIT_MS);
    const app = (rig.board.storage.read("app") as Buffer).toString("latin1").padEnd(SIZE);
    const { name } = JSON.parse((rig.board.storage.read("product") as Buffer).toString("utf8")) as { name: string };
    const about = { product: name, board: "linux", link: "cellular", model, cloud: "aliyun" } as const;
    const content = encodePackage(
      { ...about, core: ["0.0.0", "99.0.0"], version: "1.0.1", older: false },
      new Map([["app", Buffer.from(app, "latin1")]]),
      KEY,
    );
    const from = rig.brokerEvents.length;
    const start = rig.clock.now();
    (rig.cloud.api as AliyunApi).update(DEMO, { version: "1.0.1", content, transport });
    await rig.waitForMessage((message) => message.payload.includes('"version":"1.0.1"'), LIMIT_MS);
    const seconds = Math.round((rig.clock.now() - start) / 100) / 10;
    let bytes = 0;
    for (const event of rig.brokerEvents.slice(from))
      if ((event.ev == "publish" || event.ev == "answer") && isOfUpdate(event.topic)) bytes += packetBytes(event);
    return { seconds, bytes };
  } finally {
    await rig.close();
  }
}
