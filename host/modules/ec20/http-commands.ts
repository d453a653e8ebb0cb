/** QHTTP commands (EC2x HTTP(S) application note). Results come as URCs behind the OK. */
import { AtError, ok, okThen, type Args, type Call, type Command, type CommandTable, type Reply } from "../core/command.ts";
import type { Core } from "../core/core.ts";
import { FileStore, type Storage } from "../core/files.ts";
import { parseHttpUrl, type HttpUrl } from "../net/http-url.ts";
import { pacedOutput } from "./http-body.ts";
import { HTTP, HttpClient, type Request } from "./http-client.ts";
import { configureHttp, httpConfigRead, httpConfigTest, requestBytes } from "./http-config.ts";
import * as LATENCY from "./latency.ts";
import type { SslCommands } from "./ssl.ts";

const CONNECT = "\r\nCONNECT\r\n";
/** Of URL, request, response and packets, seconds. */
const TIMEOUT_S = 60;
const MAX_TIMEOUT_S = 65_535;
const MAX_HEADER = 2048;
const MAX_BODY = 1_024_000;
const MAX_RANGE = 0x7fff_ffff;
const NAME_BYTES = 84;
/** +CME ERROR */
const FILE_NOT_FOUND = 405;
const BAD_FILE_NAME = 406;

export interface HttpCommands {
  commands: CommandTable;
  client: HttpClient;
}

