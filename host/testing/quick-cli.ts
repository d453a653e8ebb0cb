/** `npm run quick`: what can be known of a change within a minute. */
import { Command } from "commander";
import { runCommandLine } from "../command-line/run.ts";
import { ROOT } from "../project/root.ts";
import { changedFiles } from "./changed.ts";
import { testFiles } from "./files.ts";
import { distances, readGraph } from "./graph.ts";
import { fitting } from "./quick.ts";
import { readSeen } from "./record.ts";
import { JOBS, runSession, SILENCE } from "./session.ts";
import type { SessionOptions } from "./session.ts";
import type { ToolCommand } from "./tool.ts";

/** Of tests, in each process that runs them. The rest of the minute is for what starts and ends. */
const TESTS_MS = 35_000;

const program = new Command("npm run quick --")
  .description("Types, lint of what was changed, and the tests that the change touches, nearest first, as many as fit into a minute.")
  .option("--base <commit>", "changed since when (default: since the last commit, or since main where nothing was)")
  .addOption(JOBS)
  .addOption(SILENCE)
  .action(async ({ base, ...options }: SessionOptions & { base?: string }) => {
    const changed = changedFiles(ROOT, base);
    const touched = distances(readGraph(ROOT), changed, testFiles(ROOT));
    const files = fitting(touched, readSeen(), TESTS_MS * options.jobs);
    console.log(`${changed.length} files changed, ${touched.size} test files touched, ${files.length} of them run now`);
    await runSession({ files }, toolsFor(changed), options);
  });

function toolsFor(changed: readonly string[]): ToolCommand[] {
  const programs = changed.filter((file) => /\.[cm]?[jt]s$/.test(file));
  return [
    types("tsconfig.host.json"),
    types("tsconfig.json"),
    ...(programs.length ? [{ title: "ESLint", command: ["npx", "eslint", "--no-warn-ignored", ...programs] } as const] : []),
    ...(changed.length ? [{ title: "Prettier", command: ["npx", "prettier", "--check", "--ignore-unknown", ...changed] } as const] : []),
  ];
}

/** What the compiler knows of files that did not change it need not find again. */
function types(project: string): ToolCommand {
  const kept = ["--incremental", "--tsBuildInfoFile", `node_modules/.cache/espruino-cellular/${project}.tsbuildinfo`];
  return { title: `types (${project})`, command: ["npx", "tsc", "-p", project, ...kept] };
}

await runCommandLine("quick", program);
