/**
 * The modules of the firmware: each is one file in the board's Storage, bundled and minified on its own. What imports another one's entry
 * requires that module; all else is copied into the modules that use it.
 */
import type { LinkKind, Product } from "../../src/api/config.ts";
import { cloudNamed } from "../clouds/find.ts";
import type { Digest } from "../clouds/types.ts";

export interface ModuleSpec {
  /**
   * Name of the Storage file, and what `require` is called with: not the name of a library of the interpreter (`http`, `tls`,
   * `crypto` …), which would win.
   */
  name: string;
  /** Source file, relative to the project. */
  entry: string;
  /** Resident: in memory as long as the program runs. Cold: loaded when needed and dropped again. */
  life: "loader" | "resident" | "cold";
  /**
   * Property names are shortened inside the module. Not in the application, which works on data whose names are outside the program
   * (its configuration, its messages), and not in the loader, which is made of names of others.
   */
  shortenProperties: boolean;
  /** What `#digest` is in it, if it has one: a file of `src/crypto/`. */
  digest?: Digest;
}

/** What the module `hash` signs with. `native-`: the interpreter's own digest; `none`: no such module. */
export type Hash = Digest | "native-sha1" | "native-sha256" | "none";

/** What a product and its board decide about the firmware; `productModule` writes it down for the sources (`#product`). */
export interface Choice {
  /** In order of preference. */
  links: readonly LinkKind[];
  /** A folder of `src/cellular/modules/`. */
  model: string;
  /** A folder of `src/cloud/`, and the file in it that has the product's way to its connection. */
  cloud: string;
  connection: string;
  /** What signs. */
  hash: Hash;
  /** The module `http-client` is needed: requests that the 4G module makes. */
  http: boolean;
  /** The cloud brings updates over the air. */
  updates: boolean;
  /** They are fetched over HTTPS, too. */
  ranges: boolean;
  /** What updates are checked with. */
  check: "sha256" | "native-sha256";
}

export const DEFAULT_CHOICE: Choice = {
  links: ["cellular"],
  model: "ec20",
  cloud: "broker",
  connection: "connection",
  hash: "none",
  http: false,
  updates: true,
  ranges: false,
  check: "sha256",
};

/** With each module that there is. */
const FULL_CHOICE: Choice = { ...DEFAULT_CHOICE, links: ["wifi", "cellular"], hash: "sha1", http: true };

/** The modules of one product, in the order of the image. */
export function modulesOf(choice: Choice): ModuleSpec[] {
  const isCellular = choice.links.includes("cellular");
  const isWifi = choice.links.includes("wifi");
  const signs = choice.hash != "none";
  const isShared = sharesHash(choice);
  const modules: (ModuleSpec | false)[] = [
    { ...module(".bootcde", "src/boot/loader.ts", "loader"), shortenProperties: false },
    isCellular && module("at", "src/cellular/at/index.ts", "resident"),
    isWifi && module("mqtt", "src/wifi/index.ts", "resident"),
    module("core", "src/main.ts", "resident"),
    { ...module("app", "src/app/index.ts", "resident"), shortenProperties: false },
    module("script", "src/script/runner.ts", "cold"),
    isCellular && module("up", "src/cellular/bringup/index.ts", "cold"),
    isWifi && module("up-wifi", "src/wifi/bringup.ts", "cold"),
    module("cloud", `src/cloud/${choice.cloud}/${choice.connection}.ts`, "cold"),
    module("why", "src/link/diagnosis.ts", "cold"),
    choice.http && module("http-client", "src/cellular/http-client.ts", "cold"),
    signs && { ...module("hash", hashFile(choice.hash), "cold"), digest: digestIn(choice.hash) },
    choice.updates && module("ota", "src/update/index.ts", "cold"),
    choice.updates && !isShared && { ...module("digest", hashFile(choice.check), "cold"), digest: digestIn(choice.check) },
  ];
  return modules.filter((one) => one !== false);
}

function module(name: string, entry: string, life: ModuleSpec["life"]): ModuleSpec {
  return { name, entry, life, shortenProperties: true };
}

function digestIn(hash: Hash): Digest {
  return hash.replace("native-", "") as Digest;
}

function hashFile(hash: Hash): string {
  return `src/crypto/${hash.startsWith("native-") ? "native" : "hash"}.ts`;
}

/** What signs checks updates too. */
function sharesHash({ hash, check }: Choice): boolean {
  return hash == check;
}

