/** Files (Quectel FILE AT manual, chapter 2). */
import { AtError, ok, type CommandTable, type Reply } from "../core/command.ts";
import type { Core } from "../core/core.ts";
import { checksum, FileStore, type Storage } from "../core/files.ts";

/** +CME ERROR */
const READ_ZERO = 402;
const NOT_FOUND = 405;
const BAD_NAME = 406;
const EXISTS = 407;
const TOO_MANY_OPEN = 413;
const READ_ONLY = 414;
const BAD_HANDLE = 416;
const TOO_LARGE = 423;

const CONNECT = "\r\nCONNECT\r\n";
const UPLOAD_SIZE = 10_240;
const UPLOAD_TIMEOUT_S = 5;
const MAX_TIMEOUT_S = 65_535;
/** In ack mode the module sends an `A` after each so many bytes. */
const ACK_EVERY = 1024;
const MAX_OPEN = 10;
const MAX_READ = 1_048_576;
const NAME_BYTES = 84;

interface OpenFile {
  key: string;
  position: number;
  writable: boolean;
}

export interface FileCommands {
  commands: CommandTable;
  /** Restart: no file is open. */
  reset(): void;
}

export function fileCommands(core: Core): FileCommands {
  const { files, settings } = core;
  const open = new Map<number, OpenFile>();

  function keyOf(name: string): string {
    const key = FileStore.key(name);
    if (key === null) throw new AtError(BAD_NAME);
    return key;
  }

  function storageOf(key: string): Storage {
    return key.slice(0, 3) as Storage;
  }

  function handle(i: number): OpenFile {
    const file = open.get(i);
    if (!file) throw new AtError(BAD_HANDLE);
    return file;
  }

  function upload(key: string, size: number, timeoutS: number, ack: boolean): Reply {
    if (files.has(key)) throw new AtError(EXISTS);
    if (size > files.space(storageOf(key)).free) throw new AtError(TOO_LARGE);
    const lose = settings.quirks.uplDrop + core.faults.uploadLoss;
    return {
      kind: "collect",
      prompt: CONNECT,
      length: size,
      silenceMs: timeoutS * 1000,
      plusEscape: true,
      ackEvery: ack ? ACK_EVERY : undefined,
      lose,
      done(data) {
        files.set(key, data);
        const sum = checksum(data);
        core.emit({ ev: "upload", file: key, bytes: data.length, expected: size, checksum: sum });
        return { kind: "answer", raw: `${settings.quirks.uplCrlf ? "\r\n" : ""}+QFUPL: ${data.length},${sum}\r\n` };
      },
    };
  }

  function write(file: OpenFile, length: number, timeoutS: number): Reply {
    if (!file.writable) throw new AtError(READ_ONLY);
    if (length > files.space(storageOf(file.key)).free) throw new AtError(TOO_LARGE);
    return {
      kind: "collect",
      prompt: CONNECT,
      length,
      silenceMs: timeoutS * 1000,
      plusEscape: true,
      done(data) {
        const old = files.get(file.key) ?? Buffer.alloc(0);
        const end = file.position + data.length;
        const whole = Buffer.concat([old.subarray(0, file.position), data, old.subarray(end)]);
        files.set(file.key, whole);
        file.position = end;
        return { kind: "answer", raw: `\r\n+QFWRITE: ${data.length},${whole.length}\r\n` };
      },
    };
  }

  const commands: CommandTable = {
    "+QFLDS": {
      test: () => ["+QFLDS: <name_pattern>"],
      run: () => space("UFS"),
      write({ args }) {
        const storage = args.text(0, 4).toUpperCase().replace(":", "");
        if (storage !== "UFS" && storage !== "RAM") throw new AtError(BAD_NAME);
        return space(storage);
      },
    },
    "+QFLST": {
      test: () => ["+QFLST: <name_pattern>"],
      run: () => list("*"),
      write: ({ args }) => list(args.text(0, NAME_BYTES)),
    },
    "+QFDEL": {
      test: () => ["+QFDEL: <filename>"],
      write({ args }) {
        const pattern = args.text(0, NAME_BYTES);
        const found = files.matching(pattern);
        if (found.length === 0 && !pattern.endsWith("*")) throw new AtError(FileStore.key(pattern) === null ? BAD_NAME : NOT_FOUND);
        for (const { key } of found) files.delete(key);
        return ok();
      },
    },
    "+QFUPL": {
      test: () => ["+QFUPL: <filename>[,(1-<freesize>)[,(1-65535)[,(0,1)]]]"],
      write({ args }) {
        const key = keyOf(args.text(0, NAME_BYTES));
        return upload(
          key,
          args.int(1, 1, Infinity, UPLOAD_SIZE),
          args.int(2, 1, MAX_TIMEOUT_S, UPLOAD_TIMEOUT_S),
          args.int(3, 0, 1, 0) === 1,
        );
      },
    },
    "+QFDWL": {
      test: () => ["+QFDWL: <filename>"],
      write({ args }) {
        const data = files.get(keyOf(args.text(0, NAME_BYTES)));
        if (!data) throw new AtError(NOT_FOUND);
        return { kind: "answer", raw: `${CONNECT}${data.toString("latin1")}\r\n+QFDWL: ${data.length},${checksum(data)}\r\n` };
      },
    },
    "+QFOPEN": {
      test: () => ["+QFOPEN: <filename>[,(0-2)]"],
      read: () => ok(...[...open].map(([i, { key, writable }]) => `+QFOPEN: "${key}",${i},${writable ? 0 : 2}`)),
      write({ args }) {
        const key = keyOf(args.text(0, NAME_BYTES));
        const mode = args.int(1, 0, 2, 0);
        if (open.size >= MAX_OPEN) throw new AtError(TOO_MANY_OPEN);
        if (mode === 2 && !files.has(key)) throw new AtError(NOT_FOUND);
        if (mode === 1 || !files.has(key)) files.set(key, Buffer.alloc(0));
        let i = 1;
        while (open.has(i)) i++;
        open.set(i, { key, position: 0, writable: mode !== 2 });
        return ok(`+QFOPEN: ${i}`);
      },
    },
    "+QFREAD": {
      test: () => ["+QFREAD: <filehandle>[,<length>]"],
      write({ args }) {
        const file = handle(args.int(0, 0, 65_535));
        const length = args.int(1, 1, MAX_READ, MAX_READ);
        const data = (files.get(file.key) ?? Buffer.alloc(0)).subarray(file.position, file.position + length);
        if (data.length === 0) throw new AtError(READ_ZERO);
        file.position += data.length;
        return { kind: "answer", raw: `\r\nCONNECT ${data.length}\r\n${data.toString("latin1")}` };
      },
    },
    "+QFWRITE": {
      test: () => ["+QFWRITE: <filehandle>[,<length>[,(1-65535)]]"],
      write: ({ args }) =>
        write(handle(args.int(0, 0, 65_535)), args.int(1, 1, Infinity, UPLOAD_SIZE), args.int(2, 1, MAX_TIMEOUT_S, UPLOAD_TIMEOUT_S)),
    },
    "+QFSEEK": {
      test: () => ["+QFSEEK: <filehandle>,<offset>[,(0-2)]"],
      write({ args }) {
        const file = handle(args.int(0, 0, 65_535));
        const size = files.get(file.key)?.length ?? 0;
        const base = [0, file.position, size][args.int(2, 0, 2, 0)] as number;
        const position = base + args.int(1, -MAX_READ, MAX_READ);
        if (position < 0 || position > size) throw new AtError(READ_ZERO);
        file.position = position;
        return ok();
      },
    },
    "+QFPOSITION": {
      test: () => ["+QFPOSITION: <filehandle>"],
      write: ({ args }) => ok(`+QFPOSITION: ${handle(args.int(0, 0, 65_535)).position}`),
    },
    "+QFCLOSE": {
      test: () => ["+QFCLOSE: <filehandle>"],
      write({ args }) {
        const i = args.int(0, 0, 65_535);
        handle(i);
        open.delete(i);
        return ok();
      },
    },
  };

  function space(storage: Storage): Reply {
    const { free, total } = files.space(storage);
    return ok(`+QFLDS: ${free},${total}`);
  }

  function list(pattern: string): Reply {
    const found = files.matching(pattern);
    if (found.length === 0 && !pattern.endsWith("*") && settings.quirks.lstMissing === "error") throw new AtError(NOT_FOUND);
    return ok(...found.map(({ key, size }) => `+QFLST: "${key}",${size}`));
  }

  return { commands, reset: () => open.clear() };
}
