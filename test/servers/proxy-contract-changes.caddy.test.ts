// What every proxy server promises of a change, on the real Caddy.
import { contractOfChanges } from "../support/contract-changes";

contractOfChanges("caddy");
