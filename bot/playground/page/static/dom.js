// Nodes are made one by one; text is only ever text. Nothing here or elsewhere parses HTML.

const PROPERTIES = new Set(["value", "checked", "disabled", "selected", "hidden", "multiple", "open", "readOnly"]);

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (PROPERTIES.has(name)) node[name] = value;
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  add(node, children);
  return node;
}

export function add(node, children) {
  for (const child of children.flat(Infinity)) {
    if (child === undefined || child === null || child === false || child === "") continue;
    node.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return node;
}

export const el = (tag, attributes = {}, ...children) => fill(document.createElement(tag), attributes, children);

export const svg = (tag, attributes = {}, ...children) =>
  fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);

export const fragment = (...children) => add(document.createDocumentFragment(), children);

export const byId = (id) => document.getElementById(id);

let counter = 0;
export const freshId = (prefix) => `${prefix}-${(counter += 1)}`;

// Only addresses that open a page or a letter become links.
export function safeUrl(text) {
  try {
    const url = new URL(String(text));
    return ["http:", "https:", "mailto:"].includes(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

export function link(url, ...children) {
  const href = safeUrl(url);
  if (!href) return fragment(...children);
  return el("a", { href, target: "_blank", rel: "noopener noreferrer" }, ...children);
}
