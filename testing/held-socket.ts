// A socket under TLS whose end is held back until it is known whether the peer hung up or reset the connection.
import type net from "node:net";
import { Duplex } from "node:stream";

/** Real time in which a peer that closed with unread bytes resets the connection. */
const RESET_MILLISECONDS = 5;

export class HeldSocket extends Duplex {
  /** `isOpen`: the handshake is over, and an end is an end. */
  constructor(
    private readonly raw: net.Socket,
    isOpen: () => boolean,
  ) {
    super();
    raw.on("data", (bytes: Buffer) => {
      if (!this.push(bytes)) raw.pause();
    });
    raw.on("end", () => (isOpen() ? this.push(null) : this.hungUp()));
    raw.on("error", (error) => this.destroy(error));
    raw.on("close", () => this.destroy());
  }

  override _read(): void {
    this.raw.resume();
  }

  override _write(chunk: Buffer, _: string, done: (error?: Error | null) => void): void {
    this.raw.write(chunk, done);
  }

  override _final(done: () => void): void {
    this.raw.end(done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.raw.destroy();
    done(error);
  }

  /** A write tells: it fails only when the peer has reset the connection. */
  private hungUp(): void {
    setTimeout(() => {
      if (!this.raw.destroyed) this.raw.write(Buffer.alloc(1), (error) => error ?? this.push(null));
    }, RESET_MILLISECONDS);
  }
}
