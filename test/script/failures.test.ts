/** What the sources say of failures: each has its class, its cause is a name of the contract, and no cause stands without a class. */
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { ROOT } from "../../host/project/root.ts";

const device = readFileSync(join(ROOT, "src/api/device.ts"), "utf8");
const union = /export type DeviceErrorName =([^;]*);/.exec(device)?.[1] ?? "";
const CAUSES = [...union.matchAll(/"([\w-]+)"/g)].map(([, name]) => name as string);

const files = readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts"))
  .map((name) => ({ name, text: readFileSync(join(ROOT, "src", name), "utf8") }));

describe("failures in the sources", () => {
  it("have causes of the contract behind their class", () => {
    assert.ok(CAUSES.length > 20);
    for (const { name, text } of files)
      for (const [, cause = ""] of text.matchAll(/Fault\.\w+ \+ "([\w-]+)/g)) assert.ok(CAUSES.includes(cause), `${name}: ${cause}`);
  });

  it("are never a cause alone: a text that begins with a cause and a colon has its class before it", () => {
    for (const { name, text } of files)
      for (const [line] of text.matchAll(/^.*"(?:[a-z]+-)+[a-z]+: .*$/gm)) {
        const cause = /"([\w-]+): /.exec(line)?.[1] ?? "";
        if (!CAUSES.includes(cause)) continue;
        const isTable = /^\s*(\d+|"[\w-]+"): "/.test(line);
        assert.ok(isTable || /Fault\.\w+ \+|Fault\.\w+\) \+|: "|\? "/.test(line), `${name}: ${line.trim()}`);
      }
  });
});
