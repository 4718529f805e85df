// A DnsRecord on the host in this process, for what a vendor does: tables of it cost milliseconds, not seconds.
import { recordLogic } from "../../provider/dns/record/fields";
import type { RecordFacts, RecordInputs } from "../../provider/dns/record/fields";
import { recordLifecycle } from "../../provider/dns/record/lifecycle";
import type { OperationContext } from "../../provider/core/logic";
import { vendorOf } from "../../provider/dns/vendors";
import type { Via } from "../../provider/dns/vendors";
import type { Vendor } from "../../provider/dns/vendors/vendor";
import { httpClient } from "../../provider/net/http";
import { inProcess } from "./in-process";
import type { Failed, InProcess } from "./in-process";

export interface Stack extends InProcess {
  /** What `up` is refused with. */
  refusal(args: Record<string, unknown>): Promise<string>;
}

/** A vendor for one operation. */
export type OpenVendor = (via: Via, context: OperationContext) => Vendor;
const http = httpClient();
export const openVendor: OpenVendor = (via, context) => vendorOf(via, http).open(context);

/** A stack of one record; each wait is a tenth of what it says, but for those of a deadline. */
export function recordStack(config: Record<string, string> = {}, open: OpenVendor = openVendor): Stack {
  const time = {
    now: () => new Date(),
    advance: (seconds: number) => new Promise<void>((resolve) => setTimeout(resolve, seconds * 100)),
  };
  const logic = recordLogic(() =>
    recordLifecycle((via) => ({ ...vendorOf(via, http), open: (context) => open(via, context) })),
  );
  const stack = inProcess<RecordInputs, RecordFacts>(config, time, logic);
  const refusal = async (args: Record<string, unknown>) => {
    const failed = await stack.up(args).then(
      () => undefined,
      (error: Failed & { reasons?: string[] }) => (error.reasons ?? [error.message]).join(" "),
    );
    if (failed === undefined) throw new Error("it was not refused");
    return failed;
  };
  return { ...stack, refusal };
}
