// How nginx answers challenges of ACME: a file for each token, in the server block of the host or in one of our own. Pure.
import { fingerprint } from "../../../core/hash";
import { errors } from "../../errors";
import { listenAddressOf, reachedAt } from "../../rules";
import { challengePath } from "../answerer";
import type { AnswersPlan, AnswerTexts, AskedAt } from "../answerer";
import type { ChallengeAnswer, Answering } from "../edge";
import type { Need } from "../program";
import { firstLine } from "../route-files";
import { folderOf } from "../scripts";
import type { Disk } from "../scripts";
import type { Plan } from "../transaction";
import { word } from "../word";
import { serversIn } from "./blocks";
import type { Block, Given } from "./blocks";
import { httpFile, isHttpFileNewer } from "./files";
import { blockNaming, listenersAt } from "./hosts";
import type { Listener } from "./hosts";
import type { NginxSettings } from ".";

export function nginxAnswers({ directory, ...settings }: NginxSettings): AnswerTexts {
  const http = `${directory}/http.conf`;
  const siteOf = (listen: string, name: string) => `${directory}/sites/${listen.replace(":", "_")}_${name}`;
  const locationsOf = (name: string) => `${directory}/locations/${name}`;
  return {
    reads: ({ listen, answers, keeper }) => [
      http,
      ...answers.flatMap(({ name, token }) => {
        const site = siteOf(listen, name);
        return [`${site}.conf`, ...[site, locationsOf(name)].map((folder) => `${folder}/${fileName(keeper, token)}`)];
      }),
    ],
    withAnswers(wanted, disk) {
      const plan: AnswersPlan & { askedAt: AskedAt[] } = { files: new Map(), folders: [], needs: [], askedAt: [] };
      const acting: Given[] = [];
      for (const name of new Set(wanted.answers.map((answer) => answer.name)))
        addName(plan, acting, name, wanted, disk);
      removeStale(plan.files, wanted, disk);
      return { ...plan, before: () => acting.map(({ words, file, line }) => `${words[0]} (${file}:${line})`) };
    },
    withoutAnswers,
  };

  /** The host's own server block answers if there is one; otherwise one of ours beside those of others. */
  function addName(
    plan: AnswersPlan & { askedAt: AskedAt[] },
    acting: Given[],
    name: string,
    wanted: Answering,
    { names, texts, loaded = new Map<string, string>() }: Disk,
  ): void {
    const { listen } = wanted;
    const site = siteOf(listen, name);
    const folder = locationsOf(name);
    const blocks = serversIn(loaded, `${folder}/${fileName(wanted.keeper, "")}`);
    const foreign = blocks.filter(({ file }) => !file.startsWith(`${directory}/`));
    const listeners = listenersAt(foreign, listenAddressOf(listen));
    const named = listeners.flatMap((listener) => {
      const block = blockNaming(name, listener);
      return block ? [{ listener, block }] : [];
    });
    const answers = wanted.answers.filter((answer) => answer.name === name);
    if (named.length > 0) {
      const own = new Set(named.map(({ block }) => block));
      for (const block of own) refuseUnfit(block, { listen, name, line: `include ${folder}/*.conf;` });
      addFiles(plan, folder, answers, wanted);
      plan.needs.push(...answers.map(({ token }) => locationNeed(folder, name, token, wanted)));
      plan.askedAt.push(...named.flatMap(({ listener }) => askedAt(listener)));
      acting.push(...[...own].flatMap(actingIn));
      return;
    }
    const text = texts.get(`${site}.conf`);
    if (text === undefined || text.includes(siteMark)) {
      refuseTakenDefault(listeners, name);
      const values = listeners.length > 0 ? listeners.map(({ value }) => value) : [listen];
      plan.files.set(`${site}.conf`, siteFile(name, values, site));
    }
    if (!isHttpFileNewer(texts.get(http))) plan.files.set(http, httpFile({ directory, ...settings }));
    addFiles(plan, site, answers, wanted);
    const cure = `Add the line \`include ${directory}/*.conf;\` to the http block of nginx.conf, above every server block, and run pulumi up again`;
    plan.needs.push({ file: http, cure }, { file: `${site}.conf`, cure });
    plan.askedAt.push(...(listeners.length > 0 ? listeners.flatMap(askedAt) : [reachedAt(listenAddressOf(listen))]));
    if (listeners.length === 0 && !names.has(`${site}.conf`)) plan.listen = listen;
  }

  /** What this keeper left of earlier orders at the same names. */
  function removeStale(files: Plan["files"], wanted: Answering, { names }: Disk): void {
    for (const file of names) if (isAt(file, wanted) && !files.has(file)) files.set(file, undefined);
  }

  function isAt(file: string, { keeper, answers }: Answering): boolean {
    const [, folder = "", kept] =
      /\/(?:sites|locations)\/([^/]+)\/acme_([0-9a-f]{12})_[0-9a-f]{12}\.conf$/.exec(file) ?? [];
    const host = folder.replace(/^[\d.]+_\d+_/, "");
    return kept === keeper && file.startsWith(`${directory}/`) && answers.some(({ name }) => name === host);
  }

  /** A server block goes once nothing is in its folder any more, and the file for all with the last of everything. */
  function withoutAnswers(wanted: Answering, { names }: Disk): Pick<Plan, "files" | "folders"> {
    const tokens = new Set(wanted.answers.map(({ token }) => fileName(wanted.keeper, token)));
    const gone = new Set(
      [...names].filter((file) => isAt(file, wanted) && tokens.has(file.slice(file.lastIndexOf("/") + 1))),
    );
    const folders = [...new Set([...gone].map(folderOf))];
    for (const folder of folders.filter((one) => one.startsWith(`${directory}/sites/`))) {
      const within = [...names].filter((file) => file.startsWith(`${folder}/`) && !gone.has(file));
      if (within.some((file) => file.endsWith(".conf"))) continue;
      for (const file of [`${folder}.conf`, ...within]) gone.add(file);
    }
    const isLast = ![...names].some(
      (file) => /\/(?:sites|locations)\/[^/]+\/[^/]+\.conf$/.test(file) && !gone.has(file),
    );
    if (gone.size > 0 && isLast) gone.add(http);
    return {
      files: new Map([...gone].map((file) => [file, undefined])),
      folders: [...folders, ...["sites", "locations"].map((name) => `${directory}/${name}`)],
    };
  }
}

