// The page "Claims and evidence": folds each claim's entry into its row of the table and filters the
// rows by verdict and section. Without this script the page shows the same, unfolded.
(() => {
  "use strict";

  const make = (name, properties, ...children) => {
    const element = Object.assign(document.createElement(name), properties);
    element.append(...children);
    return element;
  };

  const entryOf = (row) => {
    const link = row.querySelector('a[href^="#claim-"]');
    const target = link && document.getElementById(link.hash.slice(1));
    const section = target && target.closest("section");
    const mark = section && section.querySelector(".ledger-claim");
    return mark && { row, link, section, verdict: mark.dataset.verdict, part: mark.dataset.section };
  };

  const fold = (entry) => {
    const cell = make("td", { colSpan: entry.row.cells.length }, entry.section);
    entry.details = make("tr", { className: "ledger-details", hidden: true }, cell);
    entry.row.after(entry.details);
    entry.button = make("button", { type: "button", className: "ledger-toggle" });
    entry.button.setAttribute("aria-label", `Evidence for claim ${entry.link.textContent}`);
    entry.link.before(entry.button);
    const toggle = () => open(entry, entry.details.hidden);
    entry.button.addEventListener("click", toggle);
    entry.row.cells[1].addEventListener("click", toggle);
    open(entry, false);
  };

  const open = (entry, shown) => {
    entry.details.hidden = !shown || entry.row.hidden;
    entry.button.setAttribute("aria-expanded", String(shown));
    entry.button.textContent = shown ? "▾" : "▸";
  };

  const chooser = (label, values, words) => {
    const select = make("select", {}, make("option", { value: "", textContent: "all" }));
    values.forEach((value) => select.append(make("option", { value, textContent: words(value) })));
    return { select, box: make("label", {}, `${label} `, select) };
  };

  const start = () => {
    const place = document.getElementById("ledger-filter");
    const table = document.querySelector(".ledger-overview table");
    if (!place || !table) return;
    const entries = [...table.tBodies[0].rows].map(entryOf).filter(Boolean);
    const groups = new Set(entries.map((entry) => entry.section.parentElement));
    entries.forEach(fold);
    groups.forEach((group) => { group.hidden = true; });

    const unique = (name) => [...new Set(entries.map((entry) => entry[name]))];
    const verdict = chooser("Verdict", unique("verdict"), (value) => value);
    const part = chooser("Part of the brief", unique("part"), (value) => value);
    const count = make("output", {});
    const apply = () => {
      entries.forEach((entry) => {
        const fits = (!verdict.select.value || entry.verdict === verdict.select.value)
          && (!part.select.value || entry.part === part.select.value);
        entry.row.hidden = !fits;
        entry.details.hidden = !fits || entry.button.getAttribute("aria-expanded") !== "true";
      });
      const shown = entries.filter((entry) => !entry.row.hidden).length;
      count.textContent = `${shown} of ${entries.length} claims`;
    };
    [verdict, part].forEach((choice) => choice.select.addEventListener("change", apply));
    place.append(verdict.box, part.box, count);
    place.hidden = false;
    apply();

    const follow = () => {
      const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
      const entry = target && entries.find((item) => item.section.contains(target));
      if (!entry) return;
      if (entry.row.hidden) {
        verdict.select.value = part.select.value = "";
        apply();
      }
      open(entry, true);
      entry.row.scrollIntoView();
    };
    addEventListener("hashchange", follow);
    follow();
  };

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
