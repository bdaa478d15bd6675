// The texts that a page brings for its script, in the page's language.

const lang = document.documentElement.lang;
const plurals = new Intl.PluralRules(lang);

export const wordsOf = (element) => JSON.parse(element.dataset.words);

// The text with its values; of a text that has forms, the one for `count`.
export function say(text, values = {}) {
  const chosen = typeof text === "string" ? text : (text[plurals.select(values.count)] ?? text.other);
  return chosen.replace(/%\((\w+)\)s/g, (_, name) => values[name]);
}

// An amount as the server writes it in this language; what a minor unit is, the processor says.
export function amounts({ currency, minorDigits, shownDigits }) {
  const written = (digits) => new Intl.NumberFormat(lang, {
    style: "currency", currency, minimumFractionDigits: digits, maximumFractionDigits: digits,
  });
  const [exact, whole] = [written(shownDigits), written(0)];
  const text = (format, amount) => (amount < 0 ? "−" : "") + format.format(Math.abs(amount) / 10 ** minorDigits);
  return {
    money: (amount) => text(exact, amount),
    short: (amount) => text(amount % 10 ** minorDigits === 0 ? whole : exact, amount),
  };
}
