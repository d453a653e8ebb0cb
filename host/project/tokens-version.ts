/** Tokens belong to one version of the interpreter (`src/jslex.h`). */
import { ConfigError } from "./mistakes.ts";

/** The oldest interpreter that knows all the tokens that are used: numbers came last (EspruinoTools, `plugins/pretokenise.js`). */
const OLDEST = 26;

/** `version`: as `process.env.VERSION` has it, `2v29` or `2v29.277`. @throws {ConfigError} */
export function checkVersion(version: string): void {
  const [, major, minor] = /^(\d+)v(\d+)(\.\d+)?$/.exec(version) ?? [];
  if (major === undefined) throw new ConfigError(`pretokenise: "${version}" is no version of the interpreter; one is 2v29`);
  if (Number(major) < 2 || (Number(major) == 2 && Number(minor) < OLDEST))
    throw new ConfigError(`pretokenise: ${version} does not know all tokens; 2v${OLDEST} is the first`);
}
