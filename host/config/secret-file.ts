/** Files that may hold secrets: a mode given to `writeFile` counts for new files only. */
import { chmodSync, existsSync, writeFileSync } from "node:fs";

/** `isSecret`: only its owner may read it, also if it was there before. */
export function writeFile(path: string, data: Buffer | string, isSecret: boolean): void {
  if (isSecret && existsSync(path)) chmodSync(path, 0o600);
  writeFileSync(path, data, { mode: isSecret ? 0o600 : 0o644 });
}
