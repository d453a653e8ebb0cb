/** All files of `docs/boards/`, by name. */
import { boardNames, loadBoard } from "../config/board.ts";
import { boardPage, overviewPage } from "./page.ts";
import { wiringSvg } from "./wiring.ts";

export function boardDocuments(): Map<string, string> {
  const boards = new Map(boardNames().map((name) => [name, loadBoard(name)]));
  const documents = new Map([["README.md", overviewPage(boards)]]);
  for (const [name, board] of boards) {
    documents.set(`${name}.md`, boardPage(name, board));
    documents.set(`${name}.svg`, wiringSvg(board));
  }
  return documents;
}
