/** The key that a fleet's packages are signed with. */
import { loadIdentity } from "../config/product.ts";
import type { Source } from "../config/product.ts";
import { ConfigError } from "../project/mistakes.ts";

/** The fleet's key. @throws {ConfigError} naming file and field, never the value. */
export function otaKey(identity: Source): string {
  const { otaKey: key } = loadIdentity(identity);
  if (key === undefined)
    throw new ConfigError(
      `${typeof identity == "string" ? identity : "identity"}: otaKey: missing; packages are signed with the key of the fleet, 16 to 64 characters`,
    );
  return key;
}
