// By which ways a provider's pass can be paid depends on its price, and that on whether its buyer is a member. What
// can't be looked up here the server says when the form is sent.

const ways = () => document.querySelector("#ways");
const member = document.querySelector("#member");
const pass = document.querySelector("[name=pass]").value;
let asked = 0;

async function askWays() {
  const mine = ++asked;
  const chosen = ways().querySelector("[name=payment_option]:checked");
  const query = new URLSearchParams({ pass, member: member.value, payment_option: chosen?.value ?? "" });
  try {
    const answer = await fetch(`/passes/buy?${query}`, { headers: { Accept: "text/html" } });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("#ways");
    if (mine === asked && fresh) ways().replaceWith(document.adoptNode(fresh));
  } catch {
    // What is shown stays.
  }
}

member?.addEventListener("change", () => {
  if (ways().hasAttribute("data-provided")) askWays();
});
