/** All files of `docs/boards/`, by name. */
import { boardNames, loadBoard } from "../config/board.ts";
import { formattedPage } from "../project/page.ts";
import { boardPage, overviewPage } from "./page.ts";
import { wiringSvg } from "./wiring.ts";

export const BOARD_DOCUMENTS = "docs/boards";

export async function boardDocuments(): Promise<Map<string, string>> {
  const boards = new Map(boardNames().map((name) => [name, loadBoard(name)]));
  const documents = new Map<string, string>();
  const add = async (name: string, text: string): Promise<void> =>
    void documents.set(name, await formattedPage(text, `${BOARD_DOCUMENTS}/${name}`));
  await add("README.md", overviewPage(boards));
  for (const [name, board] of boards) {
    await add(`${name}.md`, boardPage(name, board));
    documents.set(`${name}.svg`, wiringSvg(board));
  }
  return documents;
}
