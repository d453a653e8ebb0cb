/** What is alike on all Luat modules. */
import type { CellularModule } from "../types.ts";
import { SECRETS } from "./secrets.ts";
import { settings } from "./settings.ts";
import type { HandTraits } from "./by-hand.ts";

/** The rest of a module: what is its own. */
export type Own = Pick<CellularModule, "title" | "emulator"> & { byHand: HandTraits };

export function luatModule({ title, emulator, byHand }: Own): CellularModule {
  return {
    ...{ title, emulator },
    fields: { receive: { enum: ["direct", "cached"], description: "MQTTMSGSET 0 or 1" } },
    // HTTPPARA.
    limits: { addressBytes: 500 },
    secrets: SECRETS,
    settings,
    notes: async () => (await import("./purposes.ts")).NOTES,
    byHand: async (connection) => (await import("./by-hand.ts")).luatLines(connection, byHand),
  };
}
