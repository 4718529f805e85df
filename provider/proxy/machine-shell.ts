// The far end of a machine: a small shell program that runs what it is told, holds a lock, and rolls back when left alone.

/**
 * Reads one request a line, `<verb> <base64>`, and answers with one line, `<code> <base64 stdout> <base64 stderr>`.
 * Standard input is data only, so nothing secret is in an argument list. `guard` names a script that puts things back:
 * it runs when the connection ends while the script is still there. The lock is closed in everything that is started.
 */
export const shellProgram = `
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin; export PATH; LC_ALL=C; export LC_ALL
umask 077; trap '' HUP PIPE INT; cd /
work=$(mktemp -d) || exit 3
guard=
echo pulumi-telegram-ready
while IFS= read -r line; do
  text=$(printf %s "\${line#* }" | base64 -d)
  case "\${line%% *}" in
    lock) ( : >>"$text" ) && exec 9>>"$text" && flock -n 9 ;;
    unlock) exec 9>&- ;;
    guard) guard=$text ;;
    run) ( exec 9>&-; eval "$text" ) ;;
  esac </dev/null >"$work/out" 2>"$work/err"
  code=$?
  printf '%s %s %s\\n' "$code" "$(base64 <"$work/out" | tr -d '\\n')" "$(base64 <"$work/err" | tr -d '\\n')"
done
if [ -n "$guard" ] && [ -f "$guard" ]; then sh "$guard" 9>&- >/dev/null 2>&1; fi
rm -rf "$work"
`;

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
