// Ports of 127.0.0.1: a free one, and whether somebody listens.
import * as net from "node:net";

export const { freePort } = require("../../scripts/lib/ports.js") as {
  freePort: (address?: string) => Promise<number>;
};

export const isListening = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = net.connect(port, "127.0.0.1", () => resolve(true));
    socket.once("error", () => resolve(false));
    socket.once("close", () => socket.destroy());
    socket.once("connect", () => socket.destroy());
  });
