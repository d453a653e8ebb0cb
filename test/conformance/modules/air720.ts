/** Air720: as its successor. No MPUBEX before firmware V907; TLS is inferred from the Air720U. */
import type { ModuleFacts } from "../facts.ts";
import { FACTS as AIR780EP, MPUB } from "./air780ep.ts";

export const FACTS: ModuleFacts = { ...AIR780EP, forms: [MPUB], maxMessage: 1360, tlsSeen: false };
