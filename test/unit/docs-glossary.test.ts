// docs/glossary.md: its words stand in order, each once, and the pages use them.
import { pages, read } from "../support/pages";

const page = "docs/glossary.md";
const words = [...read(page).matchAll(/^\*\*(.+?)\*\*: /gm)].map(([, word = ""]) => word);

test("the words are in alphabetical order, each once", () => {
  expect(words.length).toBeGreaterThan(30);
  expect(words).toEqual([...new Set(words)].sort((one, other) => one.localeCompare(other, "en")));
});

test("each word is used on another page", () => {
  const others = pages.filter((other) => other !== page).map(read);
  const all = others.join("\n").toLowerCase();
  expect(words.filter((word) => !all.includes(word.toLowerCase()))).toEqual([]);
});
