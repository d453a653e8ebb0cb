/** Luat Air720. */
import { luatModule } from "../luat/family.ts";

export const air720 = luatModule({
  title: "Luat Air720",
  emulator: async () => (await import("./model.ts")).air720,
  byHand: { ownBearer: false, quotedPort: true, anyBytes: false },
});
