/** Checks of a product's `cloud` section that several clouds have. */
import type { ConnectionConfig } from "../../../src/api/config.ts";

/** A will, where the platform keeps none; `who`: it. */
export function willMistakes({ will }: ConnectionConfig, who: string): string[] {
  return (will as unknown) === null ? [] : [`cloud.will: ${who} no wills; leave it out`];
}

/** A base that is outside of the device's own topics; `shown`: as the product's file has it. */
export function foreignBase({ topicBase }: ConnectionConfig, own: string, shown: string): string[] {
  return topicBase == own || topicBase.startsWith(`${own}/`) ? [] : [`cloud.topicBase: a device has topics of its own only: ${shown}/…`];
}
