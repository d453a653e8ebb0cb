/** The schemas of the project are right by the rules of JSON Schema: the programs that use them take that for granted. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { Ajv } from "ajv";
import { ROOT } from "../../../host/project/root.ts";

const FILES = readdirSync(join(ROOT, "host"), { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".schema.json"));

describe("a schema", () => {
  const ajv = new Ajv({ strictTypes: false });
  for (const file of FILES)
    it(`is a right one: ${file}`, () =>
      assert.ok(ajv.validateSchema(JSON.parse(readFileSync(join(ROOT, "host", file), "utf8")) as object, true)));
});
