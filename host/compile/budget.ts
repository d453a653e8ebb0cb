/** `budget.json`: how many bytes the firmware may take. More fails the build, so that it grows by decision and not by accident. */
import { join } from "node:path";
import { ROOT } from "../project/root.ts";
import type { ModuleSize } from "./size.ts";
import { readJson, validated } from "../config/validate.ts";

export interface Budget {
  /** Bytes of all modules but the loader, and of the loader: what is aimed at. */
  target: { code: number; loader: number };
  /** What fails the build. */
  ceiling: { code: number; loader: number };
  /** Bytes of each module when the ceiling was set: what has grown since is named. */
  modules: Readonly<Record<string, number>>;
}

const SCHEMA = join(import.meta.dirname, "budget.schema.json");
/** The application is its author's: more of it than the default one takes is not counted. */
const APPLICATION = "app";

/** @throws {ConfigError} naming file and field. */
export function loadBudget(path = join(ROOT, "budget.json")): Budget {
  return validated(readJson(path), SCHEMA, path) as Budget;
}

/** One line for each overrun, naming the modules that grew. */
export function overruns(sizes: readonly ModuleSize[], budget: Budget): string[] {
  const counted = ({ name, bytes }: ModuleSize): number => (name == APPLICATION ? Math.min(bytes, budget.modules[name] ?? bytes) : bytes);
  return (["code", "loader"] as const).flatMap((what) => {
    const own = sizes.filter((size) => (size.life == "loader") == (what == "loader"));
    const bytes = own.reduce((sum, size) => sum + counted(size), 0);
    if (bytes <= budget.ceiling[what]) return [];
    const grown = own.flatMap((size) => {
      const more = counted(size) - (budget.modules[size.name] ?? 0);
      return more > 0 ? [`${size.name} +${more}`] : [];
    });
    return [
      `${what}: ${bytes} bytes, ${bytes - budget.ceiling[what]} more than the budget allows (the aim is ${budget.target[what]}); grown: ${grown.join(", ")}`,
    ];
  });
}