function addFiles(
  plan: AnswersPlan,
  folder: string,
  answers: readonly ChallengeAnswer[],
  { keeper, owner }: Answering,
): void {
  for (const answer of answers)
    plan.files.set(`${folder}/${fileName(keeper, answer.token)}`, answerFile(answer, owner));
}

const fileName = (keeper: string, token: string) => `acme_${keeper}_${fingerprint(token)}.conf`;

function locationNeed(folder: string, name: string, token: string, { keeper }: Answering): Need {
  const cure = `Add the line \`include ${folder}/*.conf;\` to the server block of ${name}, and run pulumi up again`;
  return { file: `${folder}/${fileName(keeper, token)}`, cure };
}

/** `return` answers before anything is refused by an address, a password or a rate. */
function answerFile({ token, text }: ChallengeAnswer, owner: string): string {
  return `${firstLine}
# It answers a challenge of ACME for ${owner}
location = ${word(challengePath(token))} {
    default_type text/plain;
    return 200 "${word(text)}";
}
`;
}

const siteMark = "# It is there while challenges of ACME are answered for this host";

function siteFile(name: string, listens: readonly string[], folder: string): string {
  return `${firstLine}
${siteMark}
server {
${listens.map((value) => `    listen ${listenWord(value)};`).join("\n")}
    server_name ${word(name)};
    server_tokens off;
    location / { return 404; }
    include ${word(folder)}/*.conf;
}
`;
}

/** It stands in the user's own configuration already, where nginx has taken it; an IPv6 address in brackets. */
function listenWord(value: string): string {
  word(value.replace(/[[\]]/g, ""));
  return value;
}

const askedAt = ({ place, takesProxyProtocol }: Listener): AskedAt[] =>
  place ? [{ ...reachedAt(place), ...(takesProxyProtocol && { takesProxyProtocol }) }] : [];

/** A block of the host that answers before a location is looked for, or that has no way to our locations. */
function refuseUnfit({ given, leads, file, line }: Block, told: { listen: string; name: string; line: string }): void {
  const before = given.find(({ words: [name] }) => name === "return");
  if (before) throw errors.CHALLENGE_NOT_ANSWERED.returns({ ...told, place: `${before.file}:${before.line}` });
  if (!leads) throw errors.CHALLENGE_NOT_ANSWERED.noInclude({ ...told, place: `${file}:${line}` });
}

/** Our block is read first: where no block says that it is the default, ours would be it, and answer for other hosts. */
function refuseTakenDefault(listeners: readonly Listener[], name: string): void {
  const open = listeners.find(({ hasDefault }) => !hasDefault);
  const [block] = open?.blocks ?? [];
  if (!open || !block) return;
  const listen = open.place ? `${open.place.address}:${open.place.port}` : open.value;
  const place = `${block.file}:${block.line}`;
  throw errors.CHALLENGE_NOT_ANSWERED.noDefault({ listen, name, server: "nginx", place });
}

const actingIn = ({ given, blocks }: Block): Given[] => [
  ...given.filter(({ words: [name] }) => name === "rewrite"),
  ...blocks.filter(({ words: [name] }) => name === "if"),
];
