// Says where the buyer has pressed that the payment page is being opened, and keeps a second press away. A page that
// waits for the word of a payment looks again.

const AGAIN = 3000;

if (document.querySelector("[data-again]")) setTimeout(() => location.reload(), AGAIN);

for (const form of document.querySelectorAll("[data-pay]")) {
  const button = form.querySelector("[data-busy]");
  const label = button.querySelector("span");
  const before = label.textContent;
  form.addEventListener("submit", (event) => {
    if (button.getAttribute("aria-busy") === "true") {
      event.preventDefault();
      return;
    }
    button.setAttribute("aria-busy", "true");
    label.textContent = button.dataset.busy;
  });
  // A page that the browser had kept is as it was before the press.
  addEventListener("pageshow", () => {
    button.removeAttribute("aria-busy");
    label.textContent = before;
  });
}
