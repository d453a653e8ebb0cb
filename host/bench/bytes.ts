/** Bytes of the code files, as the minifier writes them and pretokenised, and the functions that are always in memory. */
import { cachedBundle } from "../compile/bundle-cache.ts";
import { loadBudget, recordedBudget, tierTable } from "../compile/budget.ts";
import type { Budget } from "../compile/budget.ts";
import { measure } from "../compile/size.ts";
import type { ModuleSize } from "../compile/size.ts";
import type { Choice } from "../compile/modules.ts";
import { pretokenise } from "../compile/pretokenise.ts";
import type { Part } from "./figure.ts";
import { FIRMWARE } from "./origin.ts";
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
/** Products that have more modules, by one of them. */
const WITH_OTHERS: Readonly<Record<string, Choice>> = {
  mqtt: { ...MEASURED, links: ["wifi", "cellular"] },
  "http-client": { ...MEASURED, connection: "register-https", http: true, ranges: true },
  digest: { ...MEASURED, hash: "sha1" },
};

const TIERS = Object.entries(loadBudget().tiers).map(([name, { target }]) => ({
  tier: name,
  figure: { name: `bytes-${name}`, title: `bytes of the tier ${name}, minified`, target, unit: "" },
}));
const TOKENISED = { name: "bytes-pretokenised", title: "bytes of all code files but the loader, pretokenised", target: null, unit: "" };
const WIFI = { name: "bytes-wifi", title: "bytes of all code files but the loader, Wi-Fi and Tuya", target: null, unit: "" };
const RESIDENT = { name: "resident-functions", title: "functions always in memory", target: 105, unit: "" };

export const bytes: Part = {
  name: "bytes",
  title: "Size: EC20, Aliyun with HMAC-SHA256 in JavaScript",
  figures: [...TIERS.map(({ figure }) => figure), TOKENISED, RESIDENT, WIFI],
  on: "the build",
  sources: [...FIRMWARE, "host/bench/bytes.ts"],
  missing: () => "",
  run: async () => {
    const budget = loadBudget();
    const bundles = await cachedBundle(MEASURED);
    const sizes = bundles.map((bundle) => ({ ...measure(bundle), tokenised: pretokenise(bundle.code).length }));
    const wifi = (await cachedBundle(OVER_WIFI)).map(measure).filter(isCode);
    const tiers = TIERS.map(({ tier, figure }) => [
      figure.name,
      bytesOf(sizes.filter(({ name }) => name in (budget.tiers[tier]?.modules ?? {}))),
    ]);
    const rows = sizes.map(({ name, life, bytes, tokenised, functions, functionsAtLoad }) => [
      ...[name, life, bytes, tokenised, functions, functionsAtLoad],
    ]);
    return {
      values: {
        ...(Object.fromEntries(tiers) as Record<string, number>),
        [TOKENISED.name]: sizes.filter(isCode).reduce((sum, { tokenised }) => sum + tokenised, 0),
        [RESIDENT.name]: sizes.reduce((sum, { life, functionsAtLoad }) => sum + (life == "resident" ? functionsAtLoad : 0), 0),
        [WIFI.name]: bytesOf(wifi),
      },
      details: [
        table(["module", "life", "bytes", "pretokenised", "functions", "at load"], rows),
        tierTable(sizes, [], budget),
        table(
          ["over Wi-Fi", "life", "bytes", "functions", "at load"],
          wifi.map(({ name, life, bytes, functions, functionsAtLoad }) => [name, life, bytes, functions, functionsAtLoad]),
        ),
      ].join("\n\n"),
    };
  },
};

function isCode({ life }: ModuleSize): boolean {
  return life != "loader";
}

function bytesOf(sizes: readonly ModuleSize[]): number {
  return sizes.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** The budget with what all modules take now. */
export async function measuredBudget(): Promise<Budget> {
  const sizes = (await cachedBundle(MEASURED)).map(measure);
  const others = new Map<string, ModuleSize[]>();
  for (const [name, choice] of Object.entries(WITH_OTHERS)) others.set(name, (await cachedBundle(choice)).map(measure));
  return recordedBudget(loadBudget(), sizes, others);
}
