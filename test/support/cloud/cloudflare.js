// What the stand-in for Cloudflare knows: of each type what replaces it, what Cloudflare makes of it, and what it refuses, in its words.
// Sources: RequiresReplace in terraform-provider-cloudflare 5 (internal/services), messages as Cloudflare's API gives them in
// issues of that repository, read November 2026; "(stand-in)" begins one whose words were not found.
const kinds = {
  worker: "cloudflare:index/workersScript:WorkersScript",
  domain: "cloudflare:index/workersCustomDomain:WorkersCustomDomain",
  route: "cloudflare:index/workersRoute:WorkersRoute",
  ruleset: "cloudflare:index/ruleset:Ruleset",
  tunnel: "cloudflare:index/zeroTrustTunnelCloudflared:ZeroTrustTunnelCloudflared",
  config: "cloudflare:index/zeroTrustTunnelCloudflaredConfig:ZeroTrustTunnelCloudflaredConfig",
  record: "cloudflare:index/dnsRecord:DnsRecord",
  /** Made by a test, not by a program. */
  zone: "cloudflare:index/zone:Zone",
};

function refusal(request, status, code, message) {
  const answer = { result: null, success: false, errors: [{ code, message }], messages: [] };
  const [method, path] = request.split(" ");
  throw new Error(
    `failed to make http request: ${method} "https://api.cloudflare.com/client/v4${path}": ${status} ${JSON.stringify(answer)}`,
  );
}

function needsZone(request, world, zoneId) {
  if (!world.get(kinds.zone, zoneId))
    refusal(
      request,
      "404 Not Found",
      7003,
      `Could not route to ${request.split(" ")[1]}, perhaps your object identifier is invalid?`,
    );
}

/** The whole name of a record: one that does not end with the zone's name is taken as inside of it. */
function wholeName(world, { zoneId, name }) {
  const zone = world.get(kinds.zone, zoneId).outputs.name;
  return `.${name}`.endsWith(`.${zone}`) ? name : name === "@" ? zone : `${name}.${zone}`;
}

const now = () => new Date().toISOString();
const addresses = ["A", "AAAA", "CNAME"];
const isWorker = (world, name) => world.get(kinds.worker, name) !== undefined;

