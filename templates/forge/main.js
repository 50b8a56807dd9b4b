// The page that Forge hosts: a shell of the app's own pages, and Forge's bridge where their script looks for it.
import { invokeRemote, router, view } from "@forge/bridge";
import { home, shells } from "./shells.json";

async function start() {
  const { extension, locale, moduleKey } = await view.getContext();
  const shell = shells[moduleKey][/^fr/.test(locale) ? "fr" : "en"];
  const whole = new DOMParser().parseFromString(shell, "text/html");
  // Which issue a panel stands beside is known here and not on the server.
  if (extension.issue) whole.querySelector("[data-fragment]").dataset.fragment += extension.issue.id;
  document.documentElement.lang = whole.documentElement.lang;
  document.title = whole.title;
  document.body.replaceWith(whole.body);
  window.fairtrialForge = { invokeRemote, view };
  await import("./fairtrial.js");
}

// A frame of Forge's opens no window by itself, and what is public is at home, not where Forge keeps this file.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[target=_blank], a[href^='mailto:']");
  if (!link) return;
  event.preventDefault();
  router.open(new URL(link.getAttribute("href"), home).href);
});

start();
