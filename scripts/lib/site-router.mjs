// Where each page of the site lies: a page of Markdown where it lies in the repository, the reference by the name of the import.
import { BaseRouter, ReflectionKind } from "typedoc";

/** `nameOf` gives the path of a page without `.md`. */
export function siteRouter(nameOf) {
  return class SiteRouter extends BaseRouter {
    getIdealBaseName(reflection) {
      if (reflection.kindOf(ReflectionKind.Document)) return nameOf(reflection);
      const names = [];
      for (let each = reflection; !each.isProject(); each = each.parent) names.unshift(each.name);
      return ["reference", ...names].join("/");
    }
  };
}
