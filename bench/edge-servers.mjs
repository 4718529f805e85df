// The proxy servers that bench/edge.mjs measures, a row each: the user's own configuration, with a bot, a bare proxy and our routes.
import { startCaddy } from "../scripts/lib/caddy.js";
import { startHaproxy } from "../scripts/lib/haproxy.js";
import { startNginx } from "../scripts/lib/nginx.js";

/** What the bot's site answers at /generation; the number is another one after each reload that is measured. */
const generation = "generation:0";

/**
 * Each starts the server with two sites. At `address`, `plainPort`: the bot, as fast as the server itself answers, and
 * /generation. At `tlsPort`, for `host`: a bare proxy to the bot at /bare and at /again, and the routes. `settings` is what a
 * route has in `server`.
 */
export const servers = {
  nginx: async ({ address, plainPort, tlsPort, host, certificate }) => {
    const bare = (path) => `location = ${path} { proxy_pass http://${address}:${plainPort}; }`;
    return startNginx(`server { listen ${address}:${plainPort};
  location / { return 200 "{}"; } location = /generation { return 200 ${generation}; } }
server { listen ${address}:${tlsPort} ssl; server_name ${host}; access_log {directory}.bare.log;
  ssl_certificate ${certificate}; ssl_certificate_key ${certificate};
  ${bare("/bare")} ${bare("/again")} include {directory}/locations/${host}/*.conf; }`);
  },

  haproxy: async ({ address, plainPort, tlsPort, host, certificate }) => {
    const haproxy = await startHaproxy(`frontend bot
    bind ${address}:${plainPort}
    no log
    http-request return status 200 content-type text/plain string ${generation} if { path /generation }
    http-request return status 200 content-type application/json string "{}"
frontend own
    bind ${address}:${tlsPort} ssl crt ${certificate} alpn http/1.1
    no log
    acl is_host req.hdr(host),field(1,:) -m str ${host}
    http-request set-var-fmt(txn.pulumi_telegram) ${address}:${tlsPort}/%[req.hdr(host),field(1,:),lower]%[path]
    use_backend bare if is_host { path /bare /again }
    use_backend pulumi-telegram.%[var(txn.pulumi_telegram),sha2(256),hex,bytes(0,12)]
    default_backend none
backend bare
    server bot ${address}:${plainPort}
backend none`);
    return { ...haproxy, settings: { ...haproxy.settings, masterSocket: haproxy.masterSocket } };
  },

  caddy: async ({ address, plainPort, tlsPort, host, certificate }) =>
    startCaddy(`http://:${plainPort} {
	bind ${address}
	respond /generation ${generation}
	respond "{}"
}
https://${host}:${tlsPort} {
	bind ${address}
	tls ${certificate} ${certificate}
	@bare path /bare /again
	handle @bare {
		reverse_proxy ${address}:${plainPort}
	}
	import {directory}/locations/${host}/*.caddy
}`),
};

/** What each is asked for its version with. */
export const versionWords = { nginx: ["-v"], haproxy: ["-v"], caddy: ["version"] };
