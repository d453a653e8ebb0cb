/** `npm run short-names`: gives every name that modules share a short form, once and for all. */
import { Command } from "commander";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { runCommandLine } from "../command-line/run.ts";
import { MODULES } from "./modules.ts";
import { sharedNames } from "./names.ts";
import { ROOT } from "../project/root.ts";
import { completed, missingNames, readShortNames, TABLE } from "./short-names.ts";

const program = new Command("npm run short-names")
  .description(`Adds the names that are new in src/api/ to ${TABLE}. What is there stays: modules of an earlier build know it.`)
  .action(() => {
    const names = sharedNames(ROOT, MODULES);
    const table = readShortNames(ROOT, names);
    const missing = missingNames(names, table);
    writeFileSync(join(ROOT, TABLE), `${JSON.stringify(Object.fromEntries(completed(names, table)), null, 2)}\n`);
    console.log(missing.length ? `added: ${missing.join(", ")}` : "nothing to add");
  });

await runCommandLine("short-names", program);
