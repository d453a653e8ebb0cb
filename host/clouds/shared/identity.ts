/** Rules for identities that several clouds have. */
import type { Identity } from "../../../src/api/config.ts";

/** What a device has no use for where it signs. */
export const UNSIGNED: readonly (keyof Identity)[] = ["username", "password", "clientId", "clientCert", "clientKey"];
