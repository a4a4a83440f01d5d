// What was printed when: under a figure whose numbers were printed more than once, a slider walks
// through the days. Away from the newest, a plain drawing of what stood on that day takes the place
// of the figure, with the newest in grey behind. Without this script, and in print, the figure stands.
document.addEventListener("DOMContentLoaded", () => {
  const drawing = (name, attributes, ...children) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    Object.entries(attributes).forEach(([key, value]) => element.setAttribute(key, value));
    element.append(...children);
    return element;
  };
  const element = (name, properties, ...children) => {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
  };
  const written = (number, { digits, signed, unit }) => {
    const text = Math.abs(number).toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
    const zero = !/[1-9]/.test(text);
    return `${zero ? "" : number < 0 ? "\u2212" : signed ? "+" : ""}${text}${unit && unit !== "%" ? "\u00a0" : ""}${unit}`;
  };
  const ticks = (low, high, most) => {
    const rough = (high - low || 1) / most;
    const size = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((n) => n * size).find((n) => n >= rough);
    const found = [];
    for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; i += 1) found.push(i * step);
    return found;
  };

  // One panel: what stood on a day before what stood on the newest, on the same axes on every day.
  const drawn = (panel, shown, newest, width, height) => {
    const known = panel.printings.flatMap(({ values }) => values.filter((v) => v !== null));
    const low = Math.min(0, ...known);
    const high = Math.max(0, ...known) + 0.05 * (Math.max(0, ...known) - low || 1);
    const [left, right, top, bottom] = [48, 12, panel.head ? 24 : 10, 22];
    const [first, last] = [panel.years[0], panel.years[panel.years.length - 1]];
    const x = (year) => left + ((year - first) / (last - first || 1)) * (width - left - right);
    const y = (value) => top + ((high - value) / (high - low)) * (height - top - bottom);
    const group = drawing("g", {});
    const text = (told, at) => group.append(drawing("text", at, told));
    if (panel.head) text(panel.head, { x: 2, y: 14, "font-weight": "bold" });
    const decimals = (step) => Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
    const levels = ticks(low, high, 6);
    const places = decimals(levels.length > 1 ? levels[1] - levels[0] : 1);
    levels.forEach((level) => {
      group.append(drawing("line", { x1: left, x2: width - right, y1: y(level), y2: y(level), stroke: level ? "#dddddd" : "#595959", "stroke-width": 0.8 }));
      text(written(level, { digits: places, unit: "" }), { x: left - 6, y: y(level) + 4, "text-anchor": "end" });
    });
    const each = Math.ceil((44 * (last - first || 1)) / (width - left - right));
    for (let year = first; year <= last; year += each) text(String(year), { x: x(year), y: height - 6, "text-anchor": "middle" });
    const line = ({ values, soft }, colour, weight, name) => {
      values.forEach((value, i) => {
        const joined = i && value !== null && values[i - 1] !== null && panel.years[i] - panel.years[i - 1] === 1 && !panel.apart.includes(i);
        if (!joined) return;
        const loose = soft.includes(i) || soft.includes(i - 1);
        group.append(drawing("line", { x1: x(panel.years[i - 1]), x2: x(panel.years[i]), y1: y(values[i - 1]), y2: y(value), stroke: colour, "stroke-width": weight, ...(loose ? { "stroke-dasharray": "4 3" } : {}) }));
      });
      values.forEach((value, i) => {
        if (value === null) return;
        const hollow = soft.includes(i);
        group.append(drawing("circle", { class: name, "data-year": panel.years[i], "data-value": value, "data-estimate": hollow, cx: x(panel.years[i]), cy: y(value), r: 1.5 + weight, fill: hollow ? "#ffffff" : colour, stroke: colour, "stroke-width": 1.4 }));
      });
    };
    line(newest, "#a6a6a6", 1.2, "newest");
    if (shown) line(shown, "#12436d", 2, "then");
    return group;
  };

  document.querySelectorAll("script.as-of").forEach((held, number) => {
    const { what, days, panels } = JSON.parse(held.textContent);
    const figure = held.closest("figure");
    const picture = figure.querySelector("picture");
    const newest = days.length - 1;
    const frame = element("div", { className: "as-of-drawing", hidden: true });
    const slider = element("input", { type: "range", id: `as-of-${number}`, min: 0, max: newest, step: 1, autocomplete: "off" });
    slider.value = newest;
    const told = element("output", {});
    told.htmlFor = slider.id;
    told.setAttribute("aria-live", "polite");
    const key = element("p", { className: "as-of-key", hidden: true, textContent: `Blue: as printed then. Grey: as printed on ${days[newest][1]}. Hollow, dashed: an estimate.` });
    const then = (panel, day) => panel.printings.filter((one) => one.day <= day).pop();
    const said = (panel, day) => {
      const [shown, now] = [then(panel, day), panel.printings[panel.printings.length - 1]];
      const name = panel.head ? `${panel.head}: ` : "";
      if (!shown) return `${name}not yet printed.`;
      const at = shown.values.reduce((found, value, i) => (value === null ? found : i), 0);
      const words = `${name}${written(shown.values[at], panel)} in ${panel.years[at]}${shown.soft.includes(at) ? " (an estimate)" : ""}`;
      const there = shown.values.flatMap((value, i) => (value === null ? [] : [i]));
      const other = there.filter((i) => now.values[i] === null || written(now.values[i], panel) !== written(shown.values[i], panel));
      if (shown === now) return `${words}.`;
      const turn = other.length ? `${other.length} of ${there.length} years read otherwise` : "each year reads the same";
      return `${words}; ${turn} on ${days[newest][1]}.`;
    };
    const show = () => {
      const at = Number(slider.value);
      const [day, words] = days[at];
      const away = at < newest;
      // As wide as the figure that it stands for, which is measured where it shows.
      figure.classList.remove("is-walked");
      const width = Math.round(picture.getBoundingClientRect().width);
      frame.style.width = `${width}px`;
      slider.setAttribute("aria-valuetext", words);
      told.textContent = `${words}: ${panels.map((panel) => said(panel, day)).join(" ")} ${panels[0].source}.`;
      if (away) {
        const height = Math.max(170, Math.min(300, 0.5 * width));
        const parts = panels.map((panel, i) => {
          const part = drawn(panel, then(panel, day), panel.printings[panel.printings.length - 1], width, height);
          part.setAttribute("transform", `translate(0 ${i * height})`);
          return part;
        });
        const whole = drawing("svg", { viewBox: `0 0 ${width} ${height * panels.length}`, role: "img", "aria-label": `As printed by ${words}` }, ...parts);
        const view = `Another view: year by year, as printed by ${words}, ${panels.length > 1 ? "each series" : "one series"} alone.`;
        frame.replaceChildren(element("p", {}, element("strong", { textContent: what }), `${what && ". "}${view} Title and verdicts stay those of today.`), whole);
      }
      figure.classList.toggle("is-walked", away);
      frame.hidden = !away;
      key.hidden = !away;
    };
    slider.addEventListener("input", show);
    addEventListener("resize", () => { if (!frame.hidden) show(); });
    (picture.closest(".points-frame") || picture).after(frame, key, element("div", { className: "as-of", lang: "en" }, element("label", { htmlFor: slider.id, textContent: "As printed by" }), slider, told));
    show();
  });
});
