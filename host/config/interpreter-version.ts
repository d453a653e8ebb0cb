/** Versions of the interpreter, as `process.env.VERSION` has them: `2v29` is a release, `2v29.277` the 277th build after it. */

/** Negative if `a` is older. @throws {Error} if one is no version. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [parts(a), parts(b)];
  const at = left.findIndex((part, i) => part != right[i]);
  return at < 0 ? 0 : (left[at] as number) - (right[at] as number);
}

function parts(version: string): number[] {
  const found = /^(\d+)v(\d+)(?:\.(\d+))?$/.exec(version);
  if (!found) throw new Error(`"${version}" is no version of the interpreter; one is 2v29.277`);
  return found.slice(1).map((part) => Number(part ?? 0));
}

/** The version of an interpreter's binary: the only text in it that looks like one. `undefined` if that is not certain. */
export function versionIn(binary: Buffer): string | undefined {
  const found = new Set(binary.toString("latin1").match(/(?<![\w.])\dv\d\d(?:\.\d{1,4})?(?![\w.])/g));
  return found.size == 1 ? [...found][0] : undefined;
}

/** What a board's file says about interpreters: published releases that work, and the first build of the sources from which on all do. */
export interface Wanted {
  releases: readonly string[];
  builds: string;
  note: string;
}

/** Why an interpreter is not taken, with what to use instead; `undefined`: it is. @throws {Error} if `version` is none. */
export function versionMistake(version: string, { releases, builds, note }: Wanted): string | undefined {
  if (compareVersions(version, builds) >= 0 || releases.some((release) => compareVersions(version, release) == 0)) return undefined;
  return `${version}, wanted is ${wantedText({ releases, builds })} (${note})`;
}

/** For people: `the release 2v25, or a build 2v29.96 or newer`. */
export function wantedText({ releases, builds }: Pick<Wanted, "releases" | "builds">): string {
  const build = `a build ${builds} or newer`;
  return releases.length ? `the release ${releases.join(" or ")}, or ${build}` : build;
}
