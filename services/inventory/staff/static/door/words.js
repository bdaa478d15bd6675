// What the page says of a scan.

const VOID = {
  refunded: "The ticket was refunded.",
  moved: "An older code. Ask for the newest ticket mail.",
  oversold: "The seat is not settled yet. Send them to the help desk.",
  disputed: "The bank has taken the payment back.",
};
const UNKNOWN = {
  not_ours: ["Not our ticket", "The code is damaged, or from somebody else."],
  a_pass: ["A pass, not a ticket", "The help desk uses its entries. Nobody was let in on it."],
  not_found: ["No such ticket", "Compare order number and seat with the ticket mail."],
  needs_network: ["No network", "An order number can’t be checked without one. Scan the code."],
  no_list: ["No network", "This phone has no list of this city yet. Open the page where there is a network."],
  cannot_check: ["No network", "This browser can’t check codes without one. Update it, or use another phone."],
  no_room: ["No room", "This phone can’t keep the scan. Clear space, or use another phone."],
};

// `at`: the clock of the city; `cities`: id → name.
export function wordsOf(answer, { at, cities }) {
  const use = answer.used ?? {};
  switch (answer.result) {
    case "admitted":
      return { tone: "in", title: "Let in", text: place(answer), said: "Let in" };
    case "already_used":
      return { tone: "out", title: "Already used", text: used(use, at), said: `Already used ${used(use, at).replace("At", "at")}` };
    case "void":
      return { tone: "out", title: "Not valid", text: VOID[answer.cause] ?? "The ticket was made void." };
    case "wrong_city":
      return { tone: "other", title: "Wrong day or city", text: cities[answer.cause] ? `The ticket is for ${cities[answer.cause]}.` : "The ticket is for another city." };
    default: {
      const [title, text] = UNKNOWN[answer.cause] ?? UNKNOWN.not_ours;
      return { tone: "out", title, text };
    }
  }
}

function used({ door, scannedAt }, at) {
  const time = scannedAt ? at(new Date(scannedAt)) : "";
  return door ? `At ${door}, ${time}` : `At ${time}`;
}

export function place(answer) {
  const parts = [
    answer.tier?.toUpperCase(),
    answer.seat && (answer.seats ? `seat ${answer.seat} of ${answer.seats}` : `seat ${answer.seat}`),
    answer.orderNumber && `${answer.orderNumber.slice(0, 4)}-${answer.orderNumber.slice(4)}-${answer.seat}`,
  ];
  const said = parts.filter(Boolean).join(" · ");
  return said.charAt(0).toUpperCase() + said.slice(1);
}

export function cameraWords(trouble) {
  switch (trouble.name) {
    case "NotAllowedError":
      return "The camera is not allowed here. Allow it in the browser’s settings for this page, or type the code.";
    case "SecurityError":
      return "The camera needs an address that begins with https. Type the code meanwhile.";
    case "NotReadableError":
      return "Another app has the camera. Close it and try again, or type the code.";
    default:
      return "No camera was found. Type the code, or find the order.";
  }
}
