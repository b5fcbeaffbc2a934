import { VERSION } from "../../../src/base/version.ts";
import { App } from "./app.ts";
import { byId } from "./dom.ts";

byId("version", HTMLElement).textContent = VERSION;

const app = new App();
void app.start();

if (import.meta.env.PROD && "serviceWorker" in navigator) {
  const said = byId("offline", HTMLElement);
  navigator.serviceWorker
    .register("./sw.js")
    .then(() => navigator.serviceWorker.ready)
    .then(
      () => {
        said.textContent = "All files are stored.";
      },
      // a host or a setting that forbids it: the page is the same, but for this
      () => {
        said.textContent = "(Not here: this browser or host allows no service worker.)";
      },
    );
}
