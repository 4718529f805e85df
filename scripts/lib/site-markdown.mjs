// Rules of markdown-it for the pages of the site.

/** TypeDoc makes anchors and its list of headings of texts alone: a word of code in a heading is given as a text, too. */
export function codeInHeadings({ tokens, Token }) {
  for (const [at, { type }] of tokens.entries()) {
    if (type !== "heading_open") continue;
    for (const code of tokens[at + 1].children.filter((child) => child.type === "code_inline")) {
      const text = new Token("text", "", 0);
      text.content = code.content;
      code.children = [text];
    }
  }
}
