/** The Markdown of the project, taken apart as far as tests look into it. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../host/project/root.ts";

export interface Page {
  /** From the project's folder. */
  path: string;
  text: string;
  /** Without code blocks, tables and comments. */
  prose: string;
}

const ABOVE = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "certs/README.md"];

export function pages(): Page[] {
  const docs = readdirSync(join(ROOT, "docs"), { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".md"));
  return [...ABOVE, ...docs.map((name) => `docs/${name}`).sort()].map((path) => {
    const text = readFileSync(join(ROOT, path), "utf8");
    return { path, text, prose: proseOf(text) };
  });
}

function proseOf(text: string): string {
  return text
    .replace(/^```[^]*?^```$/gm, "")
    .replace(/<!--[^]*?-->/g, "")
    .split("\n")
    .filter((line) => !line.startsWith("|") && !line.startsWith("    "))
    .join("\n");
}
