// What every proxy server promises of a change, on the real haproxy.
import { contractOfChanges } from "../support/contract-changes";

contractOfChanges("haproxy");
