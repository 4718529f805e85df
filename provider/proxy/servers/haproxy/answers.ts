// How haproxy answers challenges of ACME: a list of answers, a backend that looks in it, and a frontend where nobody listens. Pure.
import { challengePath } from "../answerer";
import type { AnswerTexts } from "../answerer";
import type { Answering } from "../edge";
import type { Need } from "../program";
import { firstLine } from "../route-files";
import type { Disk } from "../scripts";
import { word } from "../word";
import { answerLine, baseFile, isNewer } from "./files";
import { answerPlaces, listenerOf } from "./places";
import type { HaproxySettings } from ".";

const textVariable = "txn.pulumi_telegram_answer";

interface Entry {
  keeper: string;
  owner: string;
  name: string;
  path: string;
  text: string;
}

/** `isServed`: somebody listens at the place already, and it is no frontend of ours for challenges. */
export function haproxyAnswers({ directory }: HaproxySettings, isServed: boolean): AnswerTexts {
  const { base, backend, list, folder } = answerPlaces(directory, "");
  return {
    reads: ({ listen }) => [base, backend, list, answerPlaces(directory, listen).frontend],
    withAnswers(wanted, { names, texts }) {
      const { listen } = wanted;
      const { frontend } = answerPlaces(directory, listen);
      const fresh = entriesOf(wanted);
      const hosts = new Set(fresh.map(({ name }) => name));
      const isStale = (one: Entry) => one.keeper === wanted.keeper && hosts.has(one.name);
      const kept = entriesIn(texts.get(list)).filter((one) => !isStale(one));
      const isOurs = names.has(frontend) || (!isServed && !names.has(listenerOf(directory, listen)));
      return {
        files: new Map([
          ...(isNewer(texts.get(base)) ? [] : [[base, baseFile()] as const]),
          [backend, backendFile(list)],
          [list, listText([...kept, ...fresh])],
          ...(isOurs ? [[frontend, frontendFile(listen)] as const] : []),
        ]),
        folders: [],
        needs: needsOf(directory, wanted, isOurs),
        ...(isOurs && !names.has(frontend) && { listen }),
      };
    },
    withoutAnswers(wanted, disk) {
      const gone = new Set(entriesOf(wanted).map(keyOf));
      const all = entriesIn(disk.texts.get(list));
      const kept = all.filter((one) => one.keeper !== wanted.keeper || !gone.has(keyOf(one)));
      if (kept.length > 0) return { files: new Map([[list, listText(kept)]]), folders: [] };
      return { files: new Map(leavings(disk).map((file) => [file, undefined])), folders: [folder] };
    },
  };

  /** What is there for challenges alone; with the last route gone, the file for all too. */
  function leavings({ names }: Disk): string[] {
    const frontends = [...names].filter((name) => /\/10-acme-[\d.]+_\d+\.cfg$/.test(name));
    const isUsed = [...names].some((name) => name.endsWith(".secrets"));
    return [list, backend, ...frontends, ...(isUsed ? [] : [base])];
  }
}

const keyOf = ({ name, path }: Entry) => `${name}${path}`;

const entriesOf = ({ answers, keeper, owner }: Answering): Entry[] =>
  answers.map(({ name, token, text }) => ({ keeper, owner, name, path: challengePath(token), text }));

/** Each line with its answer follows one that says whose it is. */
function listText(entries: readonly Entry[]): string {
  const lines = entries.map(
    ({ keeper, owner, name, path, text }) => `# ${keeper} of ${owner}\n${word(name)}${word(path)} ${word(text)}\n`,
  );
  return `${firstLine}\n${lines.sort().join("")}`;
}

function entriesIn(text = ""): Entry[] {
  const found = text.matchAll(/^# ([0-9a-f]{12}) of (\S+)\n([^/\s]+)(\/\S+) (\S+)$/gm);
  return [...found].map(([, keeper = "", owner = "", name = "", path = "", said = ""]) => {
    return { keeper, owner, name, path, text: said };
  });
}

/** What is no challenge of ours is answered 404. */
function backendFile(list: string): string {
  return `${firstLine}
backend pulumi-telegram.acme from pulumi-telegram
    http-request set-log-level silent
    http-request set-var-fmt(${textVariable}) %[req.hdr(host),field(1,:),lower]%[path]
    http-request set-var(${textVariable}) var(${textVariable}),map_str(${word(list)},none)
    http-request return status 404 if { var(${textVariable}) -m str none }
    http-request return status 200 content-type text/plain lf-string %[var(${textVariable})]
`;
}

function frontendFile(listen: string): string {
  return `${firstLine}
frontend pulumi-telegram.acme.${word(listen)} from pulumi-telegram
    bind ${word(listen)}
    ${answerLine}
    default_backend pulumi-telegram.none
`;
}

function needsOf(directory: string, { listen }: Answering, isOurs: boolean): Need[] {
  const { base, backend } = answerPlaces(directory, listen);
  const start = `Start haproxy with \`-f ${directory}\` as its last \`-f\` (on Debian in EXTRAOPTS of /etc/default/haproxy)`;
  if (isOurs) return [{ file: base, cure: `${start}, and run pulumi up again` }];
  return [
    { file: base, cure: start },
    {
      file: backend,
      cure: `Add \`${answerLine}\` to the frontend that binds ${listen}, as its first use_backend, with every redirect of that frontend behind \`unless { path_beg /.well-known/acme-challenge/ }\`; then run pulumi up again`,
    },
  ];
}
