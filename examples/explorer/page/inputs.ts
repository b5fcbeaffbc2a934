import { element } from "./dom.ts";

/** Half the range of a slider, in units of the larger of 1 and the value in the file. */
const REACH = 2;
const STEPS = 400;
/** More components than this have no slider. */
const MAX_SLIDERS = 12;

/** Half the range of the slider of a component. */
export function reachOf(given: number): number {
  return REACH * Math.max(1, Math.abs(given));
}

/** A slider and a number field for each component of a model's constant input. */
export class InputSliders {
  readonly #place: HTMLElement;
  readonly #onChange: (input: Record<string, number>, final: boolean) => void;
  #input: Record<string, number> = {};

  /** @param onChange hears each move; `final` when the reader lets go. */
  constructor(place: HTMLElement, onChange: (input: Record<string, number>, final: boolean) => void) {
    this.#place = place;
    this.#onChange = onChange;
  }

  /** @param given s as the file has it. @param input what was changed of it. */
  show(given: readonly number[], input: Readonly<Record<string, number>>): void {
    this.#input = { ...input };
    this.#place.replaceChildren(
      ...given.slice(0, MAX_SLIDERS).map((value, k) => this.#slider(`s${k}`, value, input[`s${k}`] ?? value)),
      ...(given.length > MAX_SLIDERS
        ? [element("p", { class: "hint" }, `${given.length - MAX_SLIDERS} more have no slider.`)]
        : []),
    );
  }

  #slider(name: string, given: number, value: number): HTMLElement {
    const reach = reachOf(given);
    const range = element("input", {
      type: "range",
      id: `slider-${name}`,
      min: `${given - reach}`,
      max: `${given + reach}`,
      step: `${(2 * reach) / STEPS}`,
      "aria-label": name,
    });
    const number = element("input", { type: "number", step: "any", "aria-label": `${name}, exactly` });
    range.value = `${value}`;
    number.value = `${value}`;
    const set = (x: number, final: boolean): void => {
      // as the file has it, is no change
      if (x === given) delete this.#input[name];
      else this.#input[name] = x;
      this.#onChange({ ...this.#input }, final);
    };
    range.addEventListener("input", () => {
      number.value = `${range.valueAsNumber}`;
      set(range.valueAsNumber, false);
    });
    range.addEventListener("change", () => set(range.valueAsNumber, true));
    number.addEventListener("change", () => {
      if (!Number.isFinite(number.valueAsNumber)) number.value = `${given}`;
      range.value = number.value;
      set(number.valueAsNumber, true);
    });
    return element("div", { class: "slider" }, element("label", { for: range.id }, name), range, number);
  }
}
