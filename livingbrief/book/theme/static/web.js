// From disk a page may not read another, so the results of a search stand without passages.
if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
// A browser may hand the stored words to the next page too late, so a result's address carries them.
addEventListener("click", (event) => {
  const link = event.target.closest("#search-results a");
  const words = localStorage.getItem("sphinx_highlight_terms");
  if (!link || !words) return;
  const url = new URL(link.href);
  url.searchParams.set("highlight", words);
  link.href = url;
});
// Who comes from a search is led to the paragraph that holds most of what was asked.
addEventListener("load", () => setTimeout(() => {
  const marks = [...document.querySelectorAll(".bd-article .highlighted")];
  if (!marks.length || location.hash) return;
  const around = (mark) => mark.closest("p, li, td, th, dd, dt, figcaption, h1, h2, h3, pre") || mark;
  const held = (mark) => new Set([...around(mark).querySelectorAll(".highlighted")]
    .map((other) => other.textContent.toLowerCase())).size;
  const best = marks.reduce((one, other) => (held(other) > held(one) ? other : one));
  const folded = best.closest("details:not([open])");
  if (folded) folded.open = true;
  const hidden = best.closest("[hidden]");
  if (hidden) hidden.dispatchEvent(new Event("beforematch", { bubbles: true }));
  best.scrollIntoView({ block: "center" });
}, 50));

// A table that does not fit a phone becomes cards: a row each, its cells under the heads of columns.
// What still scrolls can be reached by keyboard, after the window has changed too.
addEventListener("load", () => {
  const boxes = [...document.querySelectorAll(".bd-article .pst-scrollable-table-container")];
  const narrow = matchMedia("(max-width: 600px)");
  boxes.forEach((box) => {
    const heads = [...box.querySelectorAll("thead tr:last-child th")].map((th) => th.textContent.trim());
    box.querySelectorAll("tbody tr").forEach((row) => [...row.cells].forEach((cell, i) => {
      if (i && heads[i]) cell.dataset.head = heads[i];
    }));
  });
  const reach = () => {
    boxes.forEach((box) => {
      box.classList.remove("cards");
      const texts = box.closest(".own-findings, .turns, .tracker");
      box.classList.toggle("cards", narrow.matches && (texts || box.scrollWidth > box.clientWidth + 1));
    });
    [...boxes, ...document.querySelectorAll("pre[tabindex]")].forEach((box) => {
      box.tabIndex = box.scrollWidth > box.clientWidth ? 0 : -1;
    });
  };
  addEventListener("resize", reach);
  reach();
});
