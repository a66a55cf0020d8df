// Draws every chart of a page. Markup:
//
//   <figure class="chart" data-chart="ID">…</figure>  <script type="application/json" id="ID">Chart.to_json()</script>
//   <figure class="chart" data-src="URL">…</figure>    the same JSON, fetched when the chart comes into view
//   <button type="button" data-chart-table="TABLE-ID" aria-expanded="false">…</button>    shows and hides the table
//
// The drawing goes into the figure's `.chart-canvas` child, which is made when there is none. The page may name the
// chart library with `data-echarts="URL"` on any element; it is loaded only on pages that have a chart.

const NARROW = 520; // px; below this a chart's own layout for phones is used
const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
const drawings = new Map(); // figure → { content, chart, narrow }
let library;

function loadLibrary() {
  if (window.echarts) return Promise.resolve();
  library ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    const named = document.querySelector("[data-echarts]")?.dataset.echarts;
    script.src = named ?? new URL("../vendor/echarts.min.js", import.meta.url).href;
    script.addEventListener("load", resolve);
    script.addEventListener("error", () => reject(new Error(`cannot load ${script.src}`)));
    document.head.append(script);
  });
  return library;
}

async function readContent(figure) {
  const { chart, src } = figure.dataset;
  if (chart) return JSON.parse(document.getElementById(chart).textContent);
  const response = await fetch(src, { headers: { Accept: "application/json" }, credentials: "same-origin" });
  if (!response.ok) throw new Error(`${src}: ${response.status}`);
  return response.json();
}

function canvasOf(figure) {
  let canvas = figure.querySelector(":scope > .chart-canvas");
  if (!canvas) {
    canvas = document.createElement("div");
    canvas.className = "chart-canvas";
    figure.prepend(canvas);
  }
  return canvas;
}

function draw(figure) {
  const drawing = drawings.get(figure);
  const canvas = canvasOf(figure);
  if (!drawing?.content || !canvas.clientWidth) return;
  const { content } = drawing;
  const narrow = Boolean(content.narrow) && canvas.clientWidth < NARROW;
  if (drawing.chart && drawing.narrow === narrow) {
    drawing.chart.resize();
    return;
  }
  drawing.chart?.dispose();
  const { option, height } = narrow ? content.narrow : content;
  canvas.style.height = `${height}px`;
  drawing.narrow = narrow;
  drawing.chart = window.echarts.init(canvas, null, { renderer: "svg" });
  drawing.chart.setOption({ ...option, animation: !calm.matches, animationDuration: 300 });
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", content.title);
}

async function prepare(figure) {
  try {
    const [content] = await Promise.all([readContent(figure), loadLibrary()]);
    drawings.get(figure).content = content;
    draw(figure);
    figure.dataset.chartState = "drawn";
  } catch (error) {
    // The table of the same numbers is still there; say so where the page gave the words.
    figure.dataset.chartState = "failed";
    if (figure.dataset.error) canvasOf(figure).textContent = figure.dataset.error;
    console.error(error);
  }
}

const sizes = new ResizeObserver((entries) => {
  for (const { target } of entries) draw(target.parentElement);
});

const views = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      views.unobserve(target);
      prepare(target);
    }
  },
  { rootMargin: "300px" },
);

function scan() {
  for (const [figure, { chart }] of drawings) {
    if (figure.isConnected) continue;
    views.unobserve(figure);
    sizes.unobserve(canvasOf(figure));
    chart?.dispose();
    drawings.delete(figure);
  }
  for (const figure of document.querySelectorAll("figure.chart[data-chart], figure.chart[data-src]")) {
    if (drawings.has(figure)) continue;
    drawings.set(figure, {});
    sizes.observe(canvasOf(figure));
    if (figure.dataset.chart) prepare(figure);
    else views.observe(figure);
  }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-chart-table]");
  if (!button) return;
  const table = document.getElementById(button.dataset.chartTable);
  if (!table) return;
  table.hidden = !table.hidden;
  button.setAttribute("aria-expanded", String(!table.hidden));
});

// A printed page keeps the wide layout's proportions: redraw at the paper's width.
window.addEventListener("beforeprint", () => drawings.forEach((_, figure) => draw(figure)));
document.addEventListener("htmx:afterSettle", scan);
scan();
