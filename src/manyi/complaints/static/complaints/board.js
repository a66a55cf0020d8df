// The board: the steps of a card in a dialog, and arrow keys from card to card.
const dialog = document.querySelector("[data-dialog]");
const columns = [...document.querySelectorAll("[data-column]")];
let opener = null;

const open = async (button) => {
  const answer = await fetch(button.dataset.move, { headers: { "HX-Request": "true" } });
  if (!answer.ok || answer.redirected) { window.location.reload(); return; }
  dialog.innerHTML = await answer.text();
  opener = button;
  dialog.showModal();
  dialog.querySelector("textarea").focus();
};

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-move]");
  if (button) open(button);
  if (event.target.closest("[data-close]") || event.target === dialog) dialog.close();
});

dialog.addEventListener("close", () => { if (opener) opener.focus(); });

const cardsOf = (column) => [...column.querySelectorAll("[data-card]")];

document.addEventListener("keydown", (event) => {
  if (dialog.open || event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
  const current = event.target.closest("[data-column] li")?.querySelector("[data-card]");
  if (!current) {
    if (event.key === "ArrowDown" && event.target === document.body) cardsOf(document)[0]?.focus();
    return;
  }
  const column = columns.findIndex((part) => part.contains(current));
  const cards = cardsOf(columns[column]);
  const row = cards.indexOf(current);
  const steps = { ArrowDown: [column, row + 1], ArrowUp: [column, row - 1], ArrowRight: [column + 1, row], ArrowLeft: [column - 1, row] };
  if (event.key in steps) {
    const [toColumn, toRow] = steps[event.key];
    const there = columns[toColumn] ? cardsOf(columns[toColumn]) : [];
    const card = there[Math.min(toRow, there.length - 1)];
    if (card) { event.preventDefault(); card.focus(); }
  } else if (event.key.toLowerCase() === "m") {
    const button = current.closest("li").querySelector("[data-move]");
    if (button) { event.preventDefault(); open(button); }
  }
});
