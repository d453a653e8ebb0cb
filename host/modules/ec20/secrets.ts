import type { SecretArguments } from "../core/secrets.ts";

export const SECRETS: SecretArguments = {
  "+QICSGP": [4],
  "+QMTCONN": [2, 3],
  // QMTCFG="aliauth",<client>,<product key>,<device name>,<device secret>
  "+QMTCFG": { aliauth: [4] },
  // A header may be one that authorizes.
  "+QHTTPCFG": { auth: [1], custom_header: [1], "reqheader/add": [2] },
};
