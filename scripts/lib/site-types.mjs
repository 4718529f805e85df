// What the reference says beside the doc comments: which types it leaves out, and which page has more.
import path from "node:path";
import { Comment, normalizePath, ReflectionKind } from "typedoc";

/** Types that a reader never writes: they make the exported ones, and the pages have their result. */
export const internalTypes = [
  "AcmeArgs",
  "DecidedForRoute",
  "Flat",
  "KeyType",
  "Outcome",
  "RecordPartArgs",
  "Without",
  "all",
];

/** The page that has the keys and settings of each type. */
const pageOfType = {
  CaddySettings: "docs/proxy-route",
  HaproxySettings: "docs/proxy-route",
  IssuerArgs: "docs/tls-certificate",
  NginxSettings: "docs/proxy-route",
  On: "docs/proxy-route",
  OnArgs: "docs/proxy-route",
  ServerArgs: "docs/proxy-route",
  Tls: "docs/proxy-route",
  TlsArgs: "docs/proxy-route",
  TokenFrom: "docs/telegram-webhook",
  ViaArgs: "docs/dns-record",
};

/** Adds to each class, its arguments and each type of a choice a link to the page that has the example, the choices and the errors. */
export function linkToPages(project, pages) {
  for (const reflection of project.getReflectionsByKind(ReflectionKind.SomeExport)) {
    const name = reflection.name.replace(/Args$/, "");
    const page = pages.find((one) => one.name === pageOfType[reflection.name] || one.title === name);
    if (page === undefined || reflection.parent?.kindOf(ReflectionKind.Module) !== true) continue;
    const source = normalizePath(path.resolve("index.ts"));
    const { target } = project.files.register(source, normalizePath(page.file));
    reflection.comment ??= new Comment();
    const what = reflection.name in pageOfType ? "Keys and settings" : "Example, behaviour and errors";
    reflection.comment.summary.push(
      { kind: "text", text: `\n\n${what}: [the page ${page.title}](` },
      { kind: "relative-link", text: page.file, target },
      { kind: "text", text: ")." },
    );
  }
}
