/** TLS settings (EC2x SSL application note, QSSLCFG). They are in RAM: a restart forgets them. */
import { AtError, ok, type Args, type CommandTable } from "../core/command.ts";
import type { Core } from "../core/core.ts";
import { clientFiles, type TlsSettings } from "../net/connect.ts";
import { tlsOffer, SUITE_CODES } from "../net/tls-codes.ts";

const CONTEXTS = 6;

interface SslContext {
  sslversion: number;
  /** As the module prints it: `0X` and four hexadecimal digits. */
  ciphersuite: string;
  cacert: string;
  clientcert: string;
  clientkey: string;
  seclevel: number;
  ignorelocaltime: number;
  negotiatetime: number;
  sni: number;
}

/** Old firmware allows one suite until told otherwise; newer ones allow all. */
const FACTORY: SslContext = {
  sslversion: 4,
  ciphersuite: "0X0035",
  cacert: "",
  clientcert: "",
  clientkey: "",
  seclevel: 0,
  ignorelocaltime: 1,
  negotiatetime: 300,
  sni: 0,
};

/** Items with a number, and its range. */
const NUMBERS = { sslversion: [0, 4], seclevel: [0, 2], ignorelocaltime: [0, 1], negotiatetime: [10, 300], sni: [0, 1] } as const;
/** Items with a file name. */
const FILES = ["cacert", "clientcert", "clientkey"] as const;
const FILE_NAME_BYTES = 84;

export interface SslCommands {
  commands: CommandTable;
  reset(): void;
  /** What a connection to `host` with this context does. */
  settingsFor(ctx: number, host: string): TlsSettings;
  /** Counts TLS connections; false when the module has had too many. */
  mayOpen(): boolean;
  /** The supply was cut: the TLS stack is fresh again. */
  powerLost(): void;
}

export function sslCommands(core: Core): SslCommands {
  const { quirks } = core.settings;
  let contexts = factory();
  let opened = 0;

  function write(context: SslContext, item: string, args: Args): void {
    const range = NUMBERS[item as keyof typeof NUMBERS];
    if (range) context[item as keyof typeof NUMBERS] = args.int(2, range[0], range[1]);
    else if (isFileItem(item)) context[item] = args.text(2, FILE_NAME_BYTES);
    else {
      const code = args.word(2).toUpperCase();
      if (!SUITE_CODES.includes(code)) throw new AtError();
      context.ciphersuite = code;
    }
  }

  const commands: CommandTable = {
    "+QSSLCFG": {
      test: () => [
        '+QSSLCFG: "sslversion",(0-5),(0-4)',
        `+QSSLCFG: "ciphersuite",(0-5),(${SUITE_CODES.join(",")})`,
        ...FILES.map((item) => `+QSSLCFG: "${item}",(0-5),<path>`),
        '+QSSLCFG: "seclevel",(0-5),(0-2)',
        '+QSSLCFG: "ignorelocaltime",(0-5),(0,1)',
        '+QSSLCFG: "negotiatetime",(0-5),(10-300)',
        ...(quirks.sni ? ['+QSSLCFG: "sni",(0-5),(0,1)'] : []),
      ],
      write({ args }) {
        const item = args.text(0, 20).toLowerCase();
        const ctx = args.int(1, 0, CONTEXTS - 1);
        const context = contexts[ctx] as SslContext;
        if (!(item in FACTORY) || (item === "sni" && !quirks.sni)) throw new AtError();
        if (args.count === 2) {
          const value = context[item as keyof SslContext];
          return ok(`+QSSLCFG: "${item}",${ctx},${isFileItem(item) ? `"${value}"` : value}`);
        }
        write(context, item, args);
        return ok();
      },
    },
  };

  return {
    commands,
    reset: () => void (contexts = factory()),
    settingsFor(ctx, host) {
      const context = contexts[ctx] as SslContext;
      const { files, rtc } = core;
      return {
        ...tlsOffer(context.sslversion, context.ciphersuite),
        serverName: context.sni === 1 ? host : null,
        verify:
          context.seclevel === 0
            ? null
            : {
                ca: files.read(context.cacert),
                dateMs: context.ignorelocaltime === 1 ? null : rtc.utcMs,
                name: context.sni === 1 ? host : null,
              },
        client:
          context.seclevel === 2
            ? clientFiles(files.read(context.clientcert), files.read(context.clientkey), quirks.clientFileMissing)
            : null,
        timeoutMs: context.negotiatetime * 1000,
      };
    },
    mayOpen: () => ++opened <= (quirks.degradeAfter ?? Infinity),
    powerLost: () => void (opened = 0),
  };
}

function factory(): SslContext[] {
  return Array.from({ length: CONTEXTS }, () => ({ ...FACTORY }));
}

function isFileItem(item: string): item is (typeof FILES)[number] {
  return (FILES as readonly string[]).includes(item);
}
