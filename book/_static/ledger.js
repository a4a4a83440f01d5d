// The page "Claims and evidence": folds each claim's entry into its row of the table, searches the
// claims and filters them by verdict, part of the brief and turn; the address holds what is chosen. Without this script the page shows the same, unfolded.
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
    return mark && { row, link, section, group: mark.dataset.group, part: mark.dataset.section,
      turn: mark.dataset.turn.split(","), text: `${row.textContent} ${section.textContent}`.toLowerCase().replace(/\s+/g, " ") };
  };

  const fold = (entry) => {
    // Find-in-page reaches what is folded, where the browser can, and opens it.
    entry.fold = make("div", {}, entry.section);
    entry.fold.addEventListener("beforematch", () => open(entry, true));
    const cell = make("td", { colSpan: entry.row.cells.length }, entry.fold);
    entry.details = make("tr", { className: "ledger-details" }, cell);
    entry.row.after(entry.details);
    entry.button = make("button", { type: "button", className: "ledger-toggle" });
    entry.button.setAttribute("aria-label", `Evidence for claim ${entry.link.textContent}`);
    entry.link.before(entry.button);
    const toggle = () => open(entry, entry.fold.hasAttribute("hidden"));
    entry.button.addEventListener("click", toggle);
    entry.row.cells[1].addEventListener("click", toggle);
    open(entry, false);
  };

  const open = (entry, shown) => {
    if (shown) entry.fold.removeAttribute("hidden");
    else entry.fold.setAttribute("hidden", "until-found");
    entry.details.classList.toggle("is-open", shown);
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

    const words = JSON.parse(place.dataset.groups);
    const choices = {
      group: chooser("Verdict", Object.keys(words), (value) => words[value]),
      part: chooser("Part of the brief", [...new Set(entries.map((entry) => entry.part))], (value) => value),
      turn: chooser("Turn", ["verdict changed", "could turn"], (value) => value),
    };
    const search = make("input", { type: "search", autocomplete: "off" });
    const asked = new URLSearchParams(location.search);
    Object.entries(choices).forEach(([name, choice]) => { choice.select.value = asked.get(name) || ""; });
    search.value = asked.get("q") || "";
    const count = make("output", {});
    const chosen = () => ({ ...Object.fromEntries(Object.entries(choices).map(([name, choice]) =>
      [name, choice.select.value])), q: search.value.trim() });
    const apply = () => {
      const { group, part, turn, q } = chosen();
      const phrase = q.toLowerCase().replace(/\s+/g, " ");
      // What stands nowhere as it is written is looked for word by word.
      const sought = entries.some((entry) => entry.text.includes(phrase)) ? [phrase] : phrase.split(" ");
      entries.forEach((entry) => {
        const fits = (!group || entry.group === group) && (!part || entry.part === part)
          && (!turn || entry.turn.includes(turn)) && sought.every((word) => entry.text.includes(word));
        entry.row.hidden = !fits;
        entry.details.hidden = !fits;
      });
      const shown = entries.filter((entry) => !entry.row.hidden).length;
      count.textContent = shown
        ? `${shown} of ${entries.length} claims`
        : "No claim fits: clear the search or choose “all”";
    };
    const change = () => {
      const kept = new URLSearchParams(Object.entries(chosen()).filter(([, value]) => value));
      const query = kept.size ? `?${kept}` : "";
      history.replaceState(null, "", `${location.pathname}${query}${location.hash}`);
      apply();
    };
    Object.values(choices).forEach((choice) => choice.select.addEventListener("change", change));
    search.addEventListener("input", change);
    place.append(make("label", {}, "Search ", search), ...Object.values(choices).map((choice) => choice.box), count);
    place.hidden = false;
    apply();
    if (asked.size) place.scrollIntoView();

    const follow = () => {
      const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
      const entry = target && entries.find((item) => item.section.contains(target));
      if (target && !entry && groups.has(target)) {
        choices.part.select.value = target.querySelector("h2").firstChild.textContent;
        change();
        place.scrollIntoView();
      }
      if (!entry) return;
      if (entry.row.hidden) {
        Object.values(choices).forEach((choice) => { choice.select.value = ""; });
        search.value = "";
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
