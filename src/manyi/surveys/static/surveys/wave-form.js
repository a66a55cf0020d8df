// Shows only the fields of the chosen way of sampling; without JavaScript all are there.

const method = document.querySelector("#wave-form [name=method]");

const show = () => {
  document.querySelectorAll("[data-methods]").forEach((part) => {
    part.hidden = !part.dataset.methods.split(" ").includes(method.value);
  });
};

method.addEventListener("change", show);
show();
