/** The same on the genuine interpreter, in real time: its Storage, its flash library, its digest. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { startDevice } from "../../host/bench/device.ts";
import { withoutUpdates } from "../../host/bench/memory.ts";
import type { AliyunApi } from "../../host/clouds/aliyun/api.ts";
import { DEMO } from "../../host/clouds/aliyun/seeded.ts";
import { INTERPRETER, SKIP } from "../support/interpreter.ts";
import { appSaying, OTA_KEY, packageOf } from "./package.ts";

const LIMIT_MS = 120_000;

describe("updates on the interpreter", { skip: SKIP }, () => {
  for (const hashes of [["SHA256"], []]) {
    it(`runs the new image, ${hashes.length ? "checked by its own digest" : "checked by ours"}`, { timeout: 400_000 }, async () => {
      const device = await startDevice({
        binary: INTERPRETER as string,
        app: appSaying("old"),
        hashes,
        change: (files) => {
          const identity = JSON.parse((files.get("identity") as Buffer).toString("utf8")) as object;
          files.set("identity", Buffer.from(JSON.stringify({ ...identity, otaKey: OTA_KEY })));
        },
      });
      try {
        await device.line(/-> online/, LIMIT_MS);
        await withoutUpdates(device);
        const content = packageOf({ files: { app: appSaying("new") + " ".repeat(3000) }, manifest: { product: "bench" } });
        const job = (device.api as AliyunApi).update(DEMO, { version: "1.0.1", content, transport: "mqtt" });
        await device.line(/app: new/, LIMIT_MS);
        await device.line(/update: confirmed/, LIMIT_MS);
        await device.until(() => device.received.some((payload) => payload.includes('"1.0.1"')), LIMIT_MS, "the new version");
        assert.equal((device.api as AliyunApi).job(job.id).status, "succeeded");
      } catch (error) {
        console.log(
          device.lines.slice(-12),
          device.received.map((payload) => payload.toString("latin1").slice(0, 90)),
        );
        throw error;
      } finally {
        await device.close();
      }
    });
  }
});
