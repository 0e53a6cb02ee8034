// A log on a page: its new lines come with the page's events, its other lines when they are scrolled to.
(() => {
  "use strict";

  const MOST_LINES = 5000; // in the page at once
  const NEAR = 400; // pixels from an edge where more is asked for

  class Log {
    constructor(scroller) {
      this.scroller = scroller;
      this.window = scroller.querySelector(".log-window");
      this.lines = this.window.querySelector("[data-lines]");
      this.at = Number(this.window.dataset.at);
      this.end = Number(this.window.dataset.end);
      this.size = Number(this.window.dataset.size);
      this.part = this.window.dataset.part;
      this.asking = false;
      this.seeking = false;
      this.box = document.querySelector("[data-follow]");
      if (this.box && "growing" in scroller.dataset) {
        this.box.closest(".follow").hidden = false;
        this.box.addEventListener("change", () => this.box.checked && this.follow());
      }
      const hit = document.getElementById("hit");
      this.following = !hit && this.atEnd;
      if (hit) hit.scrollIntoView({ block: "center" });
      else if (new URLSearchParams(location.search).has("at")) scroller.scrollTop = 0;
      else this.toEnd();
      this.show();
      scroller.addEventListener("scroll", () => this.scrolled(), { passive: true });
      document.body.addEventListener("portal:log", (event) => event.detail && this.hear(event.detail));
    }

    // The last line of the log is in the page.
    get atEnd() {
      return this.end >= this.size;
    }

    get isDown() {
      return this.scroller.scrollHeight - this.scroller.scrollTop - this.scroller.clientHeight < 30;
    }

    toEnd() {
      this.scroller.scrollTop = this.scroller.scrollHeight;
    }

    // To the end of the log, also from far away.
    async follow() {
      this.following = true;
      if (this.seeking) return;
      this.seeking = true;
      // It may have grown while it was asked for.
      for (let tries = 0; !this.atEnd && tries < 20; tries++) {
        const found = await this.ask("");
        if (!found) break;
        this.lines.replaceChildren(...found.querySelector("[data-lines]").children);
        this.at = Number(found.dataset.at);
        this.end = Number(found.dataset.end);
        this.size = Math.max(this.size, Number(found.dataset.size));
        this.show();
      }
      this.seeking = false;
      this.toEnd();
    }

    hear(news) {
      const events = document.body.dataset.events;
      if (events) {
        // Whoever comes back to the page goes on where it was.
        const address = new URL(events, location.href);
        address.searchParams.set("at", String(news.next));
        document.body.dataset.events = address.pathname + address.search;
      }
      const wasAtEnd = this.atEnd;
      this.size = news.size;
      if (wasAtEnd || (news.anew && this.following)) {
        const nothing = document.querySelector("[data-nothing]");
        if (nothing) nothing.remove();
        if (news.anew) {
          this.lines.replaceChildren();
          this.at = news.since;
        }
        for (let last = this.lines.lastElementChild; last && Number(last.dataset.at) >= news.since; last = this.lines.lastElementChild) {
          last.remove();
        }
        this.lines.insertAdjacentHTML("beforeend", news.html);
        this.end = news.end;
        if (this.following) {
          this.trimTop();
          this.toEnd();
        } else if (this.lines.childElementCount > 2 * MOST_LINES) this.trimBottom();
      } else if (this.following) this.follow();
      this.show();
    }

    trimTop() {
      let surplus = this.lines.childElementCount - MOST_LINES;
      while (surplus-- > 0) this.lines.firstElementChild.remove();
      if (this.lines.firstElementChild) this.at = Number(this.lines.firstElementChild.dataset.at);
    }

    trimBottom() {
      let surplus = this.lines.childElementCount - MOST_LINES;
      while (surplus-- > 0) {
        this.end = Number(this.lines.lastElementChild.dataset.at);
        this.lines.lastElementChild.remove();
      }
    }

    scrolled() {
      if (this.seeking) return;
      this.following = this.atEnd && this.isDown;
      if (this.box) this.box.checked = this.following;
      if (this.scroller.scrollTop < NEAR && this.at > 0) this.more("end", this.at);
      else if (this.scroller.scrollHeight - this.scroller.scrollTop - this.scroller.clientHeight < NEAR && !this.atEnd) {
        this.more("at", this.end);
      }
    }

    async more(edge, byte) {
      if (this.asking || !this.part) return;
      this.asking = true;
      try {
        const found = await this.ask(`&${edge}=${byte}`);
        if (found && byte === (edge === "end" ? this.at : this.end)) this.join(found, edge);
      } finally {
        this.asking = false;
      }
    }

    async ask(place) {
      try {
        const answer = await fetch(this.part + place, { headers: { "HX-Target": "div#log-window" } });
        if (!answer.ok) return null;
        return new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(".log-window");
      } catch {
        return null; // the server may be starting anew: the next scroll asks again
      }
    }

    join(found, edge) {
      const lines = found.querySelector("[data-lines]").children;
      this.size = Number(found.dataset.size);
      if (edge === "end") {
        const from = this.scroller.scrollHeight - this.scroller.scrollTop;
        this.lines.prepend(...lines);
        this.at = Number(found.dataset.at);
        this.scroller.scrollTop = this.scroller.scrollHeight - from;
        this.trimBottom();
      } else {
        this.lines.append(...lines);
        this.end = Number(found.dataset.end);
        const before = this.scroller.scrollHeight;
        this.trimTop();
        this.scroller.scrollTop -= before - this.scroller.scrollHeight;
      }
      this.show();
    }

    show() {
      const place = document.querySelector("[data-place]");
      const said = (bytes) => bytes.toLocaleString("en-US");
      if (place) place.textContent = `${said(this.at)} to ${said(this.end)} of ${said(this.size)} bytes`;
    }
  }

  for (const scroller of document.querySelectorAll("[data-log]")) new Log(scroller);
  for (const scroller of document.querySelectorAll(".log-scroll:not([data-log])")) scroller.scrollTop = scroller.scrollHeight;
})();
