// Buttons that copy the field beside them; without JavaScript they stay hidden and the field is copied by hand.

const copy = async (field) => {
  // navigator.clipboard is missing outside HTTPS and localhost; selecting and copying works there still.
  if (navigator.clipboard) return navigator.clipboard.writeText(field.value);
  field.select();
  if (!document.execCommand("copy")) throw new Error("not copied");
};

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const field = document.querySelector(`[data-copy-from="${button.dataset.copy}"]`);
  try {
    await copy(field);
  } catch {
    field.select();
    return;
  }
  button.classList.add("text-success");
  button.title = button.dataset.copied;
  button.querySelector("[role=status]").textContent = button.dataset.copied;
});

document.querySelectorAll("[data-copy]").forEach((button) => { button.hidden = false; });
