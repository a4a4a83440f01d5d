// One switch for all code of a page. Without this script each cell has a fold of its own.
document.addEventListener("DOMContentLoaded", () => {
  const article = document.querySelector(".bd-article");
  const folds = [...document.querySelectorAll("div.cell details.hide")];
  const heading = article && article.querySelector("h1");
  if (!folds.length || !heading) return;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "code-switch";
  const show = (shown) => {
    article.classList.toggle("code-away", !shown);
    folds.forEach((fold) => { fold.open = shown; });
    button.textContent = shown ? "Hide the code" : "Show the code";
    button.setAttribute("aria-expanded", String(shown));
  };
  button.addEventListener("click", () => show(article.classList.contains("code-away")));
  heading.after(button);
  show(false);
  // A link to a cell opens its code.
  const follow = () => {
    const found = document.getElementById(location.hash.slice(1));
    const fold = found && folds.find((one) => found === one.closest("div.cell"));
    if (!fold) return;
    fold.open = true;
    fold.scrollIntoView();
  };
  addEventListener("hashchange", follow);
  follow();
});

// A table that scrolls can be reached by keyboard, after the window has changed too.
addEventListener("load", () => {
  const reach = () => document.querySelectorAll(".pst-scrollable-table-container, pre[tabindex]").forEach((box) => {
    box.tabIndex = box.scrollWidth > box.clientWidth ? 0 : -1;
  });
  addEventListener("resize", reach);
  reach();
});
