/** What may import what on the PC side. */

/** Folders of `host/` and the folders they may import from, besides their own: from below to above, tools last. */
export const HOST_MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  loader: [],
  time: [],
  "command-line": [],
  store: [],
  interpreter: ["command-line"],
  broker: ["store", "time"],
  clouds: ["broker", "command-line", "store", "time"],
  modules: ["time"],
  config: ["clouds", "modules"],
  compile: ["clouds", "config"],
  image: ["compile", "config"],
  "flash-model": ["config", "image"],
  board: ["flash-model", "modules", "time"],
  update: ["clouds", "command-line", "compile", "config", "image"],
  rig: ["board", "broker", "clouds", "config", "image", "interpreter", "modules", "time"],

  bench: ["board", "clouds", "command-line", "compile", "config", "image", "modules", "rig", "time", "update"],
  boards: ["config"],
  ca: [],
  console: ["clouds", "command-line", "config", "interpreter", "modules"],
  flash: ["command-line", "compile", "config", "console", "image"],
  identity: ["command-line", "config"],
  sign: ["clouds", "config", "modules"],
  pages: ["compile"],
  testing: ["command-line", "loader"],
  start: ["broker", "clouds", "compile", "config", "modules", "rig", "time", "update"],
};

/** Everybody's: the project's folder, and the mistakes of whoever uses it. It imports nothing. */
export const COMMON = "project";

/** Command lines: nothing imports them, and they may use what all of them share. */
const COMMAND_LINE = /^(.+-)?cli\.ts$/;
const FOR_COMMAND_LINES = ["command-line", "time"];

/** `from` and `to`: paths from the project's folder, in parts. @returns what is wrong, or `""`. */
export function hostProblem(from: readonly string[], to: readonly string[], isTypeOnly: boolean): string {
  // The contracts have no code, but constants that both sides must have alike.
  if (to[0] == "src")
    return isTypeOnly || to[1] == "api"
      ? ""
      : "host must not run code of src: types and constants of src/api only, the built files for the rest";
  if (to[0] != "host") return `host must not import from ${to[0] ?? ""}/`;
  if (COMMAND_LINE.test(to.at(-1) as string)) return `${to.join("/")} is a command line: nothing imports it`;
  if (from.length < 3) return `host/${from[1] ?? ""} belongs into a folder`;
  const [, folder = "", file = ""] = from;
  const [, other = ""] = to;
  if (other == folder || other == COMMON) return "";
  if (folder == COMMON) return `host/${COMMON} must not import host/${other}: it may import nothing`;
  const isLeaf = from.length == 3 && COMMAND_LINE.test(file);
  const allowed = [...(HOST_MAY_IMPORT[folder] ?? []), ...(isLeaf ? FOR_COMMAND_LINES : [])];
  if (allowed.includes(other)) return "";
  return `host/${folder} must not import host/${other}: it may import ${[...allowed, COMMON].map((name) => `host/${name}`).join(", ")}`;
}
