/** Which of the tests that a change touches fit into a given time. */
import type { SeenFiles } from "./record.ts";

/** For a file that was never seen. */
const UNKNOWN_MS = 3000;

/** The nearest first, and of those as near the shortest. `touched`: files and how far they are from the change. */
export function fitting(touched: ReadonlyMap<string, number>, seen: SeenFiles, limitMs: number): string[] {
  const files = [...touched].map(([file, distance]) => ({ file, distance, ms: seen[file]?.ms ?? UNKNOWN_MS }));
  files.sort((a, b) => a.distance - b.distance || a.ms - b.ms);
  let sum = 0;
  return files.filter(({ ms }) => (sum += ms) <= limitMs).map(({ file }) => file);
}
