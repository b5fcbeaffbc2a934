import type { ReadOptions } from "../../../src/formats/read/read.ts";
import { FORMS, shapeText } from "../../../src/model/forms.ts";
import type { Misfit, Source } from "../protocol.ts";
import {
  type Choices,
  candidatesOf,
  choicesFor,
  firstChoices,
  formLabel,
  keysOf,
  problemOf,
  readingOfChoices,
} from "./array-choices.ts";
import { element } from "./dom.ts";

/** Rows of the list of arrays; the menus have all. */
const MAX_LISTED = 60;

export interface ArrayFormEvents {
  /** The file is to be read so. */
  readonly onRead: (options: ReadOptions) => void;
  readonly onDismiss: () => void;
}

/**
 * The form for a file whose arrays are no model under their names: what it holds, and a menu for each array that a
 * model of the chosen kind has.
 */
export function arrayForm(
  source: Source,
  message: string,
  misfit: Misfit,
  remembered: ReadOptions | undefined,
  { onRead, onDismiss }: ArrayFormEvents,
): HTMLElement {
  const { holdings } = misfit;
  const candidates = candidatesOf(holdings);
  let choices = firstChoices(misfit, remembered);
  const menus = element("div", { class: "menus" });
  const problem = element("p", { class: "hint", role: "status" });
  const read = element("button", { type: "submit", class: "primary" }, "Read the file so");

  const check = (): void => {
    const found = problemOf(choices, holdings);
    problem.textContent = found ?? "These arrays fit together.";
    problem.classList.toggle("bad", found !== undefined);
    read.disabled = found !== undefined;
  };
  const change = (next: Choices): void => {
    choices = next;
    check();
  };
  const show = (): void => {
    menus.replaceChildren(
      ...keysOf(choices.form).map(({ key, size, isOptional }) => {
        const menu = element(
          "select",
          { "data-key": key },
          new Option(isOptional ? "none: zero" : "choose…", ""),
          ...candidates.map(({ source: value, label }) => new Option(label, value)),
        );
        menu.value = choices.arrays[key] ?? "";
        menu.addEventListener("change", () => change({ ...choices, arrays: { ...choices.arrays, [key]: menu.value } }));
        return element("label", { class: "row" }, element("span", {}, key, " ", sizeText(size)), menu);
      }),
      ...Object.entries(choices.form.numbers ?? {}).map(([key, what]) => {
        const field = element("input", { type: "text", inputmode: "decimal", "data-key": key, placeholder: what });
        field.value = choices.numbers[key] ?? "";
        field.addEventListener("input", () =>
          change({ ...choices, numbers: { ...choices.numbers, [key]: field.value } }),
        );
        return element("label", { class: "row" }, key, field);
      }),
    );
    check();
  };

  const kind = element(
    "select",
    { "data-key": "kind" },
    ...FORMS.map((form, i) => new Option(formLabel(form), `${i}`)),
  );
  kind.value = `${FORMS.indexOf(choices.form)}`;
  kind.addEventListener("change", () => {
    const form = FORMS[Number(kind.value)]!;
    choices = choicesFor(form, holdings, { map: choices.arrays });
    show();
  });
  show();
  const dismiss = element("button", { type: "button" }, "Leave it out");
  dismiss.addEventListener("click", onDismiss);
  const form = element(
    "form",
    { class: "array-form", "aria-label": `Arrays of ${source.name}` },
    element("p", { class: "array-form-what" }, message),
    element("p", {}, "Say which array is which; the choice is remembered for files like this one."),
    ...wayButtons(misfit, onRead),
    element(
      "details",
      {},
      element("summary", {}, `Its arrays (${holdings.length.toLocaleString("en-US")})`),
      element(
        "ul",
        { class: "arrays" },
        ...holdings
          .slice(0, MAX_LISTED)
          .map(({ name, shape }) => element("li", {}, element("code", {}, name), ` ${shapeText(shape)}`)),
      ),
    ),
    element("label", { class: "row" }, "kind", kind),
    menus,
    problem,
    element("div", { class: "buttons" }, read, dismiss),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (problemOf(choices, holdings) === undefined) onRead(readingOfChoices(choices, source.reading));
  });
  return form;
}

/** Ways to read the file that need nothing more: a laboratory's layout, or one of several places. */
function wayButtons({ proposals }: Misfit, onRead: (options: ReadOptions) => void): HTMLElement[] {
  const ways = proposals.filter(
    ({ options: { layout, prefix }, unknown }) =>
      (layout !== undefined || prefix !== undefined) && Object.keys(unknown).length === 0,
  );
  if (ways.length === 0) return [];
  const buttons = ways.map(({ options, map, condition }) => {
    const { layout = "the model", prefix } = options;
    const label = `Read ${layout}${prefix === undefined ? "" : ` in ${prefix}`}`;
    const button = element("button", { type: "button", title: condition ?? map }, label);
    button.addEventListener("click", () => onRead(options));
    return button;
  });
  return [element("p", {}, "Its names may be those of:"), element("div", { class: "buttons" }, ...buttons)];
}

function sizeText(size: string): HTMLElement {
  return element("small", {}, size);
}
