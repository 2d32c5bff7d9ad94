// Everything on the page works without this file. It adds: changes as they happen, keys, and the reader's clock.
// Nothing here builds markup from data: the server renders and escapes, this only puts its elements in place.
"use strict";
(() => {
  const root = document.documentElement, say = document.getElementById("say"), live = document.getElementById("live");
  const words = root.dataset; // translated on the server: data-live, data-lost, data-news; and data-zone

  // One stream per browser, not per tab: HTTP/1.1 allows six connections, and a stream holds one for ever.
  const channel = new BroadcastChannel("rdpctl-events");
  const pending = new Map();
  let news, lost, spoke = 0;
  channel.onmessage = ({ data }) => take(data);
  navigator.locks?.request("rdpctl-stream", () => new Promise(() => {
    const source = new EventSource("/events");
    for (const kind of ["changed", "beat", "reset"]) {
      source.addEventListener(kind, (event) => { const data = { kind, ...JSON.parse(event.data || "{}") }; take(data); channel.postMessage(data); });
    }
    source.onerror = () => { take({ kind: "lost" }); channel.postMessage({ kind: "lost" }); };
  }));

  function take(event) {
    // Since when it is not live, by the clock of the page.
    lost = event.kind === "lost" ? lost ?? new Date().toLocaleTimeString(root.lang, { hour: "2-digit", minute: "2-digit", hour12: false, timeZone: words.zone || undefined }) : undefined;
    if (live) live.textContent = lost ? `${words.lost} · ${lost}` : words.live;
    root.classList.toggle("stale", event.kind === "lost");
    if (event.kind === "reset") { for (const row of document.querySelectorAll("[data-live][id]")) pending.set(row.id, event.serial); if (pending.size) offer(); }
    if (event.kind !== "changed") return;
    for (const id of event.ids ?? []) if (document.getElementById(id)) pending.set(id, event.serial);
    if (event.icon) document.querySelector("link[rel=icon]").href = event.icon;
    if (pending.size) offer();
  }

  // Numbers change in place; rows never move under a pointer or a finger: they wait behind a button.
  function offer() {
    const still = [...pending.keys()].filter((id) => document.getElementById(id).dataset.live === "rows");
    if (still.length < pending.size) show([...pending.keys()].filter((id) => !still.includes(id)));
    if (!still.length) return;
    news ??= Object.assign(document.createElement("button"), { className: "news", type: "button", onclick: () => show([...pending.keys()]) });
    news.textContent = words.news.replace("{n}", still.length);
    document.querySelector("main").append(news);
    if (Date.now() - spoke > 10_000) { say.textContent = news.textContent; spoke = Date.now(); }
  }

  // The browser parses the reply as a document; scripts in it never run, and Trusted Types stay enforced.
  function show(ids) {
    ids.forEach((id) => pending.delete(id));
    const url = new URL(location), ask = new XMLHttpRequest();
    url.searchParams.set("part", ids.join(","));
    ask.open("GET", url); ask.responseType = "document";
    ask.onload = () => {
      if (ask.status !== 200) return;
      if (ask.response.title) document.title = ask.response.title;
      for (const id of ids) {
        const from = ask.response.getElementById(id), to = document.getElementById(id);
        // What appears while somebody reads is said aloud; what stood there when he came is part of the page.
        if (id === "banners" && from?.textContent && from.textContent !== to?.textContent) from.setAttribute("role", "alert");
        if (from && to && !to.contains(document.activeElement)) to.replaceWith(from);
      }
    };
    ask.send();
    if (!pending.size) { news?.remove(); news = undefined; }
  }

  // Keys: off by the reader's setting (WCAG 2.1.4), never while typing, never with a modifier.
  const go = { f: "/", h: "/held", r: "/runs", d: "/drift", a: "/accepted", l: "/loop" };
  let first = "";
  document.addEventListener("keydown", (event) => {
    if (root.dataset.keys === "off" || event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea")) return;
    const items = [...document.querySelectorAll("[data-item] h3 a, [data-item] th a")];
    const at = items.indexOf(document.activeElement);
    if (first === "g" && go[event.key]) location.assign(go[event.key]);
    else if (event.key === "/") { event.preventDefault(); document.getElementById("find")?.focus(); }
    else if (event.key === "j") items[Math.min(at + 1, items.length - 1)]?.focus();
    else if (event.key === "k") items[Math.max(at - 1, 0)]?.focus();
    else if (event.key === ".") document.querySelector("[data-command]")?.focus();
    else if (event.key === "u" && news) news.click();
    else if (event.key === "?") { const keys = document.getElementById("keys"); keys.open = true; keys.scrollIntoView(); }
    first = event.key;
  });
})();
