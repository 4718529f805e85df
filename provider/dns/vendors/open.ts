// Opens the vendor that a record names; its file, and the package that it needs, are loaded then.
import type { HttpClient } from "../../core/http";
import type { OpenVendor } from "./vendor";

export const openVendor =
  (http: HttpClient): OpenVendor =>
  (via, context) => {
    if ("cloudflare" in via) {
      const { cloudflare } = require("./cloudflare") as typeof import("./cloudflare");
      return cloudflare(via.cloudflare, context, http);
    }
    if ("route53" in via) {
      const { route53 } = require("./route53") as typeof import("./route53");
      return route53(via.route53, context, http);
    }
    const { rfc2136 } = require("./rfc2136") as typeof import("./rfc2136");
    return rfc2136(via.rfc2136, context);
  };
