/** Bytes of the code files, as the minifier writes them and pretokenised, and the functions that are always in memory. */
import { cachedBundle } from "../compile/bundle-cache.ts";
import { measure } from "../compile/size.ts";
import type { Choice } from "../compile/modules.ts";
import { pretokenise } from "../compile/pretokenise.ts";
import type { Part } from "./figure.ts";
import { table } from "./table.ts";

/** The product whose size counts: an EC20 and a cloud that signs, on a board without digests of its own. */
export const MEASURED: Choice = {
  links: ["cellular"],
  model: "ec20",
  cloud: "aliyun",
  connection: "device-secret",
  hash: "sha256",
  http: false,
  updates: true,
  ranges: false,
  check: "sha256",
};
/** No 4G module at all, and a cloud that signs. */
const OVER_WIFI: Choice = { ...MEASURED, links: ["wifi"], cloud: "tuya", connection: "connection", updates: false };

const CODE = { name: "bytes", title: "bytes of all code files but the loader, minified", target: 16_384, unit: "" };
const TOKENISED = { name: "bytes-pretokenised", title: "bytes of all code files but the loader, pretokenised", target: 13_500, unit: "" };
const LOADER = { name: "bytes-loader", title: "bytes of the loader", target: 1024, unit: "" };
const WIFI = { name: "bytes-wifi", title: "bytes of all code files but the loader, Wi-Fi and Tuya", target: null, unit: "" };
const RESIDENT = { name: "resident-functions", title: "functions always in memory", target: 105, unit: "" };

export const bytes: Part = {
  name: "bytes",
  title: "Size: EC20, Aliyun with HMAC-SHA256 in JavaScript",
  figures: [CODE, TOKENISED, LOADER, RESIDENT, WIFI],
  on: "the build",
  missing: () => "",
  run: async () => {
    const bundles = await cachedBundle(MEASURED);
    const sizes = bundles.map((bundle) => ({ ...measure(bundle), tokenised: pretokenise(bundle.code).length }));
    const code = sizes.filter((size) => size.life != "loader");
    const sum = (list: typeof sizes, field: "bytes" | "tokenised" | "functionsAtLoad"): number =>
      list.reduce((total, size) => total + size[field], 0);
    const wifi = (await cachedBundle(OVER_WIFI)).map(measure).filter((size) => size.life != "loader");
    const rows = sizes.map(({ name, life, bytes, tokenised, functions, functionsAtLoad }) => [
      name,
      life,
      bytes,
      tokenised,
      functions,
      functionsAtLoad,
    ]);
    return {
      values: {
        [CODE.name]: sum(code, "bytes"),
        [TOKENISED.name]: sum(code, "tokenised"),
        [LOADER.name]: sum(
          sizes.filter((size) => size.life == "loader"),
          "bytes",
        ),
        [RESIDENT.name]: sum(
          sizes.filter((size) => size.life == "resident"),
          "functionsAtLoad",
        ),
        [WIFI.name]: wifi.reduce((total, size) => total + size.bytes, 0),
      },
      details: [
        table(["module", "life", "bytes", "pretokenised", "functions", "at load"], rows),
        table(
          ["over Wi-Fi", "life", "bytes", "functions", "at load"],
          wifi.map(({ name, life, bytes, functions, functionsAtLoad }) => [name, life, bytes, functions, functionsAtLoad]),
        ),
      ].join("\n\n"),
    };
  },
};
