/** `npm run house`. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { runCommandLine } from "../command-line/run.ts";
import { ROOT } from "../project/root.ts";
import { houseDocuments } from "./files.ts";

const program = new Command("npm run house")
  .description("Writes what the docs say of the project's own house: its picture, its layers, the index of its decisions.")
  .action(async () => {
    for (const [path, text] of await houseDocuments()) {
      writeFileSync(join(ROOT, path), text);
      console.log(path);
    }
  });

await runCommandLine("house", program);
