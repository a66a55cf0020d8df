// Choosing rows: all at once, how many are chosen, and only the field that the action needs.
const show = (form) => {
  const rows = [...form.querySelectorAll("input[name=row]")];
  const chosen = rows.filter((row) => row.checked).length;
  form.querySelector("[data-bulk-count]").textContent = chosen ? `(${chosen})` : "";
  const all = form.querySelector("[data-bulk-all]");
  all.checked = chosen > 0 && chosen === rows.length;
  all.indeterminate = chosen > 0 && chosen < rows.length;
  const action = form.querySelector("[name=bulk-action]").value;
  form.querySelectorAll("[data-bulk-for]").forEach((part) => { part.hidden = part.dataset.bulkFor !== action; });
};

document.addEventListener("change", (event) => {
  const form = event.target.closest("[data-bulk]");
  if (!form) return;
  if (event.target.matches("[data-bulk-all]")) {
    form.querySelectorAll("input[name=row]").forEach((row) => { row.checked = event.target.checked; });
  }
  show(form);
});

const showAll = () => document.querySelectorAll("[data-bulk]").forEach((form) => { if (form.querySelector("[data-bulk-all]")) show(form); });
document.addEventListener("htmx:afterSwap", showAll);
showAll();
