/**
 * The modules of the firmware: each is one file in the board's Storage, bundled and minified on its own. What imports another one's entry requires that
 * module; all else is copied into the modules that use it.
 */
import type { CloudConfig, LinkKind, Product } from "../../src/api/config.ts";

export interface ModuleSpec {
  /** Name of the Storage file, and what `require` is called with: not the name of a library of the interpreter (`http`, `tls`, `crypto` …), which would win. */
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
  /** In products with this link only. */
  link?: LinkKind;
}

export const MODULES: readonly ModuleSpec[] = [
  { name: ".bootcde", entry: "src/boot/loader.ts", life: "loader", shortenProperties: false },
  { name: "at", entry: "src/at/index.ts", life: "resident", shortenProperties: true, link: "cellular" },
  { name: "mqtt", entry: "src/wifi/index.ts", life: "resident", shortenProperties: true, link: "wifi" },
  { name: "core", entry: "src/main.ts", life: "resident", shortenProperties: true },
  { name: "app", entry: "src/app/index.ts", life: "resident", shortenProperties: false },
  { name: "up", entry: "src/modem/bringup.ts", life: "cold", shortenProperties: true, link: "cellular" },
  { name: "up-wifi", entry: "src/wifi/bringup.ts", life: "cold", shortenProperties: true, link: "wifi" },
  { name: "cloud", entry: "src/cloud/plan.ts", life: "cold", shortenProperties: true },
  { name: "why", entry: "src/link/why.ts", life: "cold", shortenProperties: true },
  { name: "http-client", entry: "src/modem/http/http.ts", life: "cold", shortenProperties: true },
  { name: "hash", entry: "src/crypto/hash.ts", life: "cold", shortenProperties: true },
  { name: "ota", entry: "src/ota/index.ts", life: "cold", shortenProperties: true },
  { name: "digest", entry: "src/crypto/digest.ts", life: "cold", shortenProperties: true },
];

/** What the import aliases of the sources stand for in one product. */
export interface Choice {
  /** `#path`: a file of `src/paths/`; of two the first is preferred. */
  link: LinkKind | "wifi-cellular" | "cellular-wifi";
  /** `#modem`: a file of `src/modem/`. */
  model: string;
  /** `#cloud`: a file of `src/cloud/`. */
  cloud: string;
  /** `#hash`: a file of `src/crypto/`, and what `#hmac` does with it. */
  hash: Hash;
  /** The module `http-client` is needed: requests that the 4G module makes. */
  http: boolean;
  /** `#ways`: a file of `src/ota/ways/`; `none`: no module `ota`. */
  ota: "broker" | "aliyun" | "none";
  /** `#ranges`: updates are fetched over HTTPS, too. */
  ranges: "https" | "none";
  /** `#digest`: what updates are checked with is the interpreter's own, or made in parts. */
  digest: "whole" | "parts";
}

/** What the module `hash` signs with. `native-`: the interpreter's own digest; `none`: no such module. */
export type Hash = "md5" | "sha1" | "sha256" | "native-sha1" | "native-sha256" | "none";

export const DEFAULT_CHOICE: Choice = {
  link: "cellular",
  model: "ec20",
  cloud: "broker",
  hash: "none",
  http: false,
  ota: "broker",
  ranges: "none",
  digest: "parts",
};

/** The modules of one product. */
export function modulesOf(choice: Choice): ModuleSpec[] {
  return MODULES.filter(
    ({ name, link }) =>
      (link === undefined || choice.link.includes(link)) &&
      (name != "hash" || choice.hash != "none") &&
      (name != "http-client" || choice.http) &&
      ((name != "ota" && name != "digest") || choice.ota != "none"),
  );
}

/** `hashes`: digests of the board's interpreter, as its `crypto` names them. */
export function choiceOf(product: Product, hashes: readonly string[]): Choice {
  const { cloud } = product;
  const link = [product.link].flat().join("-") as Choice["link"];
  const ota = product.ota && (cloud.type == "broker" || cloud.type == "aliyun") ? cloud.type : "none";
  const digest = hashes.includes("SHA256") ? "whole" : "parts";
  const ranges = ota == "aliyun" && cloud.type == "aliyun" && cloud.otaTls ? "https" : "none";
  return {
    link,
    model: product.modem.model,
    cloud: cloudFile(cloud),
    hash: hashOf(cloud, hashes),
    http: asksOverHttps(cloud) || ranges == "https",
    ota,
    ranges,
    digest,
  };
}

/** Where the device asks something over HTTPS before it connects. */
export function asksOverHttps(cloud: CloudConfig): boolean {
  return cloud.type == "aliyun" && (cloud.auth == "https" || cloud.auth == "register-https");
}

/** The file of `src/cloud/` with the product's way to its connection, without the ending. */
function cloudFile(cloud: CloudConfig): string {
  if (cloud.type != "aliyun" || cloud.auth == "device-secret") return cloud.type;
  return `aliyun-${cloud.auth == "register-nwl" ? "register-mqtt" : cloud.auth}`;
}

function hashOf(cloud: CloudConfig, hashes: readonly string[]): Hash {
  switch (digestOf(cloud)) {
    case null:
      return "none";
    case "md5":
      return "md5";
    case "sha1":
      return hashes.includes("SHA1") ? "native-sha1" : "sha1";
    case "sha256":
      return hashes.includes("SHA256") ? "native-sha256" : "sha256";
  }
}

/** What the device signs with; `null`: it does not. */
function digestOf(cloud: CloudConfig): "md5" | "sha1" | "sha256" | null {
  switch (cloud.type) {
    case "broker":
      return null;
    case "aliyun":
      return ({ hmacmd5: "md5", hmacsha1: "sha1", hmacsha256: "sha256" } as const)[cloud.signMethod];
    case "tuya":
      return "sha256";
    case "onenet":
      return cloud.signMethod;
  }
}

function hasChoice({ link }: Choice): boolean {
  return link.includes("-");
}

export function aliases(choice: Choice): Record<string, string> {
  const isNative = choice.hash.startsWith("native-");
  return {
    "#modem": `src/modem/${choice.model}.ts`,
    "#http": `src/modem/http/${choice.model == "ec20" ? "ec20" : "luat"}.ts`,
    "#client": `src/modem/tls/${choice.cloud == "broker" ? "client" : "no-client"}.ts`,
    "#cloud": `src/cloud/${choice.cloud}.ts`,
    "#choice": `src/link/choice/${hasChoice(choice) ? "two" : "one"}.ts`,
    "#path": `src/paths/${choice.link}.ts`,
    // A private broker has no thing model: there it is Aliyun's.
    "#things": `src/things/${choice.cloud == "tuya" || choice.cloud == "onenet" ? choice.cloud : "aliyun"}.ts`,
    "#ways": `src/ota/ways/${choice.ota}.ts`,
    "#ranges": `src/ota/ranges/${choice.ranges}.ts`,
    "#digest": `src/crypto/${choice.digest}.ts`,
    "#resident": `src/boot/resident/${hasChoice(choice) ? "both" : choice.link}.ts`,
    "#app": "src/app/index.ts",
    // Every module is compiled with all the sources, so there is a digest even where no module has it.
    "#hash": `src/crypto/${choice.hash == "none" ? "sha256" : choice.hash.replace("native-", "")}.ts`,
    "#hmac": `src/crypto/${isNative ? "native" : "hmac"}.ts`,
  };
}
