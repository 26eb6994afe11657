// One of the page's two languages: the reader's last choice, else the browser's.
(() => {
  const KEY = "kotohajime language";
  const buttons = document.querySelectorAll("[data-language]");
  let store;
  try {
    store = localStorage;
  } catch {} // a page may be shown where nothing can be kept
  const [, owner, project] = /^https:\/\/([\w-]+)\.github\.io\/(?!study\/)([\w.-]+)\//.exec(location.href) ?? [];
  if (owner) Object.assign(document.getElementById("source"), { hidden: false, href: `https://github.com/${owner}/${project}` });
  function show(language) {
    document.documentElement.lang = language;
    for (const button of buttons) button.ariaPressed = button.dataset.language === language;
    document.title = document.querySelector("h1").innerText;
    document.dispatchEvent(new Event("language"));
  }
  for (const button of buttons) button.addEventListener("click", () => {
    show(button.dataset.language);
    store?.setItem(KEY, button.dataset.language);
  });
  const kept = store?.getItem(KEY);
  show(["en", "ja"].includes(kept) ? kept : navigator.language.startsWith("ja") ? "ja" : "en");
})();
