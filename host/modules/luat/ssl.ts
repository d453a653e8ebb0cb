/** TLS settings (Luat AT manual V1.6.3, SSLCFG). They are in RAM: a restart forgets them, the files they name stay. */
import { AtError, ok, type Args, type CommandTable } from "../core/command.ts";
import type { Core } from "../core/core.ts";
import { clientFiles, type TlsSettings } from "../net/connect.ts";
import { ALL_SUITES, tlsOffer, SUITE_CODES } from "../net/tls-codes.ts";
import { FileSystem } from "./file-system.ts";

/** Contexts: TCP 0 to 5, FTP, MQTT, HTTP. */
const CONTEXTS = [0, 1, 2, 3, 4, 5, 34, 88, 153];
export const MQTT_CONTEXT = 88;
export const HTTP_CONTEXT = 153;

const FACTORY = {
  sslversion: 4,
  ciphersuite: ALL_SUITES,
  cacert: "",
  clientcert: "",
  clientkey: "",
  seclevel: 0,
  hostname: "",
  ignorelocaltime: 1,
  negotiatetimeout: 300,
  clientrandom: "",
  premaster: "",
  verifymode: 0,
};
type SslContext = typeof FACTORY;
type Item = keyof SslContext;

/** Items with a number, and its range. */
const NUMBERS: Partial<Record<Item, readonly [number, number]>> = {
  sslversion: [0, 4],
  seclevel: [0, 2],
  ignorelocaltime: [0, 1],
  negotiatetimeout: [10, 300],
  verifymode: [0, 0],
};
/** Items with a string, and its longest. `clientrandom` and `premaster` are kept; the handshake makes its own. */
const TEXTS: Partial<Record<Item, number>> = {
  cacert: 64,
  clientcert: 64,
  clientkey: 64,
  hostname: 128,
  clientrandom: 64,
  premaster: 96,
};

export interface SslCommands {
  commands: CommandTable;
  reset(): void;
  /** What a connection with this context does. Without any setting the server is not verified. */
  settingsFor(ctx: number): TlsSettings;
}

export function sslCommands(core: Core, files: FileSystem): SslCommands {
  const { quirks } = core.settings;
  const contexts = new Map<number, SslContext>();

  function contextOf(ctx: number): SslContext {
    let context = contexts.get(ctx);
    if (!context) contexts.set(ctx, (context = { ...FACTORY }));
    return context;
  }

  function write(context: SslContext, item: Item, args: Args): void {
    const change = (value: string | number): void => void Object.assign(context, { [item]: value });
    const range = NUMBERS[item];
    const longest = TEXTS[item];
    // Nothing behind the last comma erases.
    if (!args.has(2)) return change(FACTORY[item]);
    if (range) return change(args.int(2, range[0], range[1]));
    if (longest !== undefined) return change(args.anyText(2, longest));
    const code = args.word(2).toUpperCase();
    if (!SUITE_CODES.includes(code)) throw new AtError();
    change(code);
  }

  const commands: CommandTable = {
    "+SSLCFG": {
      test: () => [],
      write({ args }) {
        const item = args.anyText(0, 20).toLowerCase() as Item;
        const ctx = args.int(1, 0, 255);
        if (!Object.hasOwn(FACTORY, item) || !CONTEXTS.includes(ctx)) throw new AtError();
        if (args.count > 2) {
          write(contextOf(ctx), item, args);
          return ok();
        }
        const value = contextOf(ctx)[item];
        return ok(`+SSLCFG: "${item}",${ctx},${item in TEXTS ? `"${value}"` : value}`);
      },
    },
  };

  return {
    commands,
    reset: () => contexts.clear(),
    settingsFor(ctx) {
      const context = contextOf(ctx);
      const file = (name: string): Buffer | null => files.read(FileSystem.path(name) ?? "") ?? null;
      const name = context.hostname === "" ? null : context.hostname;
      return {
        ...tlsOffer(context.sslversion, context.ciphersuite),
        serverName: quirks.sni ? name : null,
        verify:
          context.seclevel === 0 ? null : { ca: file(context.cacert), dateMs: context.ignorelocaltime === 1 ? null : core.rtc.utcMs, name },
        client: context.seclevel === 2 ? clientFiles(file(context.clientcert), file(context.clientkey), quirks.clientFileMissing) : null,
        timeoutMs: context.negotiatetimeout * 1000,
      };
    },
  };
}
