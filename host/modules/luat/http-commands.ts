/** HTTP commands (Luat AT manual V1.6.3, HTTP). */
import {
  ArgumentError,
  AtError,
  ok,
  okThen,
  type Answer,
  type Call,
  type Command,
  type CommandTable,
  type Reply,
} from "../core/command.ts";
import type { Core } from "../core/core.ts";
import { CME, HTTP_ERROR } from "./errors.ts";
import { FileSystem } from "./file-system.ts";
import { HTTP_TAGS } from "./http-parameters.ts";
import { HttpSession, METHODS, STATUS, type Response, type SessionWorld } from "./http-session.ts";
import * as LATENCY from "./latency.ts";
import type { HttpUrl } from "../net/http-url.ts";

/** HTTPDATA waits so long, milliseconds. */
const MIN_INPUT_MS = 1000;
const MAX_INPUT_MS = 120_000;
const GET = 0;
const FILE_NAME = 50;
const FOLDER = "USER/HTTP";

/** An HTTP command that is refused: its +CME ERROR (null: plain ERROR), and its number in the table of HTTP errors. */
class Refused extends Error {
  constructor(
    readonly cme: number | null,
    readonly n: number,
  ) {
    super();
  }
}

export interface HttpCommands {
  commands: CommandTable;
  session: HttpSession;
}

