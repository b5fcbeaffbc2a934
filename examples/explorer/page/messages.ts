import { ExpectedError } from "./client.ts";
import { byId, element } from "./dom.ts";
import { inPageWords } from "./page-words.ts";

/** Messages of one kind that are shown in full. */
const MAX_MESSAGES = 5;

/** Tells a screen reader what happens, without a trace on the page. */
export function say(text: string): void {
  byId("announce", HTMLElement).textContent = text;
}

export function textOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return error instanceof ExpectedError ? message : `${message} (this should not have happened; please report it)`;
}

export function clearMessages(): void {
  byId("messages", HTMLElement).replaceChildren();
}

/** An error on the page, until it is dismissed. */
export function complain(what: string, error: unknown): void {
  complainOf([{ name: what, error: textOf(error) }]);
}

export function complainOf(failures: readonly { readonly name: string; readonly error?: string | undefined }[]): void {
  const texts = failures
    .slice(0, MAX_MESSAGES)
    .map(({ name, error = "failed" }) => (error.startsWith(name) ? error : `${name}: ${error}`))
    .map(inPageWords);
  if (failures.length > MAX_MESSAGES) texts.push(`${failures.length - MAX_MESSAGES} more failed.`);
  byId("messages", HTMLElement).append(...texts.map(messageBox));
}

/** What went well, for the reader to see until it is dismissed. */
export function tell(text: string): void {
  const box = messageBox(text);
  box.classList.add("good");
  byId("messages", HTMLElement).append(box);
}

function messageBox(text: string): HTMLElement {
  const close = element("button", { type: "button", "aria-label": "Dismiss" }, "×");
  const box = element("p", { class: "message" }, element("span", {}, text), close);
  close.addEventListener("click", () => box.remove());
  return box;
}
