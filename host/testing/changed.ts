/** What differs from what is committed. */
import { spawnSync } from "node:child_process";

/**
 * Files that were changed or added since `base`, relative to the project. Without it: since the last commit, or,
 * if nothing was, since `main`.
 */
export function changedFiles(root: string, base?: string): string[] {
  if (base !== undefined) return [...differing(root, base), ...untracked(root)];
  const own = [...differing(root, "HEAD"), ...untracked(root)];
  return own.length ? own : differing(root, git(root, "merge-base", "HEAD", "main")[0] ?? "HEAD");
}

function differing(root: string, commit: string): string[] {
  return git(root, "diff", "--name-only", "--diff-filter=d", "--relative", commit);
}

function untracked(root: string): string[] {
  return git(root, "ls-files", "--others", "--exclude-standard");
}

/** Lines of what it prints. @throws {Error} with what it has to say. */
function git(root: string, ...args: string[]): string[] {
  const { status, stdout, stderr, error } = spawnSync("git", args, { cwd: root, encoding: "utf8" });
  if (error) throw error;
  if (status !== 0) throw new Error(`git ${args.join(" ")}: ${stderr.trim().split("\n")[0] ?? ""}`);
  return stdout.split("\n").filter((line) => line);
}
