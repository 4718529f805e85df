// Answers challenges in a folder that a site serves: files below .well-known/acme-challenge, on this machine or over SSH.
import type { Failure } from "../core/failure-types";
import { errors } from "./errors";
import type { Machine, Ran } from "./machine";
import { quoted, writing } from "./machine-shell";
import type { ChallengeAnswer, Answerer } from "./servers/edge";

const folders = [".well-known", "acme-challenge"] as const;
/** In a folder that we made, so that also another run knows that it goes when it is empty. */
const ourMark = ".pulumi-telegram";
const noFolder = 21;
const isLink = 22;
const patienceSeconds = 60;

export function webrootOf(webroot: string, machine: Machine): Answerer {
  const told = { webroot, machine: machine.name };
  const run = async (script: string, signal: AbortSignal, failed: (said: string) => Failure) => {
    const connection = await machine.connect(signal);
    const ran = await connection.run(script, signal);
    if (ran.code === 0) return;
    const said = lastOf(ran);
    if (ran.code === noFolder) throw errors.CHALLENGE_NOT_ANSWERED.noWebroot({ ...told, said });
    if (ran.code === isLink) throw errors.CHALLENGE_NOT_ANSWERED.linked({ place: said, machine: machine.name });
    throw failed(said);
  };
  return {
    answer: ({ answers }, { signal }) =>
      run(presenting(webroot, answers), signal, (said) => errors.CHALLENGE_NOT_ANSWERED.notWritten({ ...told, said })),
    withdraw: ({ answers }, { signal }) =>
      run(removing(webroot, answers), signal, (said) => errors.CHALLENGE_NOT_ANSWERED.notRemoved({ ...told, said })),
  };
}

const lastOf = ({ code, stderr }: Ran): string =>
  (stderr.trim().split("\n").at(-1) || `it ended with code ${code}`).replace(/^sh: \d+: |\.$/g, "");

/**
 * Goes into the folder and holds the kernel's lock on it, so that nobody removes a folder that another run is about to use. Who
 * may write in it could put a link in our way: so we go from folder to folder, look where we are, and stay there.
 */
const entering = (webroot: string, without: number) => `umask 022
cd ${quoted(webroot)} || exit ${without}
exec 8<. && { ! command -v flock >/dev/null 2>&1 || flock -w ${patienceSeconds} 8; } || exit 1
here=$(pwd -P) && cd "$here" || exit ${noFolder}
[ "$here" != / ] || here=
into() {
[ ! -L "$1" ] || { echo "$here/$1" >&2; exit ${isLink}; }
cd "./$1" || exit 1
here=$here/$1
[ "$(pwd -P)" = "$here" ] || { echo "$here" >&2; exit ${isLink}; }
}`;

/** The files appear at once and whole; what is in their place is replaced and never followed. */
function presenting(webroot: string, answers: readonly ChallengeAnswer[]): string {
  const make = folders.map(
    (folder) => `if [ -L ${folder} ] || [ -d ${folder} ]; then into ${folder}
else mkdir ${folder} && into ${folder} && : >${ourMark} || exit 1; fi`,
  );
  const write = answers.map(({ token, text }) => {
    const [file, fresh] = [quoted(`./${token}`), quoted(`./.${token}.new`)];
    return `rm -f ${fresh} && ( set -C; ${writing(text, `./.${token}.new`)} ) && mv -f ${fresh} ${file} || { rm -f ${fresh}; exit 1; }`;
  });
  return [entering(webroot, noFolder), ...make, ...write].join("\n");
}

function removing(webroot: string, answers: readonly ChallengeAnswer[]): string {
  const enter = folders.map((folder) => `[ -d ${folder} ] || exit 0; into ${folder}`);
  const files = answers.flatMap(({ token }) => [`./${token}`, `./.${token}.new`]);
  const leave = [...folders]
    .reverse()
    .map((folder) => `[ "$(ls -A)" = ${ourMark} ] || exit 0; rm -f ${ourMark}; cd .. && rmdir ${folder} || exit 1`);
  return [entering(webroot, 0), ...enter, `rm -f ${files.map(quoted).join(" ")} || exit 1`, ...leave].join("\n");
}