export function httpCommands(core: Core, files: FileSystem, world: SessionWorld): HttpCommands {
  const { port } = core;
  const { quirks } = core.settings;
  const session = new HttpSession(core, world);

  function needSession(): void {
    if (!session.open) throw new Refused(CME.notAllowed, HTTP_ERROR.noSession);
  }

  function needIdle(): void {
    needSession();
    if (session.busy) throw new Refused(CME.notAllowed, HTTP_ERROR.busy);
  }

  function needUrl(): HttpUrl {
    const { url } = session;
    if (!url) throw new Refused(CME.notAllowed, HTTP_ERROR.parameter);
    return url;
  }

  /** Firmware that ends refused commands by numbers finds a missing bearer at once. */
  function needBearer(): void {
    if (quirks.httpErrors === "numbered" && !world.online(session.parameters.cid)) throw new Refused(CME.notAllowed, HTTP_ERROR.noBearer);
  }

  function needResponse(): Response {
    needSession();
    if (!session.response) throw new Refused(null, session.busy ? HTTP_ERROR.busy : HTTP_ERROR.noHeader);
    return session.response;
  }

  function refusal(error: unknown): Answer {
    if (!(error instanceof Refused || error instanceof ArgumentError)) throw error;
    if (quirks.httpErrors === "cme") throw error instanceof Refused ? new AtError(error.cme) : error;
    return { kind: "answer", result: `ERROR:${error instanceof Refused ? error.n : HTTP_ERROR.parameter}` };
  }

  const guarded =
    (handler: (call: Call) => Reply) =>
    (call: Call): Reply => {
      try {
        return handler(call);
      } catch (error) {
        return refusal(error);
      }
    };

  function told(method: number, { status, body }: Response): void {
    for (let i = 0; i < (quirks.httpActionTwice ? 2 : 1); i++) port.urc(`+HTTPACTION: ${method},${status},${body.length}`);
  }

  function action({ args, startedAt }: Call): Reply {
    const method = args.int(0, 0, METHODS.length - 1);
    needSession();
    if (session.busy && quirks.httpBusy === "604") return okThen(() => port.urc(`+HTTPACTION: ${method},${STATUS.busy},0`));
    needIdle();
    needBearer();
    const url = needUrl();
    return okThen(() => session.run(METHODS[method] as (typeof METHODS)[number], url, startedAt, (response) => told(method, response)));
  }

  function data({ args }: Call): Reply {
    needIdle();
    const size = args.int(0, 0, Infinity);
    if (size > quirks.httpDataLimit) throw new Refused(CME.badParameter, HTTP_ERROR.noBuffer);
    session.data = Buffer.alloc(0);
    if (size === 0) return ok();
    return {
      kind: "collect",
      prompt: "\r\nDOWNLOAD\r\n",
      length: size,
      silenceMs: args.int(1, MIN_INPUT_MS, MAX_INPUT_MS),
      fromPrompt: true,
      latency: LATENCY.HTTP_DOWNLOAD,
      done(bytes) {
        // What did not come in time is not missed: the manual names no error.
        session.data = bytes;
        return { ...ok(), latency: LATENCY.HTTP_DATA };
      },
    };
  }

  function read(from: number, size: number): Reply {
    const body = needResponse().body.subarray(from, from + size);
    return { kind: "answer", raw: `\r\n+HTTPREAD: ${body.length}\r\n${body.toString("latin1")}` };
  }

  /** The count leaves out the last line end. */
  function head(): Reply {
    const { head: text } = needResponse();
    if (text === null) throw new Refused(null, HTTP_ERROR.noHeader);
    return { kind: "answer", raw: `\r\n+HTTPHEAD: ${text.length}\r\n${text}\r\n` };
  }

  function getToFile({ args, startedAt }: Call): Reply {
    needIdle();
    args.int(0, GET, GET);
    const path = FileSystem.path(`${FOLDER}/${args.anyText(1, FILE_NAME)}`);
    if (path === null) throw new Refused(CME.badParameter, HTTP_ERROR.file);
    const url = needUrl();
    const store = ({ status, head, body }: Response): void => {
      const size = head === null ? 0 : body.length;
      if (size > files.free) return port.urc(`+HTTPGETTOFS: ${STATUS.memory},0`);
      for (const folder of ["USER", FOLDER]) files.addFolder(folder);
      if (size > 0) files.write(path, body);
      port.urc(`+HTTPGETTOFS: ${status},${size}`);
    };
    return okThen(() => session.run("GET", url, startedAt, store));
  }

  const commands: Record<string, Command> = {
    "+HTTPINIT": {
      run() {
        if (session.open) throw new Refused(CME.notAllowed, HTTP_ERROR.busy);
        session.init();
        return ok();
      },
    },
    "+HTTPTERM": {
      run() {
        needSession();
        session.term();
        return ok();
      },
    },
    "+HTTPPARA": {
      test: () => [`+HTTPPARA: (${HTTP_TAGS.map((tag) => `"${tag}"`).join(",")})`],
      read() {
        needSession();
        return ok(...session.parameters.shown);
      },
      write({ args }) {
        needIdle();
        session.parameters.set(args);
        return ok();
      },
    },
    "+HTTPDATA": { test: () => [`+HTTPDATA: (0-${quirks.httpDataLimit}),(${MIN_INPUT_MS}-${MAX_INPUT_MS})`], write: data },
    "+HTTPACTION": { test: () => ["+HTTPACTION: (0-2)"], write: action },
    "+HTTPREAD": {
      test: () => [],
      run: () => read(0, Infinity),
      write({ args }) {
        args.expect(2, 2);
        return read(args.int(0, 0, Infinity), args.int(1, 1, Infinity));
      },
    },
    "+HTTPHEAD": { run: head },
  };
  if (quirks.tls) {
    commands["+HTTPSSL"] = {
      test: () => ["+HTTPSSL: (0,1)"],
      read() {
        needSession();
        return ok(`+HTTPSSL: ${session.secure ? 1 : 0}`);
      },
      write({ args }) {
        needIdle();
        session.secure = args.int(0, 0, 1) === 1;
        return ok();
      },
    };
  }
  if (quirks.httpGetToFs) commands["+HTTPGETTOFS"] = { write: getToFile };
  return { commands: Object.fromEntries(Object.entries(commands).map(guardForms)), session };

  function guardForms([name, command]: [string, Command]): [string, Command] {
    const { read, write, run } = command;
    return [
      name,
      {
        ...command,
        ...(read ? { read: guarded(read) } : {}),
        ...(write ? { write: guarded(write) } : {}),
        ...(run ? { run: guarded(run) } : {}),
      },
    ];
  }
}
