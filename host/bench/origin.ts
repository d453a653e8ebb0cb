/** Where recorded figures come from: the commit whose sources were measured, and whether those have changed since. */
import { spawnSync } from "node:child_process";
import { ROOT } from "../project/root.ts";

/** What the text of the firmware is made from. */
export const FIRMWARE: readonly string[] = ["src", "host/compile", "tsconfig.json", "package-lock.json"];
/** What a device is made from that runs. */
export const RIG: readonly string[] = ["src", "host", "boards", "product.json", "tsconfig.json", "package-lock.json"];

/**
 * The last commit that touched one of `paths`: a merge where that brought it in.
 * @throws {Error} if there is none, or what is there is not what was committed.
 */
export function commitOf(paths: readonly string[], root = ROOT): string {
  const [open] = changesSince("HEAD", paths, root) ?? [];
  if (open !== undefined) throw new Error(`${open} is not committed: a figure is recorded with the commit that it was measured at`);
  // Only along the first parents is what the commit has what there is now.
  const commit = git(root, ["log", "-1", "--first-parent", "--abbrev=10", "--format=%h", "--", ...paths]);
  if (!commit) throw new Error("no commit is known here: figures are recorded in a clone of the project");
  return commit;
}

/** What was measured at `commit` has changed; `null`: it cannot be said here, where the commit is not known. */
export function isStale(commit: string, paths: readonly string[], root = ROOT): boolean | null {
  const changes = changesSince(commit, paths, root);
  return changes && changes.length > 0;
}

/** Files, new ones included. */
function changesSince(commit: string, paths: readonly string[], root: string): string[] | null {
  const changed = git(root, ["diff", "--name-only", commit, "--", ...paths]);
  const fresh = git(root, ["ls-files", "--others", "--exclude-standard", "--", ...paths]);
  return changed === null || fresh === null ? null : `${changed}\n${fresh}`.split("\n").filter(Boolean);
}

/** What it prints; `null`: it is not there, or fails. */
function git(root: string, args: readonly string[]): string | null {
  const { status, stdout } = spawnSync("git", args, { cwd: root, encoding: "utf8" });
  return status === 0 ? stdout.trim() : null;
}
