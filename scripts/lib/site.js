// Runs in each page of the site: Enter in the search opens the first result, unless the arrow keys have chosen another one.
{
  const input = document.getElementById("tsd-search-input");
  input?.addEventListener("keydown", ({ key }) => {
    if (key !== "Enter" || input.getAttribute("aria-activedescendant")) return;
    document.querySelector("#tsd-search-results a")?.click();
  });
}
