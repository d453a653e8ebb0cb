/** Who typed the command, and where: npm runs a script in the project's folder, whatever folder its caller is in. */
import { realpathSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../project/root.ts";

/**
 * Is this process the project's npm script of that name? Programs that such a script starts inherit its environment, but neither are they called
 * so, nor need they be in the project's folder.
 */
export function isNpmScript(name: string, env: NodeJS.ProcessEnv = process.env): boolean {
  const { npm_lifecycle_event: script, npm_package_json: manifest } = env;
  return script == name && manifest !== undefined && isSame(manifest, join(ROOT, "package.json")) && isSame(process.cwd(), ROOT);
}

/** Relative paths mean what they mean where the command was typed. */
export function enterCallersFolder(name: string): void {
  const folder = process.env["INIT_CWD"];
  if (folder && isNpmScript(name)) process.chdir(folder);
}

function isSame(one: string, other: string): boolean {
  try {
    return realpathSync(one) == realpathSync(other);
  } catch {
    return false;
  }
}
