/** The Storage file that starts the firmware. */
export const LOADER = ".bootcde";

/** The loader comes last: what is written from its start and cut off in the middle does not boot. */
export function loaderLast(files: ReadonlyMap<string, Buffer>): Map<string, Buffer> {
  const loader = files.get(LOADER);
  const rest = [...files].filter(([name]) => name != LOADER);
  return new Map(loader ? [...rest, [LOADER, loader]] : rest);
}
