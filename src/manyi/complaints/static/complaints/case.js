// The page of one complaint: keys, the filter of the timeline, and what a link within the page points at is opened.
const typing = "input, textarea, select, [contenteditable], dialog";

const open = (element) => {
  const details = element.closest("details");
  if (details) details.open = true;
  const field = (details || element).querySelector?.("textarea, select, input:not([type=hidden])") || element;
  (element.matches("textarea, input, select") ? element : field).focus();
};

const reveal = () => {
  const target = location.hash && document.getElementById(location.hash.slice(1));
  const details = target && target.querySelector("details");
  if (details && target.id.startsWith("order-")) details.open = true;
};
window.addEventListener("hashchange", reveal);
reveal();

const sections = () => [...document.querySelectorAll("#next, .case-main > section, .case-side > section")];
const step = (by) => {
  const all = sections();
  const here = all.findIndex((section) => section.contains(document.activeElement));
  const next = all[Math.min(all.length - 1, Math.max(0, here + by))];
  const heading = next.querySelector("h2");
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
  next.scrollIntoView({ block: "start" });
};

document.addEventListener("keydown", (event) => {
  if (event.target.closest(typing) || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "?") { document.getElementById("keys").showModal(); event.preventDefault(); return; }
  if (event.key === "j" || event.key === "k") { step(event.key === "j" ? 1 : -1); event.preventDefault(); return; }
  const wanted = event.key === "m" ? document.getElementById("message-text") : document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (!wanted) return;
  event.preventDefault();
  if (wanted.matches("a")) wanted.click(); else open(wanted);
});

const filter = document.querySelector("[data-timeline-filter]");
if (filter) {
  filter.hidden = false;
  filter.addEventListener("click", (event) => {
    const button = event.target.closest("[data-show]");
    if (!button) return;
    filter.querySelectorAll("[data-show]").forEach((other) => {
      other.classList.toggle("active", other === button);
      other.setAttribute("aria-pressed", String(other === button));
    });
    document.querySelectorAll(".case-entry").forEach((entry) => {
      entry.hidden = Boolean(button.dataset.show) && entry.dataset.kind !== button.dataset.show;
    });
  });
}
