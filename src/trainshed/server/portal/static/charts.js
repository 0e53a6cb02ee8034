// Charts of a run's metrics: each asks for as many stretches as it has pixels, again when it is zoomed or grows.
(() => {
  "use strict";

  const HEIGHT = 220;
  const AGAIN_MS = 400; // between two questions of one chart
  const place = document.querySelector("[data-charts]");
  if (!place) return;

  const ways = document.querySelector(".chart-ways");
  const by = ways.querySelector("[data-by]");
  const smooth = ways.querySelector("[data-smooth]");
  const logScale = ways.querySelector("[data-log-scale]");
  ways.hidden = false;

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  function numberText(value) {
    if (value === null || value === undefined) return "";
    if (Number.isInteger(value) && Math.abs(value) < 1e7) return String(value);
    return String(Number(value.toPrecision(6)));
  }

  // As short as the marks of an axis have to be.
  function markText(value) {
    for (const [unit, per] of [["G", 1e9], ["M", 1e6], ["k", 1e3]]) {
      if (Math.abs(value) >= 10 * per || (Math.abs(value) >= per && unit !== "k")) return numberText(value / per) + unit;
    }
    if (value !== 0 && Math.abs(value) < 0.001) return Number(value.toPrecision(6)).toExponential();
    return numberText(value);
  }

  // Marks of a logarithmic axis: powers of ten and, while there are few of them, what lies between.
  function logMarks(low, high) {
    const decades = Math.log10(high / low);
    const step = Math.max(1, Math.ceil(decades / 8));
    const between = decades > 3 ? [1] : decades > 1 ? [1, 2, 5] : [1, 2, 3, 5, 7];
    const marks = [];
    for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
      if (power % step) continue;
      for (const times of between) marks.push(Number(`${times}e${power}`));
    }
    return marks.filter((mark) => mark >= low * 0.999999 && mark <= high * 1.000001);
  }

  function durationText(seconds) {
    if (Math.abs(seconds) < 120) return numberText(Number(seconds.toPrecision(4))) + " s";
    if (Math.abs(seconds) < 7200) return numberText(Number((seconds / 60).toPrecision(4))) + " min";
    return numberText(Number((seconds / 3600).toPrecision(4))) + " h";
  }

  // An average that forgets; at the beginning it is not drawn towards zero.
  function smoothed(values, weight) {
    let sum = 0;
    let seen = 0;
    return values.map((value) => {
      if (value === null) return null;
      sum = sum * weight + (1 - weight) * value;
      seen = seen * weight + (1 - weight);
      return sum / seen;
    });
  }

  class Chart {
    constructor(figure) {
      this.figure = figure;
      this.box = figure.querySelector(".plot");
      this.names = new Map();
      figure.querySelectorAll("[data-last]").forEach((last, index) => this.names.set(Number(last.dataset.last), { index, last }));
      this.series = [];
      this.view = null; // the zoomed part: {min, max, ranges}
      this.asking = false;
      this.stale = true;
      this.visible = false;
      this.plot = null;
      figure.classList.add("drawn");
      this.reset = document.createElement("button");
      this.reset.type = "button";
      this.reset.className = "reset";
      this.reset.textContent = "Whole";
      this.reset.hidden = true;
      this.reset.addEventListener("click", () => this.whole());
      figure.querySelector("figcaption").append(this.reset);
      this.box.tabIndex = 0;
      this.box.setAttribute("role", "img");
      this.box.removeAttribute("aria-hidden");
      this.box.setAttribute("aria-label", `${figure.querySelector("figcaption").firstChild.textContent}: + and - zoom, arrows move, 0 shows all`);
      this.box.addEventListener("keydown", (event) => this.key(event));
      this.box.addEventListener("dblclick", () => this.whole());
    }

    refresh() {
      this.stale = true;
      this.ask();
    }

    async ask() {
      if (this.asking || !this.visible || !this.stale) return;
      this.asking = true;
      this.stale = false;
      const width = Math.max(50, Math.min(4000, Math.round(this.box.clientWidth)));
      const query = new URLSearchParams({ width, by: by.value === "step" ? "step" : "time" });
      for (const id of this.figure.dataset.series.split(",")) {
        const range = this.view && this.view.ranges.get(Number(id));
        query.append("series", range ? `${id},${range[0]},${range[1]}` : id);
      }
      try {
        const answer = await fetch(`${place.dataset.charts}?${query}`, { headers: { Accept: "application/json" } });
        if (answer.ok) {
          const found = (await answer.json()).series;
          if (this.plot && this.plot.select.width > 0) this.stale = true; // somebody is choosing a part just now
          else {
            this.series = found;
            this.figure.dataset.by = query.get("by");
            this.draw();
            // It was moved to where only the whole is known: now closer.
            if (this.view && !this.view.ranges.size) this.zoom(this.view.min, this.view.max);
          }
        }
      } catch {
        this.stale = true; // the server may be starting anew
      } finally {
        setTimeout(() => {
          this.asking = false;
          this.ask();
        }, AGAIN_MS);
      }
    }

    // What uPlot draws: one column of x, and per series its course and, if wanted, its smoothed one.
    tables() {
      const weight = Number(smooth.value);
      const begin = by.value === "time" ? Math.min(...this.series.map((one) => (one.at[0] === 0 ? one.x[0] : this.begin ?? one.x[0]))) : 0;
      if (by.value === "time" && !this.view) this.begin = begin;
      const start = by.value === "time" ? this.begin ?? begin : 0;
      const fit = (value) => (logScale.checked && value <= 0 ? null : value);
      return this.series.map((one) => {
        const xs = [];
        const course = [];
        const middle = [];
        one.x.forEach((x, at) => {
          xs.push(x - start);
          course.push(fit(one.low[at]));
          middle.push(fit(one.low[at] / 2 + one.high[at] / 2));
          if (one.exact) return;
          const next = at + 1 < one.x.length ? one.x[at + 1] : x + (at ? x - one.x[at - 1] : 1);
          xs.push(x + (next - x) / 2 - start);
          course.push(fit(one.high[at]));
          middle.push(fit(one.low[at] / 2 + one.high[at] / 2));
        });
        // Steps may go back (a script that began again): a chart needs them in order.
        const order = xs.map((_, at) => at).sort((one, other) => xs[one] - xs[other] || one - other);
        const sorted = (values) => order.map((at) => values[at]);
        const columns = [sorted(xs), sorted(course)];
        if (weight > 0) columns.push(smoothed(sorted(middle), weight));
        return columns;
      });
    }

    draw() {
      const tables = this.tables().filter((table) => table[0].length);
      if (!tables.length) return;
      const data = tables.length > 1 ? uPlot.join(tables) : tables[0];
      const key = [by.value, smooth.value > 0, logScale.checked, tables.length, colour("--paper")].join();
      if (this.plot && this.key_ === key) {
        this.plot.setData(data, !this.view);
      } else {
        if (this.plot) this.plot.destroy();
        this.key_ = key;
        this.plot = new uPlot(this.options(), data, this.box);
      }
      if (this.view) this.plot.setScale("x", { min: this.view.min, max: this.view.max });
      this.reset.hidden = !this.view;
      this.figure.dataset.points = String(Math.max(...this.series.map((one) => one.count)));
      this.values(null);
    }

    options() {
      const text = colour("--soft");
      const grid = { stroke: colour("--line"), width: 1 };
      const font = "11px " + colour("--sans");
      const isTime = by.value === "clock";
      const across = isTime ? undefined : (_, values) => values.map(by.value === "time" ? durationText : markText);
      const marks = logScale.checked ? { splits: (_, axis, low, high) => logMarks(low, high), filter: (_, splits) => splits } : {};
      const series = [{}];
      for (const one of this.series.filter((found) => found.x.length)) {
        const stroke = colour(`--series-${(this.names.get(one.series).index % 8) + 1}`);
        const faint = Number(smooth.value) > 0;
        series.push({ label: one.name, stroke: faint ? stroke + "55" : stroke, width: faint ? 1 : 1.5, spanGaps: true, points: { show: one.x.length < 60 } });
        if (faint) series.push({ label: one.name, stroke, width: 1.75, spanGaps: true, points: { show: false } });
      }
      return {
        width: this.box.clientWidth,
        height: HEIGHT,
        legend: { show: false },
        cursor: { drag: { x: true, y: false, setScale: false }, points: { size: 6 }, bind: { dblclick: () => null } },
        scales: { x: { time: isTime }, y: { distr: logScale.checked ? 3 : 1 } },
        axes: [
          { stroke: text, grid, ticks: grid, font, values: across, size: 32 },
          { stroke: text, grid, ticks: grid, font, size: 56, ...marks, values: (_, values) => values.map((value) => (value === null ? "" : markText(value))) },
        ],
        series,
        hooks: {
          setSelect: [(plot) => this.selected(plot)],
          setCursor: [(plot) => this.values(plot.cursor.idx)],
        },
      };
    }

    selected(plot) {
      if (plot.select.width < 4) return;
      const min = plot.posToVal(plot.select.left, "x");
      const max = plot.posToVal(plot.select.left + plot.select.width, "x");
      plot.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
      this.zoom(min, max);
    }

    // A closer look: the points of each series between the two, and one stretch more at both ends.
    zoom(min, max) {
      const start = by.value === "time" ? this.begin : 0;
      const ranges = new Map();
      for (const one of this.series) {
        if (!one.x.length) continue;
        let first = one.x.findIndex((x) => x - start > min) - 2;
        if (first < -2) first = one.x.length - 2;
        let last = one.x.findIndex((x) => x - start > max) + 1;
        if (last <= 0) last = one.x.length;
        const until = last < one.at.length ? one.at[last] : this.view ? (this.view.ranges.get(one.series) || [0, one.count])[1] : one.count;
        ranges.set(one.series, [one.at[Math.max(0, first)], Math.max(until, one.at[Math.max(0, first)] + 1)]);
      }
      this.view = { min, max, ranges };
      if (this.plot) this.plot.setScale("x", { min, max });
      this.refresh();
    }

    whole() {
      if (!this.view) return;
      this.view = null;
      this.refresh();
    }

    key(event) {
      if (!this.plot || event.ctrlKey || event.metaKey || event.altKey) return;
      const { min, max } = this.plot.scales.x;
      const width = max - min;
      const moves = { "+": [0.25, -0.25], "=": [0.25, -0.25], ArrowLeft: [-0.25, -0.25], ArrowRight: [0.25, 0.25] };
      if (event.key === "0" || event.key === "-" || event.key === "Escape") this.whole();
      else if (moves[event.key]) {
        if (event.key.startsWith("Arrow") && !this.view) return;
        const [left, right] = moves[event.key];
        if (event.key.startsWith("Arrow")) {
          // Moving needs points that are not here: the whole is asked for first, then the part.
          this.view = { min: min + left * width, max: max + right * width, ranges: new Map() };
          this.refresh();
        } else this.zoom(min + left * width, max + right * width);
      } else return;
      event.preventDefault();
    }

    // The values under the pointer, or the last ones.
    values(index) {
      if (!this.plot) return;
      const columns = Number(smooth.value) > 0 ? 2 : 1;
      this.series.filter((one) => one.x.length).forEach((one, number) => {
        const values = this.plot.data[1 + number * columns];
        let at = index ?? values.length - 1;
        while (at > 0 && (values[at] === null || values[at] === undefined)) at--;
        const named = this.names.get(one.series);
        if (named) named.last.textContent = numberText(values[at]);
      });
    }
  }

  const charts = new Map();
  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      const chart = charts.get(entry.target);
      if (!chart) continue;
      chart.visible = entry.isIntersecting;
      if (chart.visible) chart.ask();
    }
  }, { rootMargin: "200px" });
  const sized = new ResizeObserver((entries) => {
    for (const entry of entries) {
      const chart = charts.get(entry.target.closest(".chart"));
      if (chart && chart.plot && chart.plot.width !== Math.round(entry.contentRect.width)) {
        chart.plot.setSize({ width: Math.round(entry.contentRect.width), height: HEIGHT });
      }
    }
  });

  function adopt(figure) {
    const chart = new Chart(figure);
    charts.set(figure, chart);
    seen.observe(figure);
    sized.observe(chart.box);
  }

  function dismiss(figure) {
    const chart = charts.get(figure);
    if (!chart) return;
    seen.unobserve(figure);
    sized.unobserve(chart.box);
    if (chart.plot) chart.plot.destroy();
    charts.delete(figure);
  }

  for (const figure of place.querySelectorAll(".chart")) adopt(figure);

  for (const control of [by, smooth, logScale]) {
    control.addEventListener("input", () => {
      for (const chart of charts.values()) {
        if (control === by) {
          chart.view = null;
          chart.begin = undefined;
          chart.refresh();
        } else chart.draw();
      }
    });
    // The form around them chooses names; these act at once.
    control.addEventListener("change", (event) => event.stopPropagation());
  }

  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    for (const chart of charts.values()) chart.draw();
  });

  document.body.addEventListener("portal:metrics", () => {
    for (const chart of charts.values()) if (!chart.view) chart.refresh();
    fresh();
  });

  // A metric that is new, or has become a course, gets its chart.
  let asking = false;

  async function fresh() {
    const values = document.getElementById("metric-values");
    const drawn = [...place.querySelectorAll(".chart")].map((figure) => figure.dataset.series).join(";");
    if (asking || !values || values.dataset.drawn === drawn) return;
    asking = true;
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      if (!answer.ok) return;
      const there = new DOMParser().parseFromString(await answer.text(), "text/html").querySelectorAll("[data-charts] .chart");
      const known = new Map([...place.querySelectorAll(".chart")].map((figure) => [figure.dataset.series, figure]));
      const figures = [...there].map((figure) => known.get(figure.dataset.series) || document.adoptNode(figure));
      for (const figure of known.values()) if (!figures.includes(figure)) { dismiss(figure); figure.remove(); }
      figures.forEach((figure, index) => {
        if (place.children[index] !== figure) place.insertBefore(figure, place.children[index] || null);
        if (!charts.has(figure)) adopt(figure);
      });
    } finally {
      asking = false;
    }
  }

  document.addEventListener("htmx:after:swap", fresh);
})();