export function httpCommands(core: Core, ssl: SslCommands): HttpCommands {
  const { files } = core;
  const { quirks } = core.settings;
  const client = new HttpClient(core, ssl);
  const seconds = (args: Args, i: number): number => args.int(i, 1, MAX_TIMEOUT_S, TIMEOUT_S) * 1000;
  const okNow = (then: () => void): Reply => ({ ...okThen(then), latency: LATENCY.HTTP_OK });

  /** CONNECT, `length` bytes, then what `done` makes of them; `missed` when they did not come. */
  function collect(length: number, timeoutMs: number, done: (data: Buffer) => Reply, missed = (): void => {}): Reply {
    return {
      kind: "collect",
      prompt: CONNECT,
      length,
      silenceMs: timeoutMs,
      fromPrompt: true,
      latency: LATENCY.HTTP_PROMPT,
      done(data, ended) {
        if (ended === "full") return done(data);
        missed();
        throw new AtError(HTTP.inputTimeout);
      },
    };
  }

  /** Connects, takes data from the host, sends what `request` makes of them. */
  function connectFirst(startedAt: number, length: number, inputMs: number, request: (data: Buffer) => Request): Reply {
    return {
      kind: "pending",
      latency: LATENCY.HTTP_OK,
      start(_, end) {
        client.connect(startedAt, (result) =>
          end(() => {
            if (result !== HTTP.ok) throw new AtError(result);
            const taken = (data: Buffer): Reply => {
              const takenAt = core.now();
              return okNow(() => client.send(request(data), takenAt, LATENCY.HTTP_RESULT));
            };
            return collect(length, inputMs, taken, () => client.giveUp());
          }),
        );
      },
    };
  }

  function get({ args, startedAt }: Call): Reply {
    const url = client.needUrl();
    const name = "+QHTTPGET";
    const responseMs = seconds(args, 0);
    if (client.config.requestheader === 0) {
      args.expect(0, 1);
      const bytes = requestBytes(url, client.config, { method: "GET", body: null });
      return okNow(() => client.run({ name, bytes, responseMs }, startedAt));
    }
    args.expect(2, 3);
    return connectFirst(startedAt, args.int(1, 1, MAX_HEADER), seconds(args, 2), (bytes) => ({ name, bytes, responseMs }));
  }

  function getRange({ args, startedAt }: Call): Reply {
    const url = client.needUrl();
    args.expect(3, 3);
    const [responseMs, first, length] = [seconds(args, 0), args.int(1, 0, MAX_RANGE), args.int(2, 1, MAX_RANGE)];
    const bytes = requestBytes(url, client.config, { method: "GET", body: null, range: { first, last: first + length - 1 } });
    return okNow(() => client.run({ name: "+QHTTPGET", bytes, responseMs }, startedAt));
  }

  /** The body, or with "requestheader" 1 the whole request, as the host wrote it. */
  function posted(name: string, url: HttpUrl, data: Buffer, responseMs: number): Request {
    const whole = client.config.requestheader === 1;
    return { name, bytes: whole ? data : requestBytes(url, client.config, { method: "POST", body: data }), responseMs };
  }

  function post({ name, args, startedAt }: Call): Reply {
    const url = client.needUrl();
    args.expect(1, 3);
    const [length, inputMs, responseMs] = [args.int(0, 1, MAX_BODY), seconds(args, 1), seconds(args, 2)];
    return connectFirst(startedAt, length, inputMs, (data) => posted(name, url, data, responseMs));
  }

  function postFile({ name, args, startedAt }: Call): Reply {
    const url = client.needUrl();
    args.expect(1, 2);
    const data = files.get(keyOf(args));
    if (!data) throw new AtError(FILE_NOT_FOUND);
    const request = posted(name, url, data, seconds(args, 1));
    return okNow(() => client.run(request, startedAt));
  }

  function read({ name, args }: Call): Reply {
    const waitMs = seconds(args, 0);
    const response = client.take();
    return {
      kind: "pending",
      prompt: CONNECT,
      latency: LATENCY.HTTP_READ,
      start(write, end) {
        const output = pacedOutput(core, write);
        const over = (result: number): void => output.finish(() => end(() => ({ ...ok(), tail: `${name}: ${result}` })));
        client.read(response, waitMs, (bytes) => output.push(bytes), over);
      },
    };
  }

  /** A file of that name is replaced, and keeps what arrived before a failure; the note says neither. */
  function readToFile({ name, args }: Call): Reply {
    const [key, waitMs] = [keyOf(args), seconds(args, 1)];
    const response = client.take();
    return okNow(() => {
      const chunks: Buffer[] = [];
      client.read(
        response,
        waitMs,
        (bytes) => void chunks.push(bytes),
        (result) => {
          files.delete(key);
          const data = Buffer.concat(chunks);
          const fits = data.length <= files.space(key.slice(0, 3) as Storage).free;
          if (fits) files.set(key, data);
          core.port.urc(`${name}: ${fits ? result : HTTP.memory}`);
        },
      );
    });
  }

  function keyOf(args: Args): string {
    const key = FileStore.key(args.text(0, NAME_BYTES));
    if (key === null) throw new AtError(BAD_FILE_NAME);
    return key;
  }

  const range = `(1-${MAX_TIMEOUT_S})`;
  const both = (test: string, handler: (call: Call) => Reply): Command => ({ test: () => [test], run: handler, write: handler });
  const commands: CommandTable = {
    "+QHTTPCFG": {
      test: () => httpConfigTest(quirks),
      read: () => ok(...httpConfigRead(client.config, quirks)),
      write({ args }) {
        client.needIdle();
        return configureHttp(client.config, args, quirks);
      },
    },
    "+QHTTPURL": {
      test: () => [`+QHTTPURL: (1-${quirks.httpUrlLimit}),${range}`],
      write({ args }) {
        client.needIdle();
        return collect(args.int(0, 1, quirks.httpUrlLimit), seconds(args, 1), (data) => {
          const url = parseHttpUrl(data.toString("latin1"));
          if (!url?.scheme) throw new AtError(HTTP.badUrl);
          client.url = url;
          return { ...ok(), latency: LATENCY.HTTP_URL };
        });
      },
    },
    "+QHTTPGET": both(`+QHTTPGET: ${range},(1-${MAX_HEADER}),${range}`, get),
    "+QHTTPPOST": { test: () => [`+QHTTPPOST: (1-${MAX_BODY}),${range},${range}`], write: post },
    "+QHTTPPOSTFILE": { test: () => [`+QHTTPPOSTFILE: <file_name>,${range}`], write: postFile },
    "+QHTTPREAD": both(`+QHTTPREAD: ${range}`, read),
    "+QHTTPREADFILE": { test: () => [`+QHTTPREADFILE: <file_name>,${range}`], write: readToFile },
  };
  if (quirks.httpGetEx) commands["+QHTTPGETEX"] = { test: () => [`+QHTTPGETEX: ${range},<start>,<length>`], write: getRange };
  if (quirks.httpStop) commands["+QHTTPSTOP"] = { test: () => [], run: () => okThen(() => client.stop()) };
  return { commands, client };
}
