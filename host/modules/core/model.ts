/** One kind of module, as a table of all of them lists it. */
import type { ModelDefaults } from "../options.ts";
import type { Core, Personality } from "./core.ts";
import type { PowerRules } from "./power.ts";

export interface Model extends ModelDefaults {
  power: PowerRules;
  make(core: Core): Personality;
}
