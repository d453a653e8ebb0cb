/** The bytes that the firmware may take. */
import assert from "node:assert/strict";
import { MEASURED } from "../../../host/bench/bytes.ts";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { loadBudget, overruns, recordedBudget, tierTable } from "../../../host/compile/budget.ts";
import type { Budget } from "../../../host/compile/budget.ts";
import { MODULES } from "../../../host/compile/modules.ts";
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
  tiers: {
    connected: {
      ...{ target: 80, ceiling: 100, modules: { core: 60, up: 30, app: 5 } },
      ...{ others: { "http-client": 40 }, besides: { "http-client": 10 } },
    },
    loader: { target: 10, ceiling: 20, modules: { ".bootcde": 15 }, others: {}, besides: {} },
  },
};

describe("the budget", () => {
  it("lets through what fits", () => {
    assert.deepEqual(overruns([size(".bootcde", 20), size("core", 60), size("up", 40)], BUDGET), []);
  });

  it("names the modules that grew when a tier is overrun", () => {
    assert.deepEqual(overruns([size(".bootcde", 21), size("core", 71), size("up", 30)], BUDGET), [
      "connected: 101 bytes, 1 more than the budget allows (the aim is 80); grown: core +11",
      "loader: 21 bytes, 1 more than the budget allows (the aim is 10); grown: .bootcde +6",
    ]);
  });

  it("leaves the size of the application to its author", () => {
    assert.deepEqual(overruns([size("core", 60), size("app", 5000)], BUDGET), []);
  });

  it("gives a product room for the modules that the measured one has not, and for what they bring along", () => {
    assert.deepEqual(overruns([size("core", 70), size("up", 30), size("http-client", 50)], BUDGET), []);
    assert.deepEqual(overruns([size("core", 71), size("up", 30), size("http-client", 50)], BUDGET), [
      "connected: 151 bytes, 1 more than the budget allows (the aim is 130); grown: core +11, http-client +10",
    ]);
  });

  it("refuses a module of no tier", () => {
    assert.deepEqual(overruns([size("core", 60), size("store", 7)], BUDGET), [
      'module "store" (7 bytes) belongs to no tier of budget.json; there are connected, loader',
    ]);
  });

  it("is shown tier by tier, with what grew since the last build and since it was recorded", () => {
    const now = [size(".bootcde", 15), size("core", 63), size("up", 31)];
    const before = [size(".bootcde", 15), size("core", 65), size("up", 31)];
    assert.deepEqual(tierTable(now, before, BUDGET).split("\n"), [
      "tier       bytes      target  ceiling  room  since recorded  grown",
      "connected     94  -2      80      100     6              +4  core +3, up +1",
      "loader        15          10       20     5",
    ]);
  });

  it("is recorded as it is now; a ceiling falls with what is saved, and is never raised", () => {
    const now = [size(".bootcde", 16), size("core", 50), size("up", 30), size("app", 5)];
    const product = [size(".bootcde", 18), size("core", 53), size("up", 29), size("app", 5), size("http-client", 41)];
    assert.deepEqual(recordedBudget(BUDGET, now, new Map([["http-client", product]])).tiers, {
      connected: {
        ...{ target: 80, ceiling: 89, modules: { core: 50, up: 30, app: 5 } },
        ...{ others: { "http-client": 41 }, besides: { "http-client": 2 } },
      },
      loader: { target: 10, ceiling: 16, modules: { ".bootcde": 16 }, others: {}, besides: { "http-client": 2 } },
    });
    const grown = recordedBudget(BUDGET, [size("core", 300)], new Map());
    assert.deepEqual([grown.tiers["connected"]?.ceiling, grown.tiers["connected"]?.modules["core"]], [100, 300]);
  });

  it("is a file whose mistakes are named", () => {
    const folder = temporaryFolder();
    const path = join(folder.path, "budget.json");
    const { connected, loader } = BUDGET.tiers;
    const write = (tiers: object): void => writeFileSync(path, JSON.stringify({ tiers }));
    write({ connected: { ...connected, ceiling: -1 } });
    assert.throws(() => loadBudget(path), /budget\.json: tiers\.connected\.ceiling: /);
    write({ connected, loader: { ...loader, others: { up: 1 } } });
    assert.throws(() => loadBudget(path), /budget\.json: tiers\.loader: module "up" is listed in connected too$/);
    folder.remove();
  });

  it("knows every module", () => {
    const listed = Object.values(loadBudget().tiers).flatMap(({ modules, others }) => [...Object.keys(modules), ...Object.keys(others)]);
    assert.deepEqual(listed.sort(), MODULES.map(({ name }) => name).sort());
  });

  for (const model of MODELS) {
    it(`is kept with ${model} and the dearest cloud`, async () => {
      const bundles = await cachedBundle({ ...MEASURED, model });
      assert.deepEqual(overruns(bundles.map(measure), loadBudget()), []);
    });
  }

  it("is kept by a product with both links that registers over HTTPS", async () => {
    const bundles = await cachedBundle({
      ...MEASURED,
      links: ["wifi", "cellular"],
      connection: "register-https",
      http: true,
      ranges: true,
    });
    assert.deepEqual(overruns(bundles.map(measure), loadBudget()), []);
  });
});
