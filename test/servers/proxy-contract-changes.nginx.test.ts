// What every proxy server promises of a change, on the real nginx.
import { contractOfChanges } from "../support/contract-changes";

contractOfChanges("nginx");
