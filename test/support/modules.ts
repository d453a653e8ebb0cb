/** Modules that tests run on because of what they can do. */
import { MODELS, moduleNamed } from "../../host/modules/find.ts";

/** They make requests over HTTP. */
export const WITH_HTTP = MODELS.filter((model) => moduleNamed(model).limits.addressBytes > 0);
