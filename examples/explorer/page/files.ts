/** Files by drag and drop anywhere on the page, or by a button. */
export function listenForFiles(
  drop: HTMLElement,
  pick: HTMLButtonElement,
  input: HTMLInputElement,
  onFiles: (files: readonly File[]) => void,
): void {
  pick.addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    onFiles([...(input.files ?? [])]);
    // the same file may be chosen again
    input.value = "";
  });
  const over = (on: boolean): void => {
    drop.classList.toggle("over", on);
  };
  window.addEventListener("dragover", (event) => {
    event.preventDefault();
    over(true);
  });
  window.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) over(false);
  });
  window.addEventListener("drop", (event) => {
    event.preventDefault();
    over(false);
    onFiles([...(event.dataTransfer?.files ?? [])]);
  });
}
