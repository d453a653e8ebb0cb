/** What is put into the Storage of a board, whoever asks. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { bundle } from "../../../host/compile/bundles.ts";
import { readImage } from "../../../host/image/storage.ts";
import { DEFAULT_CHOICE } from "../../../host/compile/modules.ts";
import { cachedBundle } from "../../../host/compile/bundle-cache.ts";
import { assemble } from "../../../host/image/assemble.ts";

const CHOICE = DEFAULT_CHOICE;

describe("an image", () => {
  it("is what the builder makes, kept between processes", async () => {
    const built = await bundle(CHOICE);
    assert.deepEqual(await cachedBundle(CHOICE), built);
    assert.deepEqual(await cachedBundle(CHOICE), built, "and the same from the cache");
  });

  it("is wired to the UART and pins that are asked for, on that board, and holds all files", async () => {
    const directory = mkdtempSync(join(tmpdir(), "firmware-"));
    const { files, image } = await assemble({
      product: { name: "x", version: "1", board: "esp32", cloud: { host: "broker.test" } },
      board: "linux",
      identity: { password: "温度" },
      directory,
      uart: "/dev/pts/7",
      pins: { powerKey: "/pins/powerKey" },
    });
    rmSync(directory, { recursive: true });
    const parsed = (name: string): unknown => JSON.parse((files.get(name) as Buffer).toString("utf8"));
    assert.deepEqual(parsed("board"), {
      uart: "Serial1",
      uartOptions: { path: "/dev/pts/7" },
      pins: { powerKey: { pin: "/pins/powerKey", active: 1 } },
    });
    assert.equal((parsed("product") as { board: string }).board, "linux");
    assert.ok(files.get("identity")?.includes(Buffer.from("温度")), "UTF-8, not escapes");
    assert.deepEqual(
      readImage(image).map((file) => file.name),
      [...files.keys()],
    );
  });
});
