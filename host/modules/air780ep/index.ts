/** Luat Air780EP. */
import { luatModule } from "../luat/family.ts";

export const air780ep = luatModule({
  title: "Luat Air780EP",
  emulator: async () => (await import("./model.ts")).air780ep,
  byHand: { ownBearer: true, quotedPort: false, anyBytes: true },
});
