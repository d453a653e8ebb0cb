/** Quectel EC20. */
import type { CellularModule } from "../types.ts";
import { SECRETS } from "./secrets.ts";
import { settings } from "./settings.ts";

export const ec20: CellularModule = {
  title: "Quectel EC20",
  fields: {},
  // Firmware of the EC21's time; newer ones take 2048.
  limits: { addressBytes: 700 },
  secrets: SECRETS,
  settings,
  emulator: async () => (await import("./model.ts")).ec20,
  notes: async () => (await import("./purposes.ts")).NOTES,
  byHand: async (connection) => (await import("./by-hand.ts")).ec20Lines(connection),
};
