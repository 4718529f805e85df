// `npm run site`: builds site/ with TypeDoc: all pages and the API reference, with one search over both. `-- <folder>` builds it elsewhere.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { Application, Comment, CommentTag, Converter, ReflectionKind } from "typedoc";
import { codeInHeadings } from "./lib/site-markdown.mjs";
import { groupNames, sitePages } from "./lib/site-pages.mjs";
import { siteRouter } from "./lib/site-router.mjs";
import { internalTypes, linkToPages } from "./lib/site-types.mjs";
import { writeOutChoices } from "./lib/site-written.mjs";

const top = path.join(import.meta.dirname, "..");
process.chdir(top);
const folder = process.argv[2] ?? "site";
if (existsSync(folder) && readdirSync(folder).length > 0 && !existsSync(path.join(folder, "assets/search.js"))) {
  console.error(`${folder} has files that are no site, and a build would remove them: give an empty folder.`);
  process.exit(2);
}
const pages = sitePages();
const reference = "API reference";

/** Source of each public entry point to the name that a program imports. The dynamic provider host alone loads `./provider`. */
const imports = new Map(
  Object.entries(JSON.parse(readFileSync("package.json", "utf8")).exports)
    .filter(([name, target]) => target.types !== undefined && name !== "./provider")
    .map(([name, { types }]) => [types.replace(/^\.\/dist\/(.*)\.d\.ts$/, "$1.ts"), `pulumi-telegram${name.slice(1)}`]),
);

const app = await Application.bootstrap({
  name: "pulumi-telegram",
  entryPoints: [...imports.keys()],
  tsconfig: "tsconfig.build.json",
  skipErrorChecking: true, // `npm run build` does
  excludeExternals: true,
  excludePrivate: true,
  disableSources: true,
  readme: "README.md",
  customCss: "scripts/lib/site.css",
  customJs: "scripts/lib/site.js",
  favicon: "scripts/lib/site-icon.svg",
  projectDocuments: pages.map(({ file }) => file),
  highlightLanguages: ["typescript", "javascript", "python", "bash", "json", "jsonc", "yaml", "nginx", "hcl", "ini"],
  markdownItOptions: { html: true, linkify: false }, // "acme.sh" is no link
  markdownItLoader: (parser) => parser.core.ruler.push("code in headings", codeInHeadings),
  ignoredHighlightLanguages: ["console"],
  intentionallyNotExported: internalTypes,
  router: "site",
  groupOrder: [...groupNames, reference, "Classes", "Functions", "Interfaces", "Type Aliases", "Variables"],
  sort: ["alphabetical-ignoring-documents"],
  sortEntryPoints: false,
  navigation: { includeGroups: true },
  searchInComments: true,
  searchInDocuments: true,
  hideGenerator: true,
  githubPages: false,
});

const nameOf = new Map();
app.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_, document) => {
  const page = pages.find(({ name }) => name === document.name);
  nameOf.set(document, page.name);
  document.name = page.title;
  document.frontmatter.group = page.group;
});
app.converter.on(Converter.EVENT_CREATE_DECLARATION, (_, declaration) => {
  if (declaration.kindOf(ReflectionKind.Module))
    declaration.name = imports.get(`${declaration.name}.ts`) ?? imports.get(`${declaration.name}/index.ts`);
});
app.converter.on(Converter.EVENT_RESOLVE_BEGIN, (context) => {
  const { project } = context;
  writeOutChoices(context);
  linkToPages(project, pages);
  project.readme[0].text = project.readme[0].text.replace(/^# .*\n/, ""); // the front page has the name above it
  for (const module of project.getReflectionsByKind(ReflectionKind.Module)) {
    module.comment ??= new Comment();
    module.comment.blockTags.push(new CommentTag("@group", [{ kind: "text", text: reference }]));
  }
});
app.renderer.defineRouter(
  "site",
  siteRouter((document) => nameOf.get(document)),
);

const project = await app.convert();
if (project) {
  app.validate(project);
  await app.generateDocs(project, folder);
}
if (app.logger.hasErrors() || app.logger.hasWarnings()) {
  console.error("The site has what is named above: mend it, then run npm run site again.");
  process.exitCode = 1;
}
