/** Certificates by which clients show who they are, and the authority that a server knows them by. */
import "reflect-metadata";
import { webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";

/** PEM texts. */
export interface Client {
  cert: string;
  key: string;
}

export interface ClientAuthority {
  pem: string;
  issue(name: string): Promise<Client>;
}

const RSA = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256", modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) };
/** TLS web client authentication (RFC 5280, 4.2.1.12). */
const CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";

export async function makeClientAuthority(authorityName = "Client Authority"): Promise<ClientAuthority> {
  x509.cryptoProvider.set(webcrypto as unknown as Parameters<typeof x509.cryptoProvider.set>[1]);
  const keys = await webcrypto.subtle.generateKey(RSA, true, ["sign", "verify"]);
  const authority = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${authorityName}`,
    signingAlgorithm: RSA,
    keys,
    extensions: [new x509.BasicConstraintsExtension(true, 0, true)],
  });
  return {
    pem: `${authority.toString("pem")}\n`,
    async issue(name) {
      const own = await webcrypto.subtle.generateKey(RSA, true, ["sign", "verify"]);
      const certificate = await x509.X509CertificateGenerator.create({
        subject: `CN=${name}`,
        issuer: authority.subject,
        signingAlgorithm: RSA,
        publicKey: own.publicKey,
        signingKey: keys.privateKey,
        extensions: [new x509.ExtendedKeyUsageExtension([CLIENT_AUTH])],
      });
      const key = x509.PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", own.privateKey), "PRIVATE KEY");
      return { cert: `${certificate.toString("pem")}\n`, key: `${key}\n` };
    },
  };
}
