/** 4G modules by their names. */
import { maskOf } from "./core/secrets.ts";
import type { Mask } from "./core/secrets.ts";
import * as all from "./index.ts";
import type { CellularModule } from "./types.ts";

const MODULES: Readonly<Record<string, CellularModule>> = all;

export type ModelName = keyof typeof all;

/** What a product without the field has. */
export const DEFAULT_MODEL: ModelName = "ec20";

/** The default first. */
export const MODELS = [DEFAULT_MODEL, ...Object.keys(MODULES).filter((name) => name != DEFAULT_MODEL)] as readonly ModelName[];

/** `undefined`: there is no such module. */
export function findModule(model: string): CellularModule | undefined {
  return Object.hasOwn(MODULES, model) ? MODULES[model] : undefined;
}

/** @throws {Error} when there is no such module: for names that were checked. */
export function moduleNamed(model: string): CellularModule {
  const found = findModule(model);
  if (!found) throw new Error(`there is no module "${model}"; there are ${MODELS.join(", ")}`);
  return found;
}

/** What follows `AT` on a command line of any module, without secrets. */
export const withoutSecrets: Mask = maskOf(
  Object.assign({}, ...Object.values(MODULES).map(({ secrets }) => secrets)) as Parameters<typeof maskOf>[0],
);
