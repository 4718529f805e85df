// Host names outside ASCII as the server writes them: each label in punycode as it is, without normalising it first.

const LONGEST_HOST_BYTES = 1019;
const isAscii = (text: string): boolean => /^[\0-\x7f]*$/.test(text);

/** Why the server cannot write a host in ASCII; undefined when it can. */
export function hostProblem(host: string): string | undefined {
  if (isAscii(host)) return undefined;
  if (/[\udc80-\udcff]/u.test(host)) return "Host name must be encoded in UTF-8";
  return Buffer.byteLength(host) > LONGEST_HOST_BYTES ? "Host name is too long" : undefined;
}

/** The host in ASCII, or as it is when that cannot be. */
export function asciiHost(host: string): string {
  if (hostProblem(host) !== undefined) return host;
  const labels = host.split(".");
  return labels.map((label) => (isAscii(label) ? label : `xn--${punycode(label)}`)).join(".");
}

const digitOf = (value: number): string => "abcdefghijklmnopqrstuvwxyz0123456789".charAt(value);

/** RFC 3492. */
function punycode(label: string): string {
  const codes = [...label].map((character) => character.codePointAt(0) ?? 0);
  const basic = codes.filter((code) => code < 128);
  let done = basic.length;
  let text = String.fromCharCode(...basic) + (done > 0 ? "-" : "");
  let bias = 72;
  let delta = 0;
  let isFirst = true;
  for (let least = 128; done < codes.length;) {
    const next = Math.min(...codes.filter((code) => code >= least));
    delta += (next - least) * (done + 1);
    for (const code of codes) {
      if (code < next) delta += 1;
      if (code !== next) continue;
      text += variableLength(delta, bias);
      bias = adapted(delta, done + 1, isFirst);
      delta = 0;
      done += 1;
      isFirst = false;
    }
    delta += 1;
    least = next + 1;
  }
  return text;
}

function variableLength(delta: number, bias: number): string {
  let text = "";
  let rest = delta;
  for (let k = 36; ; k += 36) {
    const threshold = Math.min(Math.max(k - bias, 1), 26);
    if (rest < threshold) return text + digitOf(rest);
    text += digitOf(threshold + ((rest - threshold) % (36 - threshold)));
    rest = Math.floor((rest - threshold) / (36 - threshold));
  }
}

function adapted(delta: number, count: number, isFirst: boolean): number {
  let rest = Math.floor(delta / (isFirst ? 700 : 2));
  rest += Math.floor(rest / count);
  let bias = 0;
  for (; rest > 455; bias += 36) rest = Math.floor(rest / 35);
  return bias + Math.floor((36 * rest) / (rest + 38));
}
