// A field with data-sets="ID=VALUE" sets another field of its form when it changes, and sends the form:
// whoever types a cut line of their own has chosen 'my own'.
document.addEventListener("change", (event) => {
  const wish = event.target.dataset?.sets;
  if (!wish) return;
  const [id, value] = wish.split("=");
  document.getElementById(id).value = value;
  event.target.form.requestSubmit();
});
