/** QHTTPCFG: what every request of an EC20 is made with (EC2x HTTP(S) application note). RAM only. */
import { AtError, ok, type Args, type Reply } from "../core/command.ts";
import { hostHeader, type HttpUrl } from "../net/http-url.ts";
import type { Quirks } from "../options.ts";

export interface HttpConfig {
  contextid: number;
  /** 1: the host writes the whole request. */
  requestheader: number;
  /** 1: the response's head is read along with its body. */
  responseheader: number;
  sslctxid: number;
  contenttype: number;
  /** Kept, and nothing else: the references only name them. */
  "rspout/auto": number;
  "closed/ind": number;
  /** `user:password`. */
  auth: string;
  /** A header line. */
  custom_header: string;
  /** Header lines by name. */
  added: Map<string, string>;
}

export function factoryHttpConfig(): HttpConfig {
  return {
    contextid: 1,
    requestheader: 0,
    responseheader: 0,
    sslctxid: 1,
    contenttype: 0,
    "rspout/auto": 0,
    "closed/ind": 0,
    auth: "",
    custom_header: "",
    added: new Map(),
  };
}

/** By the number of "contenttype"; the last two belong to newer firmware. */
const CONTENT_TYPES = [
  "application/x-www-form-urlencoded",
  "text/plain",
  "application/octet-stream",
  "multipart/form-data",
  "application/json",
  "image/jpeg",
];
const OLD_CONTENT_TYPES = 4;
const TEXT_BYTES = 256;
/** More than any request line has. */
const LINE_BYTES = 4096;

interface Item {
  /** Firmware of a newer generation. */
  newer?: true;
  test(quirks: Quirks): string;
  /** null: the item cannot be read. */
  read(config: HttpConfig): string | null;
  /** Arguments count from 1. */
  write(config: HttpConfig, args: Args, quirks: Quirks): void;
}

type NumberKey = "contextid" | "requestheader" | "responseheader" | "sslctxid" | "rspout/auto" | "closed/ind";

const number = (key: NumberKey, min: number, max: number): Item => ({
  test: () => (max === 1 ? "(0,1)" : `(${min}-${max})`),
  read: (config) => String(config[key]),
  write: (config, args) => void (config[key] = args.int(1, min, max)),
});

const text = (key: "auth" | "custom_header", example: string): Item => ({
  newer: true,
  test: () => `("${example}")`,
  read: (config) => `"${config[key]}"`,
  write: (config, args) => void (config[key] = args.text(1, TEXT_BYTES, "")),
});

const lastType = ({ httpNewItems }: Quirks): number => (httpNewItems ? CONTENT_TYPES.length : OLD_CONTENT_TYPES) - 1;

const ITEMS: Record<string, Item> = {
  contextid: number("contextid", 1, 16),
  requestheader: number("requestheader", 0, 1),
  responseheader: number("responseheader", 0, 1),
  sslctxid: number("sslctxid", 0, 5),
  contenttype: {
    test: (quirks) => `(0-${lastType(quirks)})`,
    read: (config) => String(config.contenttype),
    write: (config, args, quirks) => void (config.contenttype = args.int(1, 0, lastType(quirks))),
  },
  "rspout/auto": { ...number("rspout/auto", 0, 1), newer: true },
  "closed/ind": { ...number("closed/ind", 0, 1), newer: true },
  auth: text("auth", "username:password"),
  custom_header: text("custom_header", "custom_value"),
  "reqheader/add": {
    newer: true,
    test: () => "<name>,<value>",
    read: () => null,
    write: (config, args) => void config.added.set(args.text(1, TEXT_BYTES), args.text(2, TEXT_BYTES)),
  },
  "reqheader/remove": {
    newer: true,
    test: () => "<name>",
    read: () => null,
    write(config, args) {
      if (!config.added.delete(args.text(1, TEXT_BYTES))) throw new AtError();
    },
  },
};

function known({ httpNewItems }: Quirks): [string, Item][] {
  return Object.entries(ITEMS).filter(([, item]) => httpNewItems || !item.newer);
}

function shown(name: string, value: string | null): string[] {
  return value === null ? [] : [`+QHTTPCFG: "${name}",${value}`];
}

export function httpConfigTest(quirks: Quirks): string[] {
  return known(quirks).map(([name, item]) => `+QHTTPCFG: "${name}",${item.test(quirks)}`);
}

/** `QHTTPCFG?`: all values in one block. */
export function httpConfigRead(config: HttpConfig, quirks: Quirks): string[] {
  return known(quirks).flatMap(([name, item]) => shown(name, item.read(config)));
}

/** One line of QHTTPCFG: reads with one argument, writes with more. */
export function configureHttp(config: HttpConfig, args: Args, quirks: Quirks): Reply {
  const name = args.text(0, 20).toLowerCase();
  const item = known(quirks).find(([known]) => known === name)?.[1];
  if (!item) throw new AtError();
  if (args.count > 1) {
    item.write(config, args, quirks);
    return ok();
  }
  const lines = shown(name, item.read(config));
  if (lines.length === 0) throw new AtError();
  return ok(...lines);
}

export interface RequestParts {
  method: "GET" | "POST";
  /** null: there is none, and no header speaks of one. */
  body: Buffer | null;
  range?: { first: number; last: number };
}

/** A request as the module writes it. Order and values of the headers: the note's examples. */
export function requestBytes(url: HttpUrl, config: HttpConfig, { method, body, range }: RequestParts): Buffer {
  const lines = [
    `${method} ${url.path} HTTP/1.1`,
    `Host: ${hostHeader(url)}`,
    "Accept: */*",
    "User-Agent: QUECTEL_MODULE",
    "Connection: Keep-Alive",
    ...(config.auth === "" ? [] : [`Authorization: Basic ${Buffer.from(config.auth, "latin1").toString("base64")}`]),
    ...(config.custom_header === "" ? [] : [config.custom_header]),
    ...[...config.added].map(([name, value]) => `${name}: ${value}`),
    ...(range ? [`Range: bytes=${range.first}-${range.last}`] : []),
    ...(body ? [`Content-Type: ${CONTENT_TYPES[config.contenttype]}`, `Content-Length: ${body.length}`] : []),
  ];
  return Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1"), body ?? Buffer.alloc(0)]);
}

/** Of a request that the host wrote: its method, and whether it is for the path of `url`. */
export function requestLine(bytes: Buffer, url: HttpUrl): { method: string; forUrl: boolean } {
  const match = /^([A-Z]+) (?:https?:\/\/[^/ ]*)?(\/[^ ]*) HTTP\/1\.[01]\r\n/i.exec(bytes.toString("latin1", 0, LINE_BYTES));
  return { method: match?.[1]?.toUpperCase() ?? "", forUrl: match?.[2] === url.path };
}
