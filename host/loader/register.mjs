// `node --import ./host/loader/register.mjs host/…/cli.ts`: runs TypeScript, translated once and kept (hooks.mjs).
import { register } from "node:module";

process.setSourceMapsEnabled(true);
register("./hooks.mjs", import.meta.url);
