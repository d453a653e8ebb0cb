/** The cold module `digest`: SHA-256 (`DigestModule` of `api/ota.ts`). */
export { begin, step } from "#digest";
