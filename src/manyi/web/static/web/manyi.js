// Menu, dropdowns, confirmations and keyboard: everything a page needs without a framework.
import "./charts.js";

const closeDropdowns = (except) => {
  document.querySelectorAll("[data-dropdown][aria-expanded=true]").forEach((button) => {
    if (button !== except) { button.setAttribute("aria-expanded", "false"); button.nextElementSibling.classList.remove("show"); }
  });
};

document.addEventListener("click", (event) => {
  const dropdown = event.target.closest("[data-dropdown]");
  closeDropdowns(dropdown);
  if (dropdown) {
    const open = dropdown.getAttribute("aria-expanded") !== "true";
    dropdown.setAttribute("aria-expanded", String(open));
    dropdown.nextElementSibling.classList.toggle("show", open);
    return;
  }
  const menu = event.target.closest("[data-toggle-menu]");
  if (menu) {
    const open = menu.getAttribute("aria-expanded") !== "true";
    menu.setAttribute("aria-expanded", String(open));
    document.getElementById(menu.getAttribute("aria-controls")).classList.toggle("show", open);
  }
});

document.addEventListener("submit", (event) => {
  const question = (event.submitter && event.submitter.dataset.confirm) || event.target.dataset.confirm;
  if (question && !window.confirm(question)) event.preventDefault();
});

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-autosubmit]")) event.target.form.requestSubmit();
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") { closeDropdowns(null); return; }
  if (event.target.closest("input, textarea, select, [contenteditable]") || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "/") {
    const search = document.querySelector("[data-search]");
    if (search) { event.preventDefault(); search.focus(); }
  } else if (event.key === "n") {
    const create = document.querySelector("[data-new], .page-header .btn-primary");
    if (create) { event.preventDefault(); create.click(); }
  }
});
