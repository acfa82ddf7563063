// What the pages gain when scripts run; without them every link and every number still works.
"use strict";
(() => {
  const $ = (selector, root = document) => [...root.querySelectorAll(selector)];

  // Search on a phone: a real button, so that the keyboard reaches it.
  for (const button of $("[data-ws-search]")) {
    button.addEventListener("click", () => {
      const toggle = document.getElementById("__search");
      if (toggle && !toggle.checked) toggle.click();
      const query = document.querySelector("[data-md-component=search-query]");
      if (query) query.focus();
    });
  }

  // The search listens to keys only; what is pasted, dictated or composed brings none.
  for (const query of $("[data-md-component=search-query]")) {
    query.addEventListener("input", () => query.dispatchEvent(new KeyboardEvent("keyup", { bubbles: true })));
  }

  // Boxes that scroll sideways can be reached and scrolled with the keyboard.
  const reach = () => {
    for (const box of $(".ws-scroll")) {
      if (box.scrollWidth > box.clientWidth + 1) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    }
  };
  addEventListener("resize", reach);
  for (const details of $("details")) details.addEventListener("toggle", reach);
  reach();

  // A link into a closed part of the page opens it.
  const open = (target) => {
    for (let node = target; node; node = node.parentElement) if (node.tagName === "DETAILS") node.open = true;
  };
  const follow = () => {
    const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target) { open(target); target.scrollIntoView({ block: "center" }); }
  };
  addEventListener("hashchange", follow);
  if (location.hash) follow();

  // A number shows its source beside it; the full list stays at the end of the page.
  let card = null, from = null;
  const close = (refocus) => {
    if (!card) return;
    card.remove();
    from.removeAttribute("aria-expanded");
    if (refocus) from.focus();
    card = from = null;
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a.ws-src");
    if (!link) { if (card && !card.contains(event.target)) close(false); return; }
    const entry = document.getElementById(link.hash.slice(1));
    if (!entry || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    if (from === link) { close(true); return; }
    close(false);
    from = link;
    card = document.createElement("div");
    card.className = "ws-card-source";
    card.setAttribute("role", "dialog");
    card.setAttribute("aria-label", document.documentElement.lang.startsWith("zh") ? "数字来源" : "Source of the number");
    card.tabIndex = -1;
    for (const node of entry.childNodes) card.append(node.cloneNode(true));
    const more = document.createElement("a");
    more.href = link.hash;
    more.className = "ws-card-source__more";
    more.textContent = document.documentElement.lang.startsWith("zh") ? "在来源清单中查看" : "See it in the list of sources";
    card.append(more);
    document.body.append(card);
    const box = link.getBoundingClientRect(), width = Math.min(360, document.documentElement.clientWidth - 24);
    card.style.width = `${width}px`;
    card.style.left = `${Math.max(12, Math.min(box.left, document.documentElement.clientWidth - width - 12)) + scrollX}px`;
    card.style.top = `${box.bottom + scrollY + 6}px`;
    link.setAttribute("aria-expanded", "true");
    card.focus({ preventScroll: true });
    for (const inner of $("a", card)) inner.addEventListener("click", () => close(false));
  });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape" && card) { event.stopPropagation(); close(true); } });
})();
