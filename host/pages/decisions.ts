/** The index of `docs/decisions/`: of each page what stands at its head. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../project/root.ts";

export const DECISIONS = "docs/decisions";

export interface Decision {
  file: string;
  number: string;
  title: string;
  /** When it was taken: year, month, day. */
  date: string;
  /** `accepted`, or what it was superseded by. */
  status: string;
}

/** `# NUMBER. TITLE`, then `_DATE · STATUS_`: what the text says held on that day. @throws {Error} naming a page that has no such head. */
export function decisions(): Decision[] {
  const files = readdirSync(join(ROOT, DECISIONS)).filter((name) => name.endsWith(".md") && name != "README.md");
  return files.sort().map((file) => {
    const text = readFileSync(join(ROOT, DECISIONS, file), "utf8");
    const [, number = "", title = "", date = "", status = ""] = /^# (\d{4})\. (.+)\n\n_(\d{4}-\d\d-\d\d) · ([^_]+)_\n/.exec(text) ?? [];
    if (!file.startsWith(`${number}-`)) throw new Error(`${DECISIONS}/${file}: it begins with "# NUMBER. TITLE", then "_DATE · STATUS_"`);
    if (!/^(accepted|superseded( in part)? by \[\d{4}\]\(\d{4}-[\w-]+\.md\))/.test(status))
      throw new Error(`${DECISIONS}/${file}: its status is "accepted" or "superseded by [NUMBER](FILE)"`);
    return { file, number, title, date, status: status.replaceAll("\n", " ") };
  });
}

export function decisionsPage(): string {
  const rows = decisions().map(
    ({ file, number, title, date, status }) => `| ${number} | [${title}](${file}) | ${date} | ${status.split(":")[0] ?? ""} |`,
  );
  return `# Decisions

<!-- Written by npm run house from the heads of the pages. -->

Why something is as it is, and what was tried instead. A page describes the day that it was written on; where it holds
no longer, its head names the page that took its place. A new page takes the next number.

| | decision | date | status |
| - | - | - | - |
${rows.join("\n")}
`;
}
