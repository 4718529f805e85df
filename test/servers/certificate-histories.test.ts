// Hundreds of rotations of certificates and authorities, by chance: Telegram trusts what is served at every moment.
import * as fc from "fast-check";
import {
  begin,
  count,
  day,
  isTrusted,
  names,
  newAuthority,
  newCertificate,
  of,
  read,
} from "../support/certificate-stacks";

/** What an up does: rotations of leaf and root, time; then endpoint and webhook follow, in some order, or fail. */
const step = fc.record({
  root: fc.boolean(),
  leaf: fc.boolean(),
  days: fc.integer({ min: 0, max: 500 }),
  routeFirst: fc.boolean(),
});

test.each([["selfSigned"], ["privateCa"]])(
  "%s: whatever is rotated, in either order of route and webhook, Telegram trusts what is served at every moment",
  async (kind) => {
    const history = async (steps: (typeof step extends fc.Arbitrary<infer S> ? S : never)[]) => {
      const clock = { time: begin };
      const [authority, certificate] = [newAuthority(clock), newCertificate(clock)];
      const triggers = { root: 0, leaf: 0 };
      const up = async () => {
        await authority.up({ rotateTrigger: `${triggers.root}` });
        const issuer = kind === "privateCa" ? of(authority.state()) : { selfSigned: {} };
        const args = { names, issuer, rotateTrigger: `${triggers.leaf}`, validityDays: 600 };
        await certificate.up(args);
        expect(await certificate.preview(args)).toBe("same");
        return certificate.state();
      };
      let { certificatePem: served, uploadPem: uploaded } = await up();
      for (const { root, leaf, days, routeFirst } of steps) {
        clock.time += days * day;
        triggers.root += Number(root);
        triggers.leaf += Number(leaf);
        const { certificatePem, uploadPem } = await up();
        if (routeFirst) served = certificatePem;
        else uploaded = uploadPem;
        expect(isTrusted(uploaded, served)).toBe(true);
        [served, uploaded] = [certificatePem, uploadPem];
        expect(isTrusted(uploaded, served)).toBe(true);
        expect(count(uploaded)).toBeLessThanOrEqual(3);
        expect(Date.parse(read(served).validTo)).toBeGreaterThan(clock.time);
      }
    };
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 8 }), history), { numRuns: 40 });
  },
  300_000, // it makes hundreds of keys
);
