/** The root certificates that come with the project are the ones that their list says. */
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { ROOT } from "../../../host/project/root.ts";

const FOLDER = join(ROOT, "certs");
/** `| file | subject | for | expires | fingerprint |` */
const ROWS = [
  ...readFileSync(join(FOLDER, "README.md"), "utf8").matchAll(
    /^\| `([\w.-]+\.pem)` +\| ([^|]+) \| [^|]+ \| ([\d-]+) +\| `([0-9A-F]{64})` \|$/gm,
  ),
].map(([, file = "", subject = "", expires = "", fingerprint = ""]) => ({ file, subject: subject.trim(), expires, fingerprint }));

describe("certs", () => {
  it("are all in the list", () => {
    const files = readdirSync(FOLDER).filter((name) => name.endsWith(".pem"));
    assert.ok(files.length > 0);
    assert.deepEqual(files.sort(), ROWS.map(({ file }) => file).sort());
  });

  for (const { file, subject, expires, fingerprint } of ROWS) {
    it(`${file} is ${subject}, until ${expires}`, () => {
      const text = readFileSync(join(FOLDER, file), "latin1");
      assert.equal(text.match(/BEGIN CERTIFICATE/g)?.length, 1);
      const certificate = new X509Certificate(text);
      assert.equal(certificate.fingerprint256.replaceAll(":", ""), fingerprint);
      assert.match(certificate.subject, new RegExp(`CN=${subject}$`, "m"));
      assert.equal(new Date(certificate.validTo).toISOString().slice(0, 10), expires);
      assert.ok(certificate.ca && certificate.verify(certificate.publicKey), "a root signs itself");
    });
  }
});
