// A card for each number: by pointer, focus or touch. The page holds what the cards say; without
// this script numbers are links to the same places.
document.addEventListener("DOMContentLoaded", () => {
  const held = document.getElementById("cards");
  const place = document.querySelector("main") || document.body;
  if (!held) return;
  const said = JSON.parse(held.textContent);

  const make = (name, properties, ...children) => {
    const element = Object.assign(document.createElement(name), properties);
    element.append(...children);
    return element;
  };
  const text = make("div", { id: "card-text" });
  text.setAttribute("role", "tooltip");
  // From the keyboard the number itself is the link: this one is for a finger.
  const link = make("a", { tabIndex: -1 });
  const card = make("div", { className: "number-card", lang: "en", hidden: true }, text, link);
  place.append(card);

  const row = (name, value) => make("div", {}, make("b", { textContent: `${name}: ` }), value);
  const ofNumber = ({ key, form }) => {
    const [meaning, cited, status] = said.numbers[key];
    const rows = [make("div", { textContent: meaning })];
    // What was printed then has other sources than what is known today.
    if (form === "then") rows.push(row("As known", said.then));
    else {
      cited.forEach(([source, vintage]) =>
        rows.push(row("Source", vintage ? `${source}, vintage ${vintage}` : source)));
      rows.push(row("Status", status));
    }
    return [...rows, row("Key", make("code", { textContent: key }))];
  };

  const find = (target) => {
    const found = target.closest && target.closest("a.n[href]");
    return found && found.dataset.key in said.numbers ? found : null;
  };

  let current = null;
  let timer = 0;
  const put = () => {
    if (!current) return;
    const [box] = current.getClientRects();
    if (!box) return;
    const below = box.bottom + card.offsetHeight + 12 < innerHeight || box.top < card.offsetHeight + 12;
    card.style.top = `${below ? box.bottom + 6 : box.top - card.offsetHeight - 6}px`;
    card.style.left = `${Math.max(8, Math.min(box.left, document.documentElement.clientWidth - card.offsetWidth - 8))}px`;
  };
  const hide = () => {
    clearTimeout(timer);
    if (current) current.removeAttribute("aria-describedby");
    current = null;
    card.hidden = true;
  };
  const show = (anchor) => {
    clearTimeout(timer);
    if (anchor === current) return;
    hide();
    current = anchor;
    text.replaceChildren(...ofNumber(anchor.dataset));
    link.href = anchor.href;
    link.textContent = anchor.dataset.key.startsWith("facts.") ? "See the source" : "See the cell";
    anchor.removeAttribute("title");
    anchor.setAttribute("aria-describedby", text.id);
    card.hidden = false;
    put();
  };
  const later = (act, wait) => { clearTimeout(timer); timer = setTimeout(act, wait); };

  document.addEventListener("pointerover", (event) => {
    if (event.pointerType !== "mouse") return;
    const anchor = find(event.target);
    if (anchor) later(() => show(anchor), 150);
    else if (card.contains(event.target)) clearTimeout(timer);
    else if (current !== document.activeElement) later(hide, 250);
  });
  document.addEventListener("focusin", (event) => {
    const anchor = find(event.target);
    if (anchor && anchor.matches(":focus-visible")) show(anchor);
    else if (!anchor && !card.contains(event.target)) hide();
  });
  document.addEventListener("focusout", (event) => {
    if (event.target === current && !card.contains(event.relatedTarget)) later(hide, 250);
  });
  let finger = false;
  let open = null;
  document.addEventListener("pointerdown", (event) => {
    finger = event.pointerType === "touch";
    open = current;
    if (!card.contains(event.target) && !find(event.target)) hide();
  }, true);
  document.addEventListener("click", (event) => {
    const anchor = find(event.target);
    // Enter is a click without a pointer: it follows the link.
    if (!anchor || !finger || event.detail === 0) return;
    event.preventDefault();
    if (open === anchor) hide();
    else show(anchor);
  });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
  document.addEventListener("scroll", put, { capture: true, passive: true });
  addEventListener("resize", put);
});
