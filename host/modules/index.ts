/** The 4G modules that there are, one line each: a product's `modem.model` is one of these names. */
export { air720 } from "./air720/index.ts";
export { air780ep } from "./air780ep/index.ts";
export { ec20 } from "./ec20/index.ts";
