/** The modules of the firmware: each is one file in the board's Storage, bundled and minified on its own. */

export interface ModuleSpec {
  /** Name of the Storage file, and what `require` is called with. */
  name: string;
  /** Source file, relative to the project. */
  entry: string;
  /** Resident: in memory as long as the program runs. Cold: loaded when needed and dropped again. */
  life: "loader" | "resident" | "cold";
  /**
   * Property names are shortened inside the module. Not in the application, which works on data whose names are outside the program
   * (its configuration, its messages), and not in the loader, which is made of names of others.
   */
  shortenProperties: boolean;
}

export const MODULES: readonly ModuleSpec[] = [
  { name: ".bootcde", entry: "src/boot.ts", life: "loader", shortenProperties: false },
  { name: "core", entry: "src/main.ts", life: "resident", shortenProperties: true },
  { name: "app", entry: "src/app/index.ts", life: "resident", shortenProperties: false },
  { name: "up", entry: "src/modem/bringup.ts", life: "cold", shortenProperties: true },
  { name: "cloud", entry: "src/cloud/plan.ts", life: "cold", shortenProperties: true },
  { name: "why", entry: "src/link/why.ts", life: "cold", shortenProperties: true },
];

/** What the import aliases of the sources stand for in one product. */
export interface Choice {
  /** `#modem`: a file of `src/modem/`. */
  model: string;
  /** `#cloud`: a file of `src/cloud/`. */
  cloud: string;
}

export const DEFAULT_CHOICE: Choice = { model: "ec20", cloud: "broker" };

export function aliases(choice: Choice): Record<string, string> {
  return { "#modem": `src/modem/${choice.model}.ts`, "#cloud": `src/cloud/${choice.cloud}.ts`, "#app": "src/app/index.ts" };
}
