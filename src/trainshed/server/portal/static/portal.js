// What the portal does by itself in a browser. Everything works without it, too.
(() => {
  "use strict";

  // --- A page that is looked at hears what has changed. Hidden ones let go: a browser has few connections for one server.

  let source = null;

  // Events by name that pages wait for; a page's own script may add to them before the page is ready.
  const NAMES = new Set(["runs", "run", "log", "metrics", "files"]);

  function hear() {
    const address = document.body.dataset.events;
    if (!address || source) return;
    source = new EventSource(address);
    source.onopen = () => document.body.classList.add("live");
    source.onerror = () => document.body.classList.remove("live");
    for (const name of NAMES) source.addEventListener(name, (message) => tell(name, JSON.parse(message.data)));
  }

  function tell(name, detail) {
    document.body.dispatchEvent(new CustomEvent("portal:" + name, { detail }));
  }

  function letGo() {
    if (source) source.close();
    source = null;
    document.body.classList.remove("live");
  }

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return letGo();
    if (!document.body.dataset.events || source) return;
    hear();
    for (const name of NAMES) tell(name, null); // whatever happened meanwhile
  });
  window.addEventListener("pagehide", letGo);
  window.addEventListener("pageshow", hear);

  // --- A part that cannot be had stays as it is: the server may be starting anew.

  document.addEventListener("htmx:before:response", (event) => {
    const response = event.detail.ctx.response;
    if (response.status >= 400 && !response.headers.has("HX-Refresh")) event.preventDefault();
  });
  document.addEventListener("htmx:error", (event) => event.stopPropagation());

  // --- Durations of what goes on count by themselves, and so do ages. The server says the same (contract/words.py,
  // portal/texts.py).

  function said(seconds) {
    if (seconds < 10) return Math.max(0, seconds).toFixed(1) + " s";
    const whole = Math.floor(seconds);
    for (const [unit, smaller, per, perSmaller] of [["d", "h", 86400, 3600], ["h", "m", 3600, 60], ["m", "s", 60, 1]]) {
      if (whole >= per) {
        return Math.floor(whole / per) + unit + " " + String(Math.floor((whole % per) / perSmaller)).padStart(2, "0") + smaller;
      }
    }
    return whole + " s";
  }

  function ago(at) {
    const seconds = Math.max(0, Math.floor((Date.now() - at) / 1000));
    if (seconds < 60) return seconds < 10 ? "just now" : seconds + " s ago";
    if (seconds < 3600) return Math.floor(seconds / 60) + " min ago";
    if (seconds < 86400) return Math.floor(seconds / 3600) + " h ago";
    const days = Math.floor(seconds / 86400);
    if (days < 7) return days === 1 ? "1 day ago" : days + " days ago";
    return new Date(at).toISOString().slice(0, 10);
  }

  function write(element, text) {
    if (element.textContent !== text) element.textContent = text;
  }

  setInterval(() => {
    if (document.hidden) return;
    for (const element of document.querySelectorAll("time[data-ago]")) write(element, ago(Date.parse(element.dateTime)));
    for (const element of document.querySelectorAll("[data-since]")) {
      write(element, said((Date.now() - Date.parse(element.dataset.since)) / 1000));
    }
  }, 1000);

  // --- A filter acts when it is chosen; its button is for those without scripts.

  document.addEventListener("change", (event) => {
    const form = event.target.closest("form.filter");
    if (form) form.requestSubmit();
  });
})();
