// What an http or server block hands down to a route's location: every such directive of nginx, and what becomes of it. Data.

/**
 * Lines of a route's location that replace what would be handed down and decides whether a request gets through. With
 * `satisfy any` and `allow all` nginx asks no other access control. Modules that nginx has unless it is built without.
 */
export const accessLines = [
  "satisfy any;",
  "allow all;",
  "auth_basic off;",
  "recursive_error_pages off;",
  "client_body_timeout 60s;",
  "send_timeout 60s;",
  "limit_rate 0;",
] as const;

/** The same for the way to the bot. A connection that fails may try the name's next address; what was sent is never sent again. */
export const passLines = [
  "proxy_http_version 1.1;",
  "proxy_method POST;",
  "proxy_pass_request_body on;",
  "proxy_pass_request_headers on;",
  "proxy_bind off;",
  "proxy_connect_timeout 5s;",
  "proxy_next_upstream error timeout;",
  "proxy_next_upstream_tries 0;",
  "proxy_next_upstream_timeout 0;",
  "proxy_intercept_errors off;",
  "proxy_redirect off;",
  "proxy_request_buffering on;",
  "proxy_limit_rate 0;",
  "proxy_store off;",
  "proxy_cache off;",
] as const;

/** What the location replaces: by the lines above, or by a line with a value of the route's. */
export const replaced = [
  ...[...accessLines, ...passLines].map((line) => line.split(" ")[0] ?? ""),
  ...["access_log", "error_log", "error_page", "client_max_body_size"],
  ...["proxy_set_header", "proxy_send_timeout", "proxy_read_timeout"],
  ...["deny", "auth_basic_user_file"], // of no effect behind `allow all` and `auth_basic off`
];

/**
 * Replaced where it is handed down, since only then it is known that nginx has the module. `isStock`: also where nobody can
 * tell what is handed down, since nearly every nginx has it.
 */
export const replacedWhereUsed: readonly { directive: string; line: string; isStock?: true }[] = [
  { directive: "limit_req", line: "limit_req_dry_run on;", isStock: true },
  { directive: "limit_conn", line: "limit_conn_dry_run on;", isStock: true },
  { directive: "mirror", line: "mirror off;", isStock: true },
  { directive: "auth_request", line: "auth_request off;" },
  { directive: "auth_jwt", line: "auth_jwt off;" },
  { directive: "modsecurity", line: "modsecurity off;" },
  { directive: "ssi", line: "ssi off;" },
  { directive: "charset", line: "charset off;" },
];

export interface Refused {
  directive: string;
  /** The words behind the name with which it does harm; any if left out. */
  words?: RegExp;
  /** It acts on a connection with TLS only. */
  isTls?: true;
  /** What it does, and what to do, for the end of a sentence. */
  why: string;
}

/** What no line in a location can undo. */
export const refusedByName: readonly Refused[] = [
  {
    directive: "return",
    why: "it answers every request before a location is looked for; put it into a location, such as `location / { … }`",
  },
  {
    directive: "ssl_verify_client",
    words: /^on$/,
    isTls: true,
    why: "it demands a certificate of every client, and Telegram has none; set it to `optional`, and refuse by `$ssl_client_verify` in the locations that need it",
  },
  {
    directive: "ssl_reject_handshake",
    words: /^on$/,
    isTls: true,
    why: "it refuses every TLS connection; take it out, or use another server block",
  },
  {
    directive: "proxy_set_body",
    why: "the bot would get another body than Telegram's; move it into the locations that need it",
  },
  {
    directive: "degrade",
    why: "it answers in the bot's place when memory is short; move it into the locations that need it",
  },
];

