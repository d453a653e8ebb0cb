/** `npm run boards`: writes the pages and pictures of `docs/boards/`. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { ROOT } from "../project/root.ts";
import { runCommandLine } from "../command-line/run.ts";
import { BOARD_DOCUMENTS, boardDocuments } from "./files.ts";

const program = new Command("npm run boards")
  .description("Writes docs/boards/ (pages and wiring pictures) from the files of boards/.")
  .action(async () => {
    const documents = await boardDocuments();
    for (const [name, text] of documents) writeFileSync(join(ROOT, BOARD_DOCUMENTS, name), text);
    console.log(`${BOARD_DOCUMENTS}: ${documents.size} files`);
  });

await runCommandLine("boards", program);
