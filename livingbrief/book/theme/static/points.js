// What a chart says at each point: on hover, tap and focus, all values of a place with their status
// and source. Arrow keys walk from place to place, and a screen reader reads each. Charts of one
// group (`measures`) share a place, with a button for each and its own address.
document.addEventListener("DOMContentLoaded", () => {
  const element = (name, properties, ...children) => {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
  };
  const told = ({ told: [label, text] }) => (label ? `${label}: ${text}` : text);

  document.querySelectorAll("script.points").forEach((held, number) => {
    const { widths, groups } = JSON.parse(held.textContent);
    const figure = held.closest("figure");
    const picture = figure.querySelector("picture");
    const image = picture.querySelector("img");
    const layer = element("div", { className: "points" });
    const keys = element("input", { type: "range", min: 0, max: groups.length - 1, step: 1, value: groups.length - 1, autocomplete: "off", id: `points-${number}` });
    const title = figure.querySelector("figcaption strong");
    keys.setAttribute("aria-label", [picture.dataset.values, title && title.textContent].filter(Boolean).join(": "));
    const card = element("div", { className: "points-card", hidden: true });
    card.setAttribute("aria-hidden", "true");
    layer.append(keys, card);
    const frame = element("div", { className: "points-frame" });
    picture.before(frame);
    frame.append(picture, layer);

    // Where a mark is on the screen, from the left and the top of the picture.
    const scale = () => {
      const narrow = picture.querySelector("source") && matchMedia("(max-width: 640px)").matches ? 1 : 0;
      return { narrow, size: image.clientWidth / widths[narrow], height: image.clientHeight };
    };
    const spot = ({ at }, { narrow, size, height }) => [at[narrow][0] * size, height - at[narrow][1] * size];
    let shown = -1;
    const hide = () => {
      shown = -1;
      card.hidden = true;
      layer.querySelectorAll(".points-ring").forEach((ring) => ring.remove());
    };
    const show = (n) => {
      const group = groups[n];
      keys.value = n;
      keys.setAttribute("aria-valuetext", `${group.place}. ${group.marks.map(told).join("; ")}`);
      if (n === shown) return;
      hide();
      shown = n;
      const now = scale();
      const spots = group.marks.map((mark) => spot(mark, now));
      spots.forEach(([x, y]) => {
        const ring = element("span", { className: "points-ring" });
        Object.assign(ring.style, { left: `${x}px`, top: `${y}px` });
        layer.append(ring);
      });
      const lines = group.marks.map((mark) => {
        const [label, text] = mark.told;
        return element("p", {}, label ? `${label} ` : "", element("b", { textContent: text }));
      });
      card.replaceChildren(element("p", {}, element("strong", { textContent: group.place })), ...lines, element("small", { textContent: group.sources }));
      card.hidden = false;
      const [x, y] = [spots[0][0], Math.min(...spots.map((s) => s[1]))];
      const left = x + 14 + card.offsetWidth <= image.clientWidth ? x + 14 : Math.max(0, x - 14 - card.offsetWidth);
      // Below a point in the upper half, above one in the lower, so that the card leaves the line free.
      const top = y < now.height / 2 ? Math.max(...spots.map((s) => s[1])) + 16 : y - 16 - card.offsetHeight;
      Object.assign(card.style, { left: `${left}px`, top: `${Math.max(0, Math.min(top, now.height - card.offsetHeight))}px` });
    };
    const nearest = (event) => {
      const box = image.getBoundingClientRect();
      const [x, y] = [event.clientX - box.left, event.clientY - box.top];
      const now = scale();
      const far = groups.map(({ marks }) => Math.min(...marks.map((mark) => {
        const [mx, my] = spot(mark, now);
        return Math.hypot(mx - x, (my - y) / 3);
      })));
      return far.indexOf(Math.min(...far));
    };
    layer.addEventListener("pointermove", (event) => show(nearest(event)));
    layer.addEventListener("pointerdown", (event) => show(nearest(event)));
    layer.addEventListener("pointerleave", (event) => { if (event.pointerType === "mouse" && document.activeElement !== keys) hide(); });
    keys.addEventListener("input", () => show(Number(keys.value)));
    keys.addEventListener("focus", () => { if (shown < 0) show(Number(keys.value)); });
    keys.addEventListener("blur", hide);
    keys.addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
    addEventListener("resize", hide);
    keys.setAttribute("aria-valuetext", `${groups[keys.value].place}. ${groups[keys.value].marks.map(told).join("; ")}`);
  });

  // One chart at a time, by buttons; the address names the one that shows.
  document.querySelectorAll("div.measures").forEach((box) => {
    const parts = [...box.querySelectorAll(".measure")].filter((part) => part.querySelector("figure"));
    const figures = parts.map((part) => part.querySelector("figure"));
    const name = (figure) => figure.querySelector("img").getAttribute("src").split("/").pop().split(".")[0];
    const buttons = figures.map((figure, i) => {
      const label = parts[i].querySelector("p");
      label.remove();
      const button = element("button", { type: "button", textContent: label.textContent });
      button.addEventListener("click", () => { show(figure); history.replaceState(null, "", `#${name(figure)}`); });
      return button;
    });
    const link = element("button", { type: "button", className: "measures-link", textContent: box.dataset.link || "Copy a link to this chart" });
    const done = element("output", {});
    let at = figures[0];
    const show = (figure) => {
      at = figure;
      figures.forEach((each, i) => { parts[i].hidden = each !== figure; buttons[i].setAttribute("aria-pressed", String(each === figure)); });
      done.textContent = "";
    };
    link.addEventListener("click", async () => {
      const address = `${location.href.split("#")[0]}#${name(at)}`;
      history.replaceState(null, "", `#${name(at)}`);
      try { await navigator.clipboard.writeText(address); done.textContent = "✓"; } catch { done.textContent = address; }
    });
    const group = element("div", { className: "measures-buttons" }, ...buttons);
    group.setAttribute("role", "group");
    box.prepend(group);
    box.append(element("p", {}, link, " ", done));
    const asked = () => figures.find((figure) => `#${name(figure)}` === location.hash);
    show(asked() || figures[0]);
    addEventListener("hashchange", () => { if (asked()) show(asked()); });
    document.documentElement.classList.add("measured");
  });
});
