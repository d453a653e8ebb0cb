/** HTTPPARA: what a request of HTTPACTION is made of (Luat AT manual V1.6.3, HTTPPARA). */
import { ArgumentError, type Args } from "../core/command.ts";
import { hostHeader, type HttpUrl } from "../net/http-url.ts";
import { MAX_CID } from "./sapbr.ts";

const MAX_PORT = 65_535;
const MAX_RANGE = 0x7fff_ffff;
const MAX_TIMEOUT_S = 65_535;

/** Tags with a number: range, and what they are after HTTPINIT. TIMEOUT is in seconds. */
const NUMBERS = {
  CID: { min: 1, max: MAX_CID, initial: 1 },
  PROPORT: { min: 0, max: MAX_PORT, initial: 0 },
  REDIR: { min: 0, max: 1, initial: 0 },
  BREAK: { min: 0, max: MAX_RANGE, initial: 0 },
  BREAKEND: { min: 0, max: MAX_RANGE, initial: 0 },
  TIMEOUT: { min: 1, max: MAX_TIMEOUT_S, initial: 120 },
} as const;
/** Tags with a text: its longest, bytes (documented for URL only), and what they are after HTTPINIT. */
const TEXTS = {
  URL: { max: 500, initial: "" },
  UA: { max: 256, initial: "AM_MODULE" },
  PROIP: { max: 256, initial: "" },
  CONTENT: { max: 256, initial: "" },
  USER_DEFINED: { max: 1024, initial: "" },
  USERDATA: { max: 1024, initial: "" },
} as const;

type NumberTag = keyof typeof NUMBERS;
type TextTag = keyof typeof TEXTS;

const ORDER = [
  "CID",
  "URL",
  "UA",
  "PROIP",
  "PROPORT",
  "REDIR",
  "BREAK",
  "BREAKEND",
  "TIMEOUT",
  "CONTENT",
  "USER_DEFINED",
  "USERDATA",
] as const satisfies readonly (NumberTag | TextTag)[];

export const HTTP_TAGS: readonly string[] = ORDER;

export class HttpParameters {
  private readonly numbers: Record<NumberTag, number>;
  private readonly texts: Record<TextTag, string>;
  /** Lines of USER_DEFINED: each adds one. */
  private readonly defined: string[] = [];

  constructor() {
    const initial = <T>(table: Record<string, { initial: T }>): [string, T][] =>
      Object.entries(table).map(([tag, one]) => [tag, one.initial]);
    this.numbers = Object.fromEntries(initial<number>(NUMBERS)) as Record<NumberTag, number>;
    this.texts = Object.fromEntries(initial<string>(TEXTS)) as Record<TextTag, string>;
  }

  /** `<tag>,<value>`, each with quotes or without. */
  set(args: Args): void {
    args.expect(2, 2);
    const tag = args.anyText(0, 20).toUpperCase();
    if (isNumber(tag)) this.numbers[tag] = numberOf(args, NUMBERS[tag]);
    else if (isText(tag)) this.setText(tag, args.anyText(1, TEXTS[tag].max, ""));
    else throw new ArgumentError("argument 1");
  }

  /** Lines of `HTTPPARA?`. */
  get shown(): string[] {
    return ORDER.map((tag) => `+HTTPPARA: "${tag}",${isNumber(tag) ? this.numbers[tag] : `"${this.textOf(tag)}"`}`);
  }

  get cid(): number {
    return this.numbers.CID;
  }

  get url(): string {
    return this.texts.URL;
  }

  get redirects(): boolean {
    return this.numbers.REDIR === 1;
  }

  get timeoutMs(): number {
    return this.numbers.TIMEOUT * 1000;
  }

  /** null: straight to the server. */
  get proxy(): { host: string; port: number } | null {
    return this.texts.PROIP === "" ? null : { host: this.texts.PROIP, port: this.numbers.PROPORT };
  }

  /** Header lines of a request. `body`: null, there is none. */
  headers(url: HttpUrl, body: Buffer | null): string[] {
    const { UA, CONTENT, USERDATA } = this.texts;
    const { BREAK, BREAKEND } = this.numbers;
    return [
      `Host: ${hostHeader(url)}`,
      `User-Agent: ${UA}`,
      "Connection: close",
      ...(CONTENT === "" ? [] : [`Content-Type: ${CONTENT}`]),
      ...this.defined,
      // Header lines follow each other by the two escapes as text.
      ...USERDATA.split("\\r\\n").filter((line) => line !== ""),
      // Both 0: the whole.
      ...(BREAK === 0 && BREAKEND === 0 ? [] : [`Range: bytes=${BREAK}-${BREAKEND === 0 ? "" : BREAKEND}`]),
      ...(body === null ? [] : [`Content-Length: ${body.length}`]),
    ];
  }

  private setText(tag: TextTag, text: string): void {
    if (tag === "USER_DEFINED") this.defined.push(text.replaceAll("\\22", '"'));
    else this.texts[tag] = text;
  }

  private textOf(tag: TextTag): string {
    return tag === "USER_DEFINED" ? this.defined.join("\\r\\n") : this.texts[tag];
  }
}

function isNumber(tag: string): tag is NumberTag {
  return Object.hasOwn(NUMBERS, tag);
}

function isText(tag: string): tag is TextTag {
  return Object.hasOwn(TEXTS, tag);
}

function numberOf(args: Args, { min, max }: { min: number; max: number }): number {
  const text = args.anyText(1, 10);
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < min || value > max) throw new ArgumentError("argument 2");
  return value;
}
