/** The bytes that the firmware may take. */
import assert from "node:assert/strict";
import { MEASURED } from "../../../host/bench/bytes.ts";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { loadBudget, overruns } from "../../../host/compile/budget.ts";
import type { Budget } from "../../../host/compile/budget.ts";
import { measure } from "../../../host/compile/size.ts";
import type { ModuleSize } from "../../../host/compile/size.ts";
import { MODELS } from "../../../host/modules/find.ts";
import { cachedBundle } from "../../../host/compile/bundle-cache.ts";
import { temporaryFolder } from "../../support/interpreter.ts";

function size(name: string, bytes: number): ModuleSize {
  const life = name == ".bootcde" ? "loader" : name == "core" || name == "app" ? "resident" : "cold";
  return { name, life, bytes, functions: 0, functionsAtLoad: 0, sources: {} };
}

const BUDGET: Budget = {
  target: { code: 80, loader: 10 },
  ceiling: { code: 100, loader: 20 },
  modules: { ".bootcde": 15, core: 60, up: 30, app: 5 },
};

describe("the budget", () => {
  it("lets through what fits", () => {
    assert.deepEqual(overruns([size(".bootcde", 20), size("core", 60), size("up", 40)], BUDGET), []);
  });

  it("names the modules that grew when it is overrun", () => {
    const sizes = [size(".bootcde", 21), size("core", 71), size("up", 30), size("hash", 4)];
    assert.deepEqual(overruns(sizes, BUDGET), [
      "code: 105 bytes, 5 more than the budget allows (the aim is 80); grown: core +11, hash +4",
      "loader: 21 bytes, 1 more than the budget allows (the aim is 10); grown: .bootcde +6",
    ]);
  });

  it("leaves the size of the application to its author", () => {
    assert.deepEqual(overruns([size("core", 60), size("app", 5000)], BUDGET), []);
  });

  it("is a file whose mistakes are named", () => {
    const folder = temporaryFolder();
    const path = join(folder.path, "budget.json");
    writeFileSync(path, JSON.stringify({ ...BUDGET, ceiling: { code: -1 } }));
    assert.throws(() => loadBudget(path), /budget\.json: ceiling\.loader: missing/);
    folder.remove();
  });

  for (const model of MODELS) {
    it(`is kept with ${model} and the dearest cloud`, async () => {
      const bundles = await cachedBundle({ ...MEASURED, model });
      assert.deepEqual(overruns(bundles.map(measure), loadBudget()), []);
    });
  }
});
