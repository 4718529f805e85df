// What the settings of http-01 may be: a proxy server of a machine answers, or a folder that a site serves already. Pure.
import { folderProblem, listenProblem } from "./rules";

export { listenProblem };

/** `webroot`: it may be behind a link, as a site's folder often is. */
export const webrootProblem = (folder: string) => folderProblem(folder);

export function httpChallengeProblem(settings: { server?: unknown; webroot?: string }): string | undefined {
  if ((settings.server === undefined) !== (settings.webroot === undefined)) return undefined;
  return "must have exactly one of http01.server (a proxy server answers) and http01.webroot (a folder that your site serves)";
}