/** Every module that there is; the entries of those that depend on the product are of one of them. */
export const MODULES: readonly ModuleSpec[] = modulesOf(FULL_CHOICE);

/** The modules with these names of a product. */
export function modulesNamed(choice: Choice, names: readonly string[]): ModuleSpec[] {
  return modulesOf(choice).filter(({ name }) => names.includes(name));
}

/** `hashes`: digests of the board's interpreter, as its `crypto` names them. */
export function choiceOf({ cloud: section, link, modem, ota }: Product, hashes: readonly string[]): Choice {
  const cloud = cloudNamed(section.type);
  const { connection, https, downloads } = cloud.firmware(section);
  const updates = ota && cloud.updates !== undefined;
  const digest = cloud.digest(section);
  return {
    links: [link].flat(),
    model: modem.model,
    cloud: section.type,
    connection,
    hash: digest === null ? "none" : hashOn(hashes, digest),
    http: https || (updates && downloads),
    updates,
    ranges: updates && downloads,
    check: hashOn(hashes, "sha256"),
  };
}

/** No board has MD5. */
function hashOn<D extends Digest>(hashes: readonly string[], digest: D): D | `native-${Exclude<D, "md5">}` {
  const isNative = digest != "md5" && hashes.includes(digest.toUpperCase());
  return isNative ? `native-${digest as Exclude<D, "md5">}` : digest;
}

/** The aliases of the sources, besides `#product` and each module's `#digest`. */
export function aliases(choice: Choice): Record<string, string> {
  return { "#things": `src/cloud/${choice.cloud}/properties.ts` };
}

/** How an update's manifest and messages call the links: `wifi-cellular`. */
export function linkName(links: readonly LinkKind[]): string {
  return links.join("-");
}

const LINK_PATHS: Readonly<Record<LinkKind, string>> = {
  cellular: '{ channel: at, dialect: dialect, up: "up", prepare: withUart }',
  wifi: '{ channel: mqtt, dialect: wifiDialect, up: "up-wifi", prepare: withWifi }',
};

/**
 * The text of `#product`: what the product chose, as the sources see it. The committed `src/product.ts` is that of the default
 * product; imports are relative to it.
 */
export function productModule(choice: Choice): string {
  const { links, cloud, model } = choice;
  const [first, second] = links as [LinkKind, LinkKind | undefined];
  const isCellular = links.includes("cellular");
  const isWifi = links.includes("wifi");
  const resident = modulesOf(choice).filter(({ life, name }) => life == "resident" && name != "app");
  // Beside a session over the 4G module, Wi-Fi can be looked for.
  const path = (link: LinkKind): string =>
    second && link == "wifi" ? LINK_PATHS.wifi.replace(" }", ", isThere: isThere }") : LINK_PATHS[link];
  const lines = [
    "/** What the product chose. Made by the builder for each image (`productModule`); the committed file is that of the default product. */",
    'import type { Path } from "./api/channel";',
    ...(isCellular
      ? [
          'import * as at from "./cellular/at/index";',
          `import { dialect } from "./cellular/modules/${model}/index";`,
          'import { withUart } from "./hal/uart";',
        ]
      : []),
    ...(isWifi
      ? [
          'import { withWifi } from "./hal/wifi";',
          'import * as mqtt from "./wifi/index";',
          `import { dialect as wifiDialect${second ? ", isThere" : ""} } from "./wifi/steady";`,
        ]
      : []),
    "",
    // All of it: what a module does not have (HTTP) nothing else stands in for.
    `export * from "./cellular/modules/${model}/index";`,
    ...(choice.updates ? [`export * from "./cloud/${cloud}/update-topics";`] : []),
    "",
    "/** The way to the network; where there are two, the preferred one. */",
    `export const path: Path = ${path(first)};`,
    "/** The other one. */",
    `export const other: Path | undefined = ${second ? path(second) : "undefined"};`,
    `export const HAS_CHOICE: boolean = ${second !== undefined};`,
    "/** Updates over the air; fetched over HTTPS, too; the module that checks them. */",
    `export const HAS_UPDATES: boolean = ${choice.updates};`,
    `export const HAS_RANGES: boolean = ${choice.ranges};`,
    `export const CHECK: string = "${sharesHash(choice) ? "hash" : "digest"}";`,
    "/** Modules that stay in memory, those that others need first. */",
    `export const RESIDENT: string[] = [${resident.map(({ name }) => `"${name}"`).join(", ")}];`,
  ];
  return `${lines.join("\n")}\n`;
}
