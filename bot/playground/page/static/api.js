// The few questions and orders that the page has for its server.

import { byId } from "./dom.js";

async function answer(response) {
  if (response.ok) return response.json();
  throw new Error((await response.text()) || `The playground answered ${response.status}.`);
}

export const get = async (path, query = {}) => answer(await fetch(`/page/${path}?${new URLSearchParams(query)}`));

export const post = async (path, body) =>
  answer(await fetch(`/page/${path}`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) }));

export const send = async (path, file, headers = {}) => answer(await fetch(`/page/${path}`, { method: "POST", headers: { "Content-Type": "text/csv", ...headers }, body: file }));

let hiding = 0;
export function toast(words) {
  const node = byId("toast");
  node.textContent = words;
  node.hidden = false;
  clearTimeout(hiding);
  hiding = setTimeout(() => (node.hidden = true), 6000);
}

// Orders whose failure is told, not thrown.
export async function attempt(work) {
  try {
    return await work();
  } catch (problem) {
    toast(problem.message);
    return null;
  }
}
