/** All that `npm run house` writes: what the docs say of the house, taken from the house. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../project/root.ts";
import { DECISIONS, decisionsPage } from "./decisions.ts";
import { withLayers } from "./layers.ts";
import { formattedPage } from "../project/page.ts";
import { houseSvg } from "./picture.ts";
import { roomsOf } from "./rooms.ts";

/** By path inside the project. */
export async function houseDocuments(): Promise<Map<string, string>> {
  const pages = [
    [`${DECISIONS}/README.md`, decisionsPage()],
    ["CONTRIBUTING.md", withLayers(readFileSync(join(ROOT, "CONTRIBUTING.md"), "utf8"))],
  ] as const;
  const documents = new Map([["docs/house.svg", houseSvg(roomsOf("src"), roomsOf("host"))]]);
  for (const [path, text] of pages) documents.set(path, await formattedPage(text, path));
  return documents;
}
