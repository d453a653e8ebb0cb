import { join } from "node:path";

/** For `node --import`: a program that runs TypeScript of this project, as the scripts of `package.json` do. */
export const LOADER = join(import.meta.dirname, "register.mjs");
