import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { before, describe, it } from "node:test";
import { makeAuthority } from "../../../host/broker/certificates.ts";
import { chainProblem, dateProblem, rootOf, serverProblems } from "../../../host/ca/trust.ts";
import type { KnownRoot } from "../../../host/ca/trust.ts";

const NOW = new Date();
let root: X509Certificate;
let server: X509Certificate;
let known: KnownRoot[];
/** Of the same name as `root`, with another key. */
let namesake: X509Certificate;

before(async () => {
  const authority = await makeAuthority({ name: "A" });
  root = new X509Certificate(authority.pem);
  server = new X509Certificate((await authority.issue({ names: ["*.broker.test"] })).cert);
  namesake = new X509Certificate((await makeAuthority({ name: "A" })).pem);
  known = [namesake, root].map((certificate) => ({ certificate, source: certificate == root ? "here" : "namesake" }));
});

describe("the root of a chain", () => {
  it("is found among those that are known, by its key and not its name alone", () => {
    const found = rootOf([server], known, NOW) ?? assert.fail("none");
    assert.deepEqual([found.root, found.source, found.below], [root, "here", [server]]);
    assert.equal(chainProblem(found, NOW), "");
    assert.equal(rootOf([server], known.slice(0, 1), NOW), null);
    assert.equal(rootOf([], known, NOW), null);
  });

  it("is the last certificate if that vouches for itself, known or not", () => {
    assert.equal(rootOf([server, root], [], NOW)?.source, null);
    assert.equal(rootOf([server, root], known, NOW)?.source, "here");
  });

  it("is found below a certificate that leads nowhere", async () => {
    const stranger = new X509Certificate((await (await makeAuthority({ name: "B" })).issue({ names: ["b"] })).cert);
    const found = rootOf([server, stranger], known, NOW);
    assert.deepEqual([found?.root, found?.below], [root, [server]]);
  });

  it("does not vouch for what it did not sign", () => {
    assert.match(chainProblem({ root: namesake, source: null, below: [server] }, NOW), /signature of certificate 1/);
    assert.match(chainProblem({ root, source: null, below: [server, server] }, NOW), /signature of certificate 1/);
  });
});

describe("a server", () => {
  it("is refused by its name and its dates", () => {
    const found = { root, source: null, below: [server] };
    assert.deepEqual(serverProblems(found, "a.broker.test", NOW), []);
    assert.deepEqual(serverProblems(found, "broker.test", NOW), ['the name "broker.test" is not in its certificate (DNS:*.broker.test)']);
    const later = new Date(Date.parse(server.validTo) + 1000);
    assert.match(serverProblems(found, "a.broker.test", later)[0] ?? "", /^certificate 1 expired on \d{4}-\d\d-\d\d$/);
    assert.match(dateProblem(server, new Date(Date.parse(server.validFrom) - 1000)), /^is not valid before/);
  });
});
