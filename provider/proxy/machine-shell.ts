// The far end of a machine: a small shell program that runs what it is told, holds a lock, and rolls back when left alone.

/** More than this on one stream of a command is no answer any more: 16 MiB, a hundred times what a large nginx prints. */
export const answerLimitBytes = 16 * 1024 * 1024;

/**
 * Reads one request a line, `<number> <verb> <base64>`, and answers with one line, `<nonce> <number> <code> <length of
 * stdout> <length of stderr> <base64 stdout> <base64 stderr>`. Whatever else is on standard output, a login profile printed.
 * Standard input is data only, so nothing secret is in an argument list. What commands print is kept in two files that have
 * no name any more, so that no end of this program leaves one. `guard` is a script that puts things back: it runs when the
 * connection ends, and on the signals that end a session. The lock is closed in everything that is started.
 */
export function shellProgram(nonce: string): string {
  return `
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin; export PATH; LC_ALL=C; export LC_ALL
umask 077; cd /
guard=
finish() {
  trap '' HUP INT TERM PIPE
  [ -z "$guard" ] || ( exec 3>&- 4>&- 9>&-; eval "$guard" ) </dev/null >/dev/null 2>&1
  exit
}
trap finish HUP INT TERM; trap : PIPE
file=$(mktemp) && exec 3>"$file" && rm -f "$file" && file=$(mktemp) && exec 4>"$file" && rm -f "$file" || exit 3
said() { head -c ${answerLimitBytes + 1} <"/dev/fd/$1" | base64 -w0; }
printf '\\n${nonce} ready\\n'
while IFS=' ' read -r number verb data; do
  text=$(printf %s "$data" | base64 -d)
  case $verb in
    lock) ( : >>"$text" ) && exec 9>>"$text" && flock -n 9 ;;
    unlock) guard=; exec 9>&- ;;
    guard) guard=$text ;;
    run) ( exec 3>&- 4>&- 9>&-; eval "$text" ) ;;
  esac </dev/null >/dev/fd/3 2>/dev/fd/4
  code=$?; out=$(said 3); err=$(said 4)
  : >/dev/fd/3; : >/dev/fd/4
  printf '\\n${nonce} %s %s %s %s %s %s\\n' "$number" "$code" "\${#out}" "\${#err}" "$out" "$err"
done
finish
`;
}

/** A word for a shell, whatever is in it. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A shell command that writes this text to a file. The text is no argument of a program: `printf` is the shell's own. */
export function writing(text: string, file: string): string {
  return `printf %s ${Buffer.from(text).toString("base64")} | base64 -d >${quoted(file)}`;
}

export const encoded = (text: string): string => Buffer.from(text).toString("base64");
export const decoded = (text: string): string => Buffer.from(text, "base64").toString("utf8");