/** What does not decide whether an update arrives; the reason, and which. */
export const harmless: readonly { reason: string; directives: string }[] = [
  {
    reason: "acts before the route, and on the probe too, so a route that it refuses is not in force",
    directives: `rewrite break set if client_header_timeout client_header_buffer_size large_client_header_buffers max_headers
      ignore_invalid_headers underscores_in_headers merge_slashes connection_pool_size request_pool_size server_names_hash_bucket_size
      server_names_hash_max_size client_body_early_read http2 http2_body_preread_size http2_idle_timeout http2_max_concurrent_pushes
      http2_max_concurrent_streams http2_max_field_size http2_max_header_size http2_max_requests http2_pool_size
      http2_recv_buffer_size http2_recv_timeout http2_streams_index_size listen server_name`,
  },
  {
    reason: "is about TLS, which the checks of the webhook prove from outside",
    directives: `ssl_buffer_size ssl_certificate ssl_certificate_cache ssl_certificate_compression ssl_certificate_key ssl_ciphers
      ssl_client_certificate ssl_conf_command ssl_crl ssl_dhparam ssl_early_data ssl_ecdh_curve ssl_ech_file ssl_ocsp ssl_ocsp_cache
      ssl_ocsp_responder ssl_password_file ssl_prefer_server_ciphers ssl_protocols ssl_session_cache ssl_session_ticket_key
      ssl_session_tickets ssl_session_timeout ssl_stapling ssl_stapling_file ssl_stapling_responder ssl_stapling_verify
      ssl_trusted_certificate ssl_verify_depth`,
  },
  {
    reason: "only defines something that another directive uses",
    directives: `ancient_browser ancient_browser_value modern_browser modern_browser_value auth_request_set degradation
      geoip_city geoip_country geoip_org geoip_proxy geoip_proxy_recursive limit_conn_zone limit_req_zone log_format
      map_hash_bucket_size map_hash_max_size proxy_cache_path referer_hash_bucket_size referer_hash_max_size valid_referers
      secure_link secure_link_md5 secure_link_secret uninitialized_variable_warn rewrite_log variables_hash_bucket_size
      variables_hash_max_size resolver resolver_timeout`,
  },
  {
    reason: "sets how a limit that does not count here answers and logs",
    directives:
      "limit_conn_dry_run limit_conn_log_level limit_conn_status limit_req_dry_run limit_req_log_level limit_req_status auth_delay",
  },
  {
    reason: "says who the client is; the route lets every client in who has the secret, and onlyTelegram uses it",
    directives: "real_ip_header real_ip_recursive set_real_ip_from",
  },
  {
    reason: "is about how nginx reads, keeps and sends bytes",
    directives: `output_buffers aio aio_write chunked_transfer_encoding client_body_buffer_size client_body_in_file_only
      client_body_in_single_buffer client_body_temp_path directio directio_alignment keepalive_disable keepalive_min_timeout
      keepalive_requests keepalive_time keepalive_timeout limit_rate_after lingering_close lingering_time lingering_timeout
      mirror_request_body postpone_output read_ahead reset_timedout_connection send_lowat sendfile sendfile_max_chunk
      subrequest_output_buffer_size tcp_nodelay tcp_nopush http2_chunk_size http2_push http2_push_preload
      proxy_buffer_size proxy_buffering proxy_buffers proxy_busy_buffers_size proxy_headers_hash_bucket_size
      proxy_headers_hash_max_size proxy_ignore_client_abort proxy_max_temp_file_size proxy_send_lowat proxy_socket_keepalive
      proxy_socket_rcvbuf proxy_socket_sndbuf proxy_store_access proxy_temp_file_write_size proxy_temp_path`,
  },
  {
    reason: "is about a cache, which is off here",
    directives: `proxy_cache_background_update proxy_cache_bypass proxy_cache_convert_head proxy_cache_key proxy_cache_lock
      proxy_cache_lock_age proxy_cache_lock_timeout proxy_cache_max_range_offset proxy_cache_methods proxy_cache_min_uses
      proxy_cache_revalidate proxy_cache_use_stale proxy_cache_valid proxy_no_cache`,
  },
  {
    reason: "is about a bot behind TLS",
    directives: `proxy_ssl_certificate proxy_ssl_certificate_cache proxy_ssl_certificate_key proxy_ssl_ciphers proxy_ssl_conf_command
      proxy_ssl_crl proxy_ssl_name proxy_ssl_password_file proxy_ssl_protocols proxy_ssl_server_name proxy_ssl_session_reuse
      proxy_ssl_trusted_certificate proxy_ssl_verify proxy_ssl_verify_depth`,
  },
  {
    reason:
      "changes the answer on its way back, of which Telegram reads the status, Retry-After and a method in the body",
    directives: `charset_map charset_types override_charset source_charset absolute_redirect default_type early_hints etag expires
      gzip gzip_buffers gzip_comp_level gzip_disable gzip_hash gzip_http_version gzip_min_length gzip_no_buffer gzip_proxied gzip_types
      gzip_vary gzip_window postpone_gzipping gunzip gunzip_buffers add_header add_header_inherit add_trailer add_trailer_inherit
      if_modified_since max_ranges msie_padding msie_refresh port_in_redirect server_name_in_redirect server_tokens slice
      ssi_ignore_recycled_buffers ssi_last_modified ssi_min_file_chunk ssi_silent_errors ssi_types ssi_value_length
      sub_filter sub_filter_last_modified sub_filter_once sub_filter_types userid userid_domain userid_expires userid_flags
      userid_mark userid_name userid_p3p userid_path userid_service proxy_cookie_domain proxy_cookie_flags proxy_cookie_path
      proxy_force_ranges proxy_hide_header proxy_ignore_headers proxy_pass_header proxy_pass_trailers`,
  },
  {
    reason: "is about files, logs and content that a route does not have, or is not handed down to a location",
    directives: `disable_symlinks log_not_found log_subrequest open_file_cache open_file_cache_errors open_file_cache_events
      open_file_cache_min_uses open_file_cache_valid open_log_file_cache post_action root types types_hash_bucket_size
      types_hash_max_size gzip_static index stub_status try_files tunnel_bind tunnel_buffer_size tunnel_connect_timeout
      tunnel_next_upstream tunnel_next_upstream_timeout tunnel_next_upstream_tries tunnel_pass tunnel_read_timeout tunnel_send_lowat
      tunnel_send_timeout tunnel_socket_keepalive tunnel_socket_rcvbuf tunnel_socket_sndbuf`,
  },
];
