/** What differs from what is committed. */
import { execFileSync } from "node:child_process";

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

function git(root: string, ...args: string[]): string[] {
  return execFileSync("git", args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] })
    .split("\n")
    .filter((line) => line);
}