const types = {
  [kinds.worker]: {
    replaces: ["scriptName", "accountId"],
    outputs: ["createdOn", "etag", "hasModules", "modifiedOn", "startupTimeMs"],
    anew: ["etag", "hasModules", "modifiedOn", "startupTimeMs"],
    computed: ({ mainModule }, { made }) => ({
      createdOn: now(),
      etag: made,
      hasModules: mainModule !== undefined,
      modifiedOn: now(),
      startupTimeMs: 3,
    }),
    id: ({ scriptName }) => scriptName,
    // An upload under a name that is there replaces what is there: Cloudflare refuses nothing.
    refuse: ({ accountId, scriptName, content, mainModule, bindings = [] }, { world }) => {
      const request = `PUT /accounts/${accountId}/workers/scripts/${scriptName}`;
      if (!/^[a-z0-9][a-z0-9-_]{0,62}$/.test(scriptName))
        refusal(request, "400 Bad Request", 10016, "(stand-in) invalid script name");
      if (mainModule === undefined && /^export /m.test(content ?? ""))
        refusal(request, "400 Bad Request", 10021, "Uncaught SyntaxError: Unexpected token 'export'");
      const strange = bindings.find(({ type, service }) => type === "service" && !isWorker(world, service));
      if (strange)
        refusal(
          request,
          "400 Bad Request",
          10143,
          `Could not resolve service binding '${strange.name}'. Target script '${strange.service}' not found.`,
        );
    },
    refuseDelete: ({ accountId, scriptName }, { world }) => {
      const user = world.find(kinds.worker, ({ bindings = [] }) =>
        bindings.some(({ service }) => service === scriptName),
      );
      if (user)
        refusal(
          `DELETE /accounts/${accountId}/workers/scripts/${scriptName}`,
          "400 Bad Request",
          10064,
          `(stand-in) This Worker is referenced by ${user.id}`,
        );
    },
  },

  [kinds.domain]: {
    replaces: ["accountId", "hostname"],
    outputs: ["certId"],
    computed: (_inputs, { made }) => ({ certId: made }),
    id: (_inputs, { made }) => made,
    refuse: ({ accountId, hostname, service, zoneId }, { world }) => {
      const request = `PUT /accounts/${accountId}/workers/domains`;
      needsZone(request, world, zoneId);
      if (!isWorker(world, service))
        refusal(request, "404 Not Found", 10007, "This Worker does not exist on your account.");
      const inWay = world.find(kinds.record, ({ name, type }) => name === hostname && addresses.includes(type));
      if (inWay || world.find(kinds.domain, (one) => one.hostname === hostname))
        refusal(
          request,
          "409 Conflict",
          100117,
          `Hostname '${hostname}' already has externally managed DNS records (A, CNAME, etc). Either delete them, try a different hostname, or use the option 'override_existing_dns_record' to override.`,
        );
    },
  },

  [kinds.route]: {
    replaces: ["zoneId"],
    outputs: [],
    id: (_inputs, { made }) => made,
    refuse: ({ zoneId, pattern, script }, { world }) => {
      const request = `POST /zones/${zoneId}/workers/routes`;
      needsZone(request, world, zoneId);
      if (script !== undefined && !isWorker(world, script))
        refusal(request, "404 Not Found", 10007, "(stand-in) There is no such script.");
      if (world.find(kinds.route, (one) => one.pattern === pattern))
        refusal(request, "409 Conflict", 10020, "A route with the same pattern already exists.");
    },
  },

  [kinds.ruleset]: {
    replaces: ["accountId", "zoneId"],
    outputs: ["lastUpdated", "version"],
    anew: ["lastUpdated", "version"],
    computed: () => ({ lastUpdated: now(), version: "1" }),
    id: (_inputs, { made }) => made,
    refuse: ({ zoneId, kind, phase }, { world }) => {
      const request = `POST /zones/${zoneId}/rulesets`;
      needsZone(request, world, zoneId);
      if (kind === "zone" && world.find(kinds.ruleset, (one) => one.zoneId === zoneId && one.phase === phase))
        refusal(
          request,
          "400 Bad Request",
          20217,
          `'zone' is not a valid value for kind because exceeded maximum number of zone rulesets for phase ${phase}`,
        );
    },
  },

  [kinds.tunnel]: {
    replaces: ["accountId", "configSrc"],
    outputs: ["accountTag", "createdAt", "remoteConfig", "status", "tunType"],
    anew: ["status"],
    computed: ({ accountId, configSrc = "local" }) => ({
      accountTag: accountId,
      createdAt: now(),
      remoteConfig: configSrc === "cloudflare",
      status: "inactive",
      tunType: "cfd_tunnel",
    }),
    id: (_inputs, { made }) => `${made.slice(0, 8)}-0000-4000-8000-${made.slice(4)}`,
    refuse: ({ accountId, name }, { world }) => {
      if (world.find(kinds.tunnel, (one) => one.accountId === accountId && one.name === name))
        refusal(
          `POST /accounts/${accountId}/cfd_tunnel`,
          "409 Conflict",
          1013,
          "You already have a tunnel with this name.",
        );
    },
  },

  [kinds.config]: {
    replaces: ["accountId", "tunnelId"],
    outputs: ["createdAt", "version"],
    anew: ["createdAt", "version"],
    computed: () => ({ createdAt: now(), version: 1 }),
    id: ({ tunnelId }) => tunnelId,
    refuse: (inputs, { world }) => refuseConfig(inputs, world),
    refuseUpdate: (inputs, { world }) => refuseConfig(inputs, world),
  },

  [kinds.record]: {
    replaces: ["zoneId"],
    outputs: ["createdOn", "modifiedOn", "proxiable", "meta"],
    anew: ["modifiedOn", "meta"],
    computed: () => ({ createdOn: now(), modifiedOn: now(), proxiable: true, meta: "{}" }),
    id: (_inputs, { made }) => made,
    refuse: ({ zoneId, name: given, type, content, data }, { world }) => {
      const request = `POST /zones/${zoneId}/dns_records`;
      needsZone(request, world, zoneId);
      const name = wholeName(world, { zoneId, name: given });
      const beside = world.all(kinds.record).filter(({ outputs }) => wholeName(world, outputs) === name);
      const value = JSON.stringify(content ?? data);
      if (
        beside.some(({ outputs }) => outputs.type === type && JSON.stringify(outputs.content ?? outputs.data) === value)
      )
        refusal(request, "400 Bad Request", 81057, "The record already exists.");
      const isAlone = type === "CNAME" ? addresses : ["CNAME"];
      if (addresses.includes(type) && beside.some(({ outputs }) => isAlone.includes(outputs.type)))
        refusal(request, "400 Bad Request", 81053, "An A, AAAA, or CNAME record with that host already exists.");
    },
  },
};

function refuseConfig({ accountId, tunnelId, config }, world) {
  const request = `PUT /accounts/${accountId}/cfd_tunnel/${tunnelId}/configurations`;
  if (!world.get(kinds.tunnel, tunnelId)) refusal(request, "404 Not Found", 1003, "Tunnel not found");
  const last = config?.ingresses?.at(-1);
  if (!last || last.hostname || last.path)
    refusal(
      request,
      "400 Bad Request",
      1056,
      "Bad Configuration: The last ingress rule must match all URLs (i.e. it should not have a hostname or path filter)",
    );
}

const invokes = {
  "cloudflare:index/getZeroTrustTunnelCloudflaredToken:getZeroTrustTunnelCloudflaredToken": (
    { accountId, tunnelId },
    { world },
  ) => {
    const tunnel = world.get(kinds.tunnel, tunnelId);
    if (!tunnel)
      refusal(`GET /accounts/${accountId}/cfd_tunnel/${tunnelId}/token`, "404 Not Found", 1003, "Tunnel not found");
    const { tunnelSecret = Buffer.from(`made for ${tunnelId}`).toString("base64") } = tunnel.outputs;
    const token = Buffer.from(JSON.stringify({ a: accountId, t: tunnelId, s: tunnelSecret })).toString("base64");
    return { accountId, tunnelId, token };
  },
};

module.exports = { types, invokes, kinds, wholeName };
