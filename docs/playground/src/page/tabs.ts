// Tabs as the ARIA Authoring Practices describe them: one stop for Tab, arrow keys between them.

/** A row of tabs; each button's `data-tab` is the id of its panel. */
export class Tabs {
  readonly #buttons: HTMLButtonElement[];
  readonly #changed: () => void;
  /** What was chosen by hand: taken up again when it is there again. */
  #wanted: string;

  constructor(list: HTMLElement, changed: () => void = () => {}) {
    this.#buttons = [...list.querySelectorAll<HTMLButtonElement>("[role=tab]")];
    this.#changed = changed;
    this.#wanted = this.selected;
    for (const button of this.#buttons) {
      button.addEventListener("click", () => this.select(button.dataset["tab"] ?? ""));
    }
    list.addEventListener("keydown", (event) => this.#move(event));
    this.#show(this.selected);
  }

  /** The id of the panel that is shown. */
  get selected(): string {
    const found = this.#buttons.find((button) => button.getAttribute("aria-selected") === "true");
    return found?.dataset["tab"] ?? "";
  }

  /** Shows a panel. */
  select(tab: string): void {
    this.#wanted = tab;
    this.#show(tab);
    this.#changed();
  }

  /** Takes a tab out of the row, or puts it back. */
  enable(tab: string, isEnabled: boolean): void {
    const button = this.#buttons.find((one) => one.dataset["tab"] === tab);
    if (button === undefined || button.disabled === !isEnabled) return;
    button.disabled = !isEnabled;
    const wanted = this.#buttons.find((one) => one.dataset["tab"] === this.#wanted && !one.disabled);
    this.#show((wanted ?? this.#buttons.find((one) => !one.disabled))?.dataset["tab"] ?? "");
  }

  #show(tab: string): void {
    for (const button of this.#buttons) {
      const isSelected = button.dataset["tab"] === tab;
      button.setAttribute("aria-selected", String(isSelected));
      button.tabIndex = isSelected ? 0 : -1;
      const panel = document.getElementById(button.dataset["tab"] ?? "");
      if (panel) panel.hidden = !isSelected;
    }
  }

  #move(event: KeyboardEvent): void {
    const usable = this.#buttons.filter((button) => !button.disabled);
    const at = usable.findIndex((button) => button.dataset["tab"] === this.selected);
    const steps: Record<string, number> = { ArrowRight: at + 1, ArrowLeft: at - 1 + usable.length, Home: 0, End: usable.length - 1 };
    const next = steps[event.key];
    if (next === undefined) return;
    event.preventDefault();
    const button = usable[next % usable.length];
    this.select(button?.dataset["tab"] ?? "");
    button?.focus();
  }
}
