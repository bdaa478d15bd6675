/* Shows what came in meanwhile; without it the page is as good, and reloaded by hand. */
const version = document.currentScript.dataset.version;
const busy = () => {
  const reply = document.getElementById("reply");
  return (reply && (reply.value !== "" || reply === document.activeElement)) || document.hidden;
};
setInterval(async () => {
  if (busy()) return;
  try {
    const answer = await fetch("/messages/live");
    if (answer.ok && (await answer.text()) !== version && !busy()) location.reload();
  } catch {
    /* The sandbox is away: the page stays as it is. */
  }
}, 2000);
