/**
 * `budget.json`: how many bytes the firmware may take, tier by tier. More fails the build, so that it grows by decision and not by accident. Measured on one
 * product (`MEASURED` in `host/bench/bytes.ts`); every other one is held to the same numbers.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ConfigError } from "../project/mistakes.ts";
import { ROOT } from "../project/root.ts";
import { readJson, validated } from "../config/validate.ts";
import { alignedTable, change } from "./size.ts";
import type { ModuleSize } from "./size.ts";

/** Modules that are wanted together, with room of their own. */
export interface Tier {
  /** Bytes that are aimed at. */
  target: number;
  /** What fails the build. */
  ceiling: number;
  /** Its modules, with the bytes of each as they were recorded last: what has grown since is named. */
  modules: Readonly<Record<string, number>>;
  /** Those that the measured product has not. Where one is in an image, its recorded bytes come on top of target and ceiling. */
  others: Readonly<Record<string, number>>;
  /** By name of such a module: what the tier's other modules take more where it is in the image, on top like that. */
  besides: Readonly<Record<string, number>>;
}

export interface Budget {
  tiers: Readonly<Record<string, Tier>>;
}

const FILE = join(ROOT, "budget.json");
const SCHEMA = join(import.meta.dirname, "budget.schema.json");
/** The application is its author's: more of it than the default one takes is not counted. */
const APPLICATION = "app";
/** A ceiling over what was reached. */
const SLACK = 1.05;

/** @throws {ConfigError} naming file and field. */
export function loadBudget(path = FILE): Budget {
  const budget = validated(readJson(path), SCHEMA, path) as Budget;
  const owners = new Map<string, string>();
  for (const [name, { modules, others }] of Object.entries(budget.tiers))
    for (const module of [...Object.keys(modules), ...Object.keys(others)]) {
      const owner = owners.get(module);
      if (owner !== undefined) throw new ConfigError(`${path}: tiers.${name}: module "${module}" is listed in ${owner} too`);
      owners.set(module, name);
    }
  return budget;
}

/** Bytes of the largest firmware that the budget lets through, of the measured product. */
export function largestFirmware({ tiers }: Budget): number {
  return Object.values(tiers).reduce((sum, { ceiling }) => sum + ceiling, 0);
}

interface TierSize {
  name: string;
  modules: readonly ModuleSize[];
  bytes: number;
  /** With the modules that the measured product has not. */
  target: number;
  ceiling: number;
  recorded: number;
  /** Modules that are larger than recorded. */
  grown: readonly string[];
}

/** The tiers that have modules in the image. */
function tierSizes(sizes: readonly ModuleSize[], { tiers }: Budget): TierSize[] {
  return Object.entries(tiers).flatMap(([name, { target, ceiling, modules, others, besides }]) => {
    const recordedOf = (module: ModuleSize): number => modules[module.name] ?? others[module.name] ?? 0;
    const counted = (module: ModuleSize): number =>
      module.name == APPLICATION ? Math.min(module.bytes, recordedOf(module)) : module.bytes;
    const own = sizes.filter((size) => size.name in modules || size.name in others);
    if (!own.length) return [];
    const more = sum(sizes, (size) => besides[size.name] ?? 0);
    const onTop = more + sum(own, (size) => others[size.name] ?? 0);
    const grown = own.flatMap((size) => (counted(size) > recordedOf(size) ? [`${size.name} +${counted(size) - recordedOf(size)}`] : []));
    const bytes = sum(own, counted);
    const recorded = more + sum(own, recordedOf);
    return [{ name, modules: own, bytes, target: target + onTop, ceiling: ceiling + onTop, recorded, grown }];
  });
}

function sum<T>(list: readonly T[], of: (one: T) => number): number {
  return list.reduce((total, one) => total + of(one), 0);
}

/** One line for each tier that is overrun, naming the modules that grew, and for each module of no tier. */
export function overruns(sizes: readonly ModuleSize[], budget: Budget): string[] {
  const tiers = tierSizes(sizes, budget);
  const known = tiers.flatMap(({ modules }) => modules);
  const strangers = sizes.filter((size) => !known.includes(size));
  return [
    ...strangers.map(
      ({ name, bytes }) =>
        `module "${name}" (${bytes} bytes) belongs to no tier of budget.json; there are ${Object.keys(budget.tiers).join(", ")}`,
    ),
    ...tiers.flatMap(({ name, bytes, target, ceiling, grown }) =>
      bytes > ceiling
        ? [`${name}: ${bytes} bytes, ${bytes - ceiling} more than the budget allows (the aim is ${target}); grown: ${grown.join(", ")}`]
        : [],
    ),
  ];
}

/** A table for people, a line for each tier. `before`: the sizes of the last build, if there was one. */
export function tierTable(sizes: readonly ModuleSize[], before: readonly ModuleSize[], budget: Budget): string {
  const old = tierSizes(before, budget);
  const rows = tierSizes(sizes, budget).map(({ name, bytes, target, ceiling, recorded, grown }) => [
    ...[name, `${bytes}`, change(bytes, old.find((tier) => tier.name == name)?.bytes), `${target}`, `${ceiling}`, `${ceiling - bytes}`],
    ...[change(bytes, recorded), grown.join(", ")],
  ]);
  return alignedTable(["tier", "bytes", "", "target", "ceiling", "room", "since recorded", "grown"], rows, [0, 2, 7]);
}

/**
 * The budget with what its modules take now. A ceiling is 5 % over the target, or over what was reached where that is more; it is only ever lowered here: to
 * raise one is a decision, made in the file. `products`: by name of a module, a product that has it besides what the measured one has.
 */
export function recordedBudget(budget: Budget, sizes: readonly ModuleSize[], products: ReadonlyMap<string, readonly ModuleSize[]>): Budget {
  const all = [...sizes, ...[...products.values()].flat()];
  const now = (recorded: Readonly<Record<string, number>>): Record<string, number> =>
    Object.fromEntries(Object.entries(recorded).map(([name, bytes]) => [name, all.find((size) => size.name == name)?.bytes ?? bytes]));
  const tiers = Object.entries(budget.tiers).map(([name, { target, ceiling, modules, others }]) => {
    const own = now(modules);
    const reached = sum(Object.values(own), (bytes) => bytes);
    const wanted = Math.floor(Math.max(target, reached) * SLACK);
    const besides = [...products].flatMap(([module, product]) => {
      const more = sum(product, (size) => (size.name in own ? size.bytes - (own[size.name] as number) : 0));
      return more > 0 ? [[module, more] as const] : [];
    });
    return [
      name,
      { target, ceiling: Math.min(ceiling, wanted), modules: own, others: now(others), besides: Object.fromEntries(besides) },
    ] as const;
  });
  return { tiers: Object.fromEntries(tiers) };
}

export function writeBudget(budget: Budget, path = FILE): void {
  writeFileSync(path, `${JSON.stringify(budget, null, 2)}\n`);
}
