/** MQTT topic filters (MQTT 3.1.1, 4.7). */

/** Whether all topics that `filter` reaches are reached by `allowed` too; both may have wildcards, a topic is a filter without any. */
export function covers(allowed: string, filter: string): boolean {
  const want = filter.split("/");
  const have = allowed.split("/");
  for (const [i, level] of have.entries()) {
    if (level == "#") return true;
    const wanted = want[i];
    if (wanted === undefined || wanted == "#") return false;
    if (level != "+" && level != wanted) return false;
  }
  return have.length == want.length;
}

/** Wildcards stand for whole levels, `#` at the end only (4.7.1). */
export function isFilter(filter: string): boolean {
  const levels = filter.split("/");
  return (
    filter != "" &&
    levels.every((level, i) => (/[#+]/.test(level) ? level == "+" || (level == "#" && i == levels.length - 1) : !level.includes("\0")))
  );
}
