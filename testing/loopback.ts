// Who may be called: a request that names another host comes from a web page whose name was made to lead here (DNS rebinding).

/** Whether the Host header names this machine. A browser always sends the name that its page asked for; no header is no browser. */
export function namesThisMachine({ headers: { host } }: { headers: { host?: string | undefined } }): boolean {
  if (host === undefined) return true;
  const url = `http://${host}`;
  if (!URL.canParse(url)) return false;
  const { hostname, pathname, username } = new URL(url);
  if (pathname !== "/" || username !== "") return false;
  return /^(?:(?:[^.]+\.)*localhost\.?|127\.\d+\.\d+\.\d+|\[::1\]|\[::ffff:7f..:.{1,4}\])$/.test(hostname);
}

/** One sentence, with what to do. */
export const foreignHost =
  "This server answers only to names of the machine itself; call it as http://127.0.0.1 or http://localhost.";
