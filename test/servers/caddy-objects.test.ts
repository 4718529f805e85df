// Caddy's admin API: whatever configuration is there, and whatever a route's values are. Thousands of cases, no Caddy.
import fc from "fast-check";
import { objectsIn, withObjects } from "../../provider/proxy/servers/caddy/admin-config";
import { servingServer } from "../../provider/proxy/servers/caddy/admin-listens";
import { partsOfName } from "../../provider/proxy/servers/caddy/admin-names";
import { objectOf, routeText, textOf } from "../../provider/proxy/servers/caddy/admin-objects";
import { automatic, listen, objectsOf, route, stamp } from "../support/caddy-objects";

test.each([{}, { tls: automatic }])(
  "of whatever configuration: nothing throws, and once they are gone all else is as it was: %j",
  (more) => {
    const objects = objectsOf(route(more));
    const anything = fc.dictionary(
      fc.constantFrom("admin", "apps", "logging", "storage", "x"),
      fc.oneof(
        fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<unknown>,
        fc.record(
          {
            http: fc.record({ servers: fc.dictionary(fc.string(), fc.jsonValue()) }, { requiredKeys: [] }),
            tls: fc.record(
              {
                certificates: fc.dictionary(fc.constantFrom("load_pem", "load_files", "automate"), fc.jsonValue()),
                automation: fc.dictionary(fc.constantFrom("policies", "on_demand"), fc.jsonValue()),
              },
              { requiredKeys: [] },
            ),
            logs: fc.dictionary(
              fc.constantFrom("default", "mine", "pulumi"),
              fc.record(
                {
                  include: fc.array(fc.constantFrom("http", "http.log.access", "tls", "admin.api")),
                  exclude: fc.array(fc.constantFrom("http.log", "*", "tls", "http.handlers")),
                  level: fc.string(),
                },
                { requiredKeys: [] },
              ),
            ),
          },
          { requiredKeys: [] },
        ),
      ),
    );
    fc.assert(
      fc.property(anything, (value) => {
        const [config, before] = [JSON.parse(JSON.stringify(value)), JSON.parse(JSON.stringify(value))] as unknown[];
        const made = withObjects(config, objects);
        servingServer(listen, config);
        expect(config).toEqual(before); // it is not written over
        const isSeen = objectsIn(made);
        expect(partsOfName([...isSeen.keys()].find((name) => partsOfName(name)?.kind === "route"))?.listen).toBe(
          listen,
        );
        // What is empty, or no object where one must be, is taken away with ours.
        const gone = withObjects(made, new Map());
        expect(textOf(gone)).toBe(textOf(withObjects(gone, new Map())));
        expect(objectsIn(gone).size).toBe(0);
      }),
      { numRuns: 500 },
    );
  },
);

test("no value of a route becomes a placeholder, and each is one text", () => {
  const word = (min = 1, max = 20) =>
    fc.string({ unit: fc.constantFrom(..."abcxyz019-_{}\"'\\\n$.*: /%".split("")), minLength: min, maxLength: max });
  const plain = fc.oneof(word(), fc.constant("x"));
  const hostile = fc.record(
    { path: plain, hostname: plain, secret: plain, upstreamSecret: plain, upstream: plain },
    { requiredKeys: [] },
  );
  const known = new Set(JSON.stringify(objectOf(routeText(route(), stamp))).match(/\{[a-z][\w.-]*\}/gi));
  /** Nothing: the last line of defence has refused it. */
  const writtenOf = (given: object) => {
    try {
      return routeText(route(given), stamp);
    } catch {
      return undefined;
    }
  };
  let written = 0;
  fc.assert(
    fc.property(hostile, ({ path, hostname, secret, upstreamSecret, upstream }) => {
      const given = {
        path: `/${path}`,
        hostname,
        secretTokens: [secret],
        upstreamSecret,
        upstream: `http://${upstream}:80`,
      };
      const text = writtenOf(given);
      if (text === undefined) return;
      written += 1;
      const found = JSON.stringify(objectOf(text)).match(/\{[a-z][\w.-]*\}/gi) ?? [];
      expect(found.filter((one) => !known.has(one))).toEqual([]);
    }),
    { numRuns: 10_000 },
  );
  expect(written).toBeGreaterThan(10);
});
