// Elements by their id, and new ones with text. Text never becomes markup.

/** The element with an id of `index.html`. */
export function find(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`index.html has no #${id}`);
  return found;
}

/** A new element. */
export function element<K extends keyof HTMLElementTagNameMap>(tag: K, classes = "", text = ""): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  if (classes) made.className = classes;
  if (text) made.textContent = text;
  return made;
}
