/** The certificate that an emulated cloud keeps in its folder. */
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, it } from "node:test";
import { keptCertificate } from "../../../host/clouds/shared/certificate.ts";
import { makeAuthority } from "../../../host/broker/certificates.ts";
import { atEnd, closeAll } from "./support.ts";

afterEach(closeAll);

it("a certificate is kept while it is good for all names and for a day, and made anew else", async () => {
  const folder = mkdtempSync(join(tmpdir(), "certificate-"));
  atEnd(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "certificate.json");
  const first = await keptCertificate(folder, "Kept", ["localhost", "10.0.0.1"]);
  assert.equal(statSync(file).mode & 0o077, 0);
  assert.ok(new X509Certificate(first.server.cert).checkIP("10.0.0.1"));
  assert.deepEqual(await keptCertificate(folder, "Kept", ["10.0.0.1"]), first);
  const second = await keptCertificate(folder, "Kept", ["localhost", "other.test"]);
  assert.notEqual(second.server.cert, first.server.cert);

  const authority = await makeAuthority();
  const short = await authority.issue({ names: ["localhost"], to: new Date(Date.now() + 3_600_000) });
  for (const spoilt of [JSON.stringify({ ca: authority.pem, server: short }), "{}", "not JSON"]) {
    writeFileSync(file, spoilt);
    const made = await keptCertificate(folder, "Kept", ["localhost"]);
    assert.ok(Date.parse(new X509Certificate(made.server.cert).validTo) > Date.now() + 20 * 86_400_000);
    assert.deepEqual(JSON.parse(readFileSync(file, "utf8")), made);
  }
});
