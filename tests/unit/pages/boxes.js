// Measures a page at many widths in one go: it stands in a frame whose width is set, and every layout is looked at.
// What is at fault is told in a line each: cut, off the screen, on top of something, or a word or a letter a line.

const TOLERANCE = 2;
const LETTERS = /[\p{L}\p{N}’']+/gu;
// Of these, a line may end anywhere.
const ADDRESS = /\S*[@/_]\S*/g;

// What screen readers have alone, and what lies over the page on purpose.
const OUTSIDE = ".unseen, .skip, script, style, noscript, title, option, select";

function shown(node) {
  return !node.matches(OUTSIDE) && node.checkVisibility({ opacityProperty: true, visibilityProperty: true });
}

function named(node) {
  const name = node.localName + [...node.classList].map((one) => `.${one}`).join("");
  const words = node.textContent.trim().replace(/\s+/g, " ").slice(0, 40);
  return words ? `${name} “${words}”` : name;
}

const { FILTER_ACCEPT: ACCEPT, FILTER_REJECT: REJECT } = NodeFilter;

// What a node is, and what holds it: the next block, the next part that scrolls; `above` are its parent's facts.
function facts(node, view, above) {
  const { display, fontSize, overflowX, position, backgroundColor, backgroundImage } = view.getComputedStyle(node);
  const block = display !== "inline";
  const painted = backgroundColor !== "rgba(0, 0, 0, 0)" || backgroundImage !== "none";
  return {
    block,
    size: parseFloat(fontSize),
    cuts: ["hidden", "clip"].includes(overflowX),
    floats: ["fixed", "absolute"].includes(position),
    painted: painted && node.textContent.trim() !== "",
    inBlock: block ? node : above?.inBlock,
    inScrolling: ["auto", "scroll"].includes(overflowX) ? node : above?.inScrolling,
    inFixed: position === "fixed" || Boolean(above?.inFixed),
  };
}

// The lines of text, with the height that letters have: a line box is higher than what one sees of it.
function linesOf(text, at) {
  const { node, known, range } = at;
  range.selectNodeContents(text);
  const size = known.get(node).size;
  return [...range.getClientRects()].filter((rect) => rect.width > 0.5).map((rect) => {
    const middle = (rect.top + rect.bottom) / 2;
    return { left: rect.left, right: rect.right, top: middle - size * 0.3, bottom: middle + size * 0.3, node };
  });
}

function broken(text, lines, at) {
  if (new Set(lines.map((line) => Math.round(line.top))).size < 2) return [];
  const words = text.data.replaceAll(ADDRESS, (address) => " ".repeat(address.length));
  return [...words.matchAll(LETTERS)].filter((found) => {
    at.range.setStart(text, found.index);
    at.range.setEnd(text, found.index + found[0].length);
    const parts = new Set([...at.range.getClientRects()].map((rect) => Math.round(rect.top))).size;
    const least = at.known.get(at.node).size > 30 ? 9 : 6;
    return parts > 1 && found[0].length / parts < least;
  }).map((found) => `“${found[0]}” is broken: ${named(at.node)}`);
}

const higher = (one, other) => one.top - other.top;

function crosses(one, other) {
  const across = Math.min(one.right, other.right) - Math.max(one.left, other.left);
  const along = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
  return across > TOLERANCE && along > 1;
}

function related(one, other) {
  return one.contains(other) || other.contains(one);
}

function look(frame, width) {
  const view = frame.contentWindow;
  const page = view.document;
  const found = new Set();
  const known = new Map();
  const lines = [];
  const things = [];
  const range = page.createRange();
  const over = page.documentElement.scrollWidth - width;
  if (over > 0) found.add("the page is too wide");

  // What is hidden, and what is in a picture, is left out with all that is in it.
  const seen = { acceptNode: (node) => (node.parentElement.localName !== "svg" && shown(node) ? ACCEPT : REJECT) };
  const nodes = page.createTreeWalker(page.body, NodeFilter.SHOW_ELEMENT, seen);
  known.set(page.body, facts(page.body, view));
  while (nodes.nextNode()) {
    const node = nodes.currentNode;
    const parent = node.parentElement;
    const above = known.get(parent);
    const fact = facts(node, view, above);
    known.set(node, fact);
    const box = node.getBoundingClientRect();
    if (box.width < 1 && node.textContent.trim() === "") continue;
    if (fact.cuts && node.localName !== "input" && node.scrollWidth > node.clientWidth + 1 && !node.title) found.add(`cut: ${named(node)}`);
    const inside = above.inScrolling;
    if (!inside && !fact.floats && parent !== page.body && fact.block && above.block) {
      const edge = parent.getBoundingClientRect();
      if (box.right > edge.right + TOLERANCE || box.left < edge.left - 5) found.add(`sticks out: ${named(node)}`);
    }
    if (!inside && (box.left < -5 || box.right > width + TOLERANCE)) found.add(`off the screen: ${named(node)}`);
    const solid = ["svg", "img", "button", "input", "select", "textarea"].includes(node.localName);
    if ((solid || fact.painted) && !fact.inFixed) things.push({ ...rect(box, inside), node });
  }

  for (const [node, text] of [...known.keys()].flatMap(texts)) {
    const at = { node, known, range };
    const own = linesOf(text, at);
    for (const words of broken(text, own, at)) found.add(words);
    const { inScrolling: inside, inBlock: block, inFixed } = known.get(node);
    const edge = block.getBoundingClientRect();
    for (const line of own) {
      if (!inside && (line.right > edge.right + TOLERANCE || line.left < edge.left - TOLERANCE)) found.add(`text sticks out: ${named(node)}`);
    }
    const letters = text.data.trim().length;
    const rows = new Set(own.map((line) => Math.round(line.top))).size;
    if (rows > 3 && letters / rows < 6) found.add(`few letters a line: ${named(node)}`);
    if (!inFixed) {
      lines.push(...own.map((line) => ({ ...clipped(line, inside), block })).filter((line) => line.right > line.left));
    }
  }

  lines.sort(higher);
  things.sort(higher);
  lines.forEach((line, at) => {
    for (let next = at + 1; next < lines.length && lines[next].top < line.bottom; next += 1) {
      const other = lines[next];
      if (other.block !== line.block && crosses(line, other)) found.add(`on each other: ${named(line.node)} and ${named(other.node)}`);
    }
    for (const thing of things) {
      if (thing.top >= line.bottom) break;
      if (crosses(line, thing) && !related(thing.node, line.node)) found.add(`on each other: ${named(line.node)} and ${named(thing.node)}`);
    }
  });
  return [...found];
}

function rect(box, inside) {
  return clipped({ left: box.left, right: box.right, top: box.top, bottom: box.bottom }, inside);
}

const texts = (node) => [...node.childNodes]
  .filter((child) => child.nodeType === Node.TEXT_NODE && child.data.trim())
  .map((child) => [node, child]);

function clipped(line, inside) {
  if (!inside) return line;
  const edge = inside.getBoundingClientRect();
  return { ...line, left: Math.max(line.left, edge.left), right: Math.min(line.right, edge.right) };
}

async function drawn(path) {
  const frame = document.createElement("iframe");
  frame.style.cssText = "border: 0; height: 900px; width: 1440px";
  frame.src = path;
  const loaded = new Promise((resolve) => frame.addEventListener("load", resolve));
  document.body.replaceChildren(frame);
  await loaded;
  await Promise.all([...frame.contentDocument.fonts].map((font) => font.load()));
  return frame;
}

// Fonts come with the first page of a style, which doesn't wait for them; drawn again, it has them from its first
// layout on, as all pages of that style have.
const brought = new Set();

async function withFonts(path) {
  const frame = await drawn(path);
  const style = [...frame.contentDocument.styleSheets].map((sheet) => sheet.href).join();
  if (brought.has(style)) return frame;
  brought.add(style);
  return drawn(path);
}

window.sweep = async ({ path, widths }) => {
  const frame = await withFonts(path);
  const found = {};
  for (const width of widths) {
    frame.style.width = `${width}px`;
    for (const words of look(frame, width)) (found[words] ??= []).push(width);
  }
  return found;
};
