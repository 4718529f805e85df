// What a vendor of DNS declares of itself: one module each, and one line in index.ts. Pure; what acts is loaded by `open`.
import type { Branch, Leaves, Settings } from "../../core/choice-types";
import type { HttpClient } from "../../core/http";
import type { Finding, OperationContext } from "../../core/logic";
import type { RecordType } from "../values";
import type { Vendor } from "./vendor";

/** What is known of a record when a preview asks what the vendor cannot do. */
export interface DeclaredRecord {
  type?: RecordType;
  /** Left out: the default. */
  ttlSeconds?: number;
}

/** What a program knows of the webhook at a record's name. */
export interface ServedWebhook {
  port: number;
  uploadsCertificate: boolean;
  isPinned: boolean;
}

export interface VendorModule<N extends string = string, L extends Leaves = Leaves> extends Branch<N, L> {
  /** What the vendor cannot do for such a record, and what a person should know, for the preview. `settings`: those that are known. */
  cannot(record: DeclaredRecord, settings: Partial<Settings<L>>): Finding[];
  /**
   * Whether a set of records is written in one transaction. Otherwise a write that failed is looked at again, and what it
   * made is kept as ours.
   */
  isAtomic: boolean;
  /** The settings that are properties of the record at the vendor: they are compared with what is live. */
  recordSettings?: readonly (keyof L & string)[];
  /** With these settings servers answer with the vendor's own addresses and time to live. */
  answersItself?(settings: Settings<L>): boolean;
  /** What keeps a webhook from working at a name that this vendor answers for, if there is anything. */
  cannotServe?(webhook: ServedWebhook, settings: Partial<Settings<L>>): string | undefined;
  /** Where its API is, if the settings alone tell. */
  api?(settings: Partial<Settings<L>>): string | undefined;
  /** The npm package that `open` loads, with the range that it must have: an optional peer, which a preview looks for. */
  peer?: { name: string; range: string };
  /** The vendor for one operation. */
  open(settings: Settings<L>, context: OperationContext, http: HttpClient): Vendor;
}

/** Declares a module with its types. */
export function vendorModule<N extends string, L extends Leaves>(module: VendorModule<N, L>): VendorModule<N, L> {
  return module;
}
