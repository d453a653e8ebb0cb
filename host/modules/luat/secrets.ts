import type { SecretArguments } from "../core/secrets.ts";

export const SECRETS: SecretArguments = {
  "+MCONFIG": [1, 2],
  "+CSTT": [2],
  "+SSLCFG": { premaster: [2] },
  // A header may be one that authorizes.
  "+HTTPPARA": { user_defined: [1], userdata: [1] },
};
