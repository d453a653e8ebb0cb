/** The cold module `hash`: HMAC with the product's digest (`HashModule` of `api/modem.ts`). */
export { begin, step } from "#hmac";
