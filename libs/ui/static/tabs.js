// One tab of a browser asks the server, and tells the others: a browser has six connections to a site for all its tabs.
// A hidden tab asks nobody, and looks again when it is shown.

// `begin` and `end` open and close what this tab listens to while it leads; `news` takes what the leading tab told.
// Returns what tells the other tabs.
export function share(name, { begin, end, news }) {
  const channel = new BroadcastChannel(name);
  channel.onmessage = ({ data }) => {
    if (!document.hidden) news(data);
  };
  let place = null;

  function join() {
    if (place) return;
    place = new AbortController();
    const { signal } = place;
    const lead = () => new Promise((leave) => {
      signal.addEventListener("abort", () => {
        end();
        leave();
      });
      begin();
    });
    // Over plain HTTP from another machine there are no locks: each shown tab leads itself.
    if (navigator.locks) navigator.locks.request(name, { signal }, lead).catch(() => {});
    else lead();
  }

  function part() {
    place?.abort();
    place = null;
  }

  const turn = () => (document.hidden ? part() : join());
  document.addEventListener("visibilitychange", turn);
  turn();
  return (data) => channel.postMessage(data);
}
