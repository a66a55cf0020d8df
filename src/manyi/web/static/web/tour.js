// The demo's guided tour: begins on the first visit of the Today page, goes along from page to page, can be closed
// at any time (Escape) and started again from Today. Where it stands is kept in this browser only.
const KEY = "manyi.tour"; // "0", "1", … while it runs; "closed" afterwards
const FOLLOWED = "manyi.tour.followed"; // the reader came here by a link of the tour

const read = () => { try { return localStorage.getItem(KEY); } catch { return "closed"; } };
const write = (value) => { try { localStorage.setItem(KEY, value); } catch { /* without storage the tour ends with the page */ } };
const session = (value) => {
  try {
    const before = sessionStorage.getItem(FOLLOWED);
    if (value) sessionStorage.setItem(FOLLOWED, value); else sessionStorage.removeItem(FOLLOWED);
    return before;
  } catch { return null; }
};

const panel = document.querySelector("[data-tour]");
const start = document.querySelector("[data-tour-start]");
const reachable = (url) => [...document.querySelectorAll(".main-menu a[href]")].some((link) => link.getAttribute("href") === url);

if (panel && start) {
  const find = (name) => panel.querySelector(`[data-tour-${name}]`);
  const steps = [...panel.querySelectorAll("[data-tour-step]")].filter((step) => reachable(step.dataset.needs));
  const atHome = location.pathname === panel.dataset.home;
  const next = find("next-text").textContent;
  let current = 0;

  const show = (number, focus) => {
    current = Math.min(Math.max(number, 0), steps.length - 1);
    steps.forEach((step, i) => { step.hidden = i !== current; });
    find("title").textContent = steps[current].dataset.title;
    find("count").textContent = `${current + 1} / ${steps.length}`;
    find("back").disabled = current === 0;
    find("next-text").textContent = current === steps.length - 1 ? find("next").dataset.last : next;
    panel.hidden = false;
    start.hidden = true;
    write(String(current));
    if (focus) find("title").focus({ preventScroll: true });
  };
  const close = () => {
    panel.hidden = true;
    start.hidden = !atHome;
    write("closed");
    session(null);
    if (atHome) start.focus({ preventScroll: true }); else document.getElementById("main")?.focus({ preventScroll: true });
  };

  find("close").addEventListener("click", close);
  find("back").addEventListener("click", () => show(current - 1, true));
  find("next").addEventListener("click", () => { if (current === steps.length - 1) close(); else show(current + 1, true); });
  start.addEventListener("click", () => show(0, true));
  panel.addEventListener("keydown", (event) => { if (event.key === "Escape") { event.stopPropagation(); close(); } });
  panel.querySelectorAll("[data-tour-go]").forEach((link) => link.addEventListener("click", () => session("yes")));

  const stored = read();
  if (steps.length && stored !== "closed" && (stored !== null || atHome)) show(Number.parseInt(stored ?? "0", 10) || 0, Boolean(session(null)) || stored === null);
  else start.hidden = !atHome || !steps.length;
}
