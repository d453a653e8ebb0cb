/** FS commands (Luat AT manual V1.6.3). Names may stand without quotes. */
import { AtError, ok, type Args, type CommandTable, type Reply } from "../core/command.ts";
import type { Core } from "../core/core.ts";
import { checksum } from "../core/files.ts";
import { CME } from "./errors.ts";
import { FileSystem } from "./file-system.ts";
import * as LATENCY from "./latency.ts";
import type { LuatState } from "./state.ts";

const NAME_CHARACTERS = 64;
/** Bytes of one FSWRITE or FSREAD. */
const MAX_BYTES = 10_240;
const MAX_TIMEOUT_S = 65_535;
/** `<mode>` of FSWRITE. */
const APPEND = 1;
/** `<mode>` of FSREAD. */
const FROM_POSITION = 1;

export function fileCommands(core: Core, state: LuatState, files: FileSystem): CommandTable {
  const { quirks } = core.settings;

  function pathOf(args: Args): string {
    const path = FileSystem.path(args.anyText(0, NAME_CHARACTERS));
    if (path === null) throw new AtError(CME.badParameter);
    return path;
  }

  function contentOf(path: string): Buffer {
    const data = files.read(path);
    if (!data) throw new AtError(CME.fileMissing);
    return data;
  }

  function write(path: string, mode: number, size: number, timeoutS: number): Reply {
    contentOf(path);
    if (size > files.free) throw new AtError(CME.fileTooLarge);
    return {
      kind: "collect",
      prompt: `\r\n${quirks.prompt}`,
      length: size,
      silenceMs: timeoutS * 1000,
      lose: quirks.uplDrop + core.faults.uploadLoss,
      done(data, ended) {
        core.emit({ ev: "upload", file: path, bytes: data.length, expected: size, checksum: checksum(data) });
        // Nothing is stored of a transfer that stopped; the manual only names the word.
        if (ended !== "full") return { kind: "answer", result: "TimeOut" };
        const old = contentOf(path);
        // What is longer keeps its end: the manual says from the start, not that the file is emptied.
        files.write(path, mode === APPEND ? Buffer.concat([old, data]) : Buffer.concat([data, old.subarray(data.length)]));
        return { ...ok(), latency: LATENCY.FS_WRITTEN };
      },
    };
  }

  function read(data: Buffer): Reply {
    const header = state.session.settings["+FSREADHEAD"] === 1 ? `\r\n+FSREAD: ${data.length}` : "";
    return { kind: "answer", raw: `${header}\r\n${data.toString("latin1")}` };
  }

  return {
    "+FSCREATE": {
      test: () => [],
      write({ args }) {
        const path = pathOf(args);
        if (files.read(path) && quirks.fsCreateTwice === "ok") return { ...ok(), latency: LATENCY.FS_CREATE };
        if (!files.roomFor(path)) throw new AtError();
        files.write(path, Buffer.alloc(0));
        return { ...ok(), latency: LATENCY.FS_CREATE };
      },
    },
    "+FSWRITE": {
      test: () => [],
      write: ({ args }) => write(pathOf(args), args.int(1, 0, 1), args.int(2, 1, MAX_BYTES), args.int(3, 1, MAX_TIMEOUT_S)),
    },
    "+FSREAD": {
      test: () => [],
      write({ args }) {
        const data = contentOf(pathOf(args));
        const [mode, size, position] = [args.int(1, 0, 1), args.int(2, 1, MAX_BYTES), args.int(3, 0, Infinity, 0)];
        const from = mode === FROM_POSITION ? position : 0;
        return read(data.subarray(from, from + size));
      },
    },
    "+FSFLSIZE": { test: () => [], write: ({ args }) => ok(`+FSFLSIZE: ${contentOf(pathOf(args)).length}`) },
    "+FSDEL": {
      test: () => [],
      write({ args }) {
        if (!files.remove(pathOf(args))) throw new AtError(CME.fileMissing);
        return ok();
      },
    },
    "+FSLS": {
      test: () => [],
      run: () => ok(...files.list("")),
      write({ args }) {
        const path = pathOf(args);
        if (!files.hasFolder(path)) throw new AtError(CME.folderMissing);
        return ok(...files.list(path));
      },
    },
    "+FSMKDIR": {
      test: () => [],
      write({ args }) {
        const path = pathOf(args);
        if (!files.roomFor(path)) throw new AtError(CME.folderNotMade);
        files.addFolder(path);
        return { ...ok(), latency: LATENCY.FS_MAKE_FOLDER };
      },
    },
    "+FSRMDIR": {
      test: () => [],
      write({ args }) {
        const path = pathOf(args);
        if (path === "" || !files.hasFolder(path)) throw new AtError(CME.folderMissing);
        if (files.list(path).length > 0) throw new AtError();
        files.removeFolder(path);
        return ok();
      },
    },
    "+FSMEM": {
      run() {
        const answer = ok(`+FSMEM: ${files.free} bytes`);
        return quirks.fsmemNoOk ? { ...answer, result: null } : answer;
      },
    },
    "+FSDRIVE": {
      test: () => ["+FSDRIVE: (0,1)"],
      write({ args }) {
        // The only drive is the flash.
        if (args.int(0, 0, 1) !== 0) throw new AtError(CME.notAllowed);
        return ok("+FSDRIVE: C");
      },
    },
  };
}
