// What is asked of a far side over HTTP, and what comes back. `provider/net/http.ts` sends it; systems are handed a client.

/** One request. It is sent once and follows no redirect, which would carry a credential to another host. */
export interface HttpRequest {
  method: string;
  url: string;
  headers?: Record<string, string>;
  /** Parts are sent as multipart/form-data. */
  body?: string | Uint8Array | readonly FormPart[];
  /** Each of them ends the request: the operation's deadline, an SDK's own. */
  signals: readonly AbortSignal[];
  /** How long to wait for the head of the answer once it is asked for, and then for all of the rest. */
  timeoutSeconds: number;
  /** The largest answer that is read. Default 1 MiB. */
  maxBytes?: number;
}

/** A part with a `fileName` is a file. */
export interface FormPart {
  name: string;
  value: string;
  fileName?: string;
  type?: string;
}

export interface HttpAnswer {
  status: number;
  /** Names in lower case; several values of one name are joined by ", ". */
  headers: Record<string, string>;
  body: Buffer;
}

/** Resolves to any answer, whatever its status. Throws {@link NoAnswer}. */
export type HttpClient = (request: HttpRequest) => Promise<HttpAnswer>;

/** There was no answer, or none that could be read to its end. What was asked may have been done. */
export class NoAnswer extends Error {
  override readonly name = "NoAnswer";
  constructor(
    message: string,
    /** Whether there was an answer, larger than what is read. */
    readonly isTooLarge = false,
  ) {
    super(message);
  }
}
