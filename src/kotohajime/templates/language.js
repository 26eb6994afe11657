// One of the page's two languages: the reader's last choice, else the browser's.
(() => {
  const KEY = "kotohajime language";
  const buttons = document.querySelectorAll("[data-language]");
  function show(language) {
    document.documentElement.lang = language;
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.language === language));
    document.title = document.querySelector("h1").innerText;
    document.dispatchEvent(new Event("language"));
  }
  function kept() {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null; // a page may be shown where nothing can be kept
    }
  }
  function choose(language) {
    show(language);
    try {
      localStorage.setItem(KEY, language);
    } catch {
      // so be it
    }
  }
  for (const button of buttons) button.addEventListener("click", () => choose(button.dataset.language));
  show(["en", "ja"].find((language) => language === kept()) ?? (navigator.language.startsWith("ja") ? "ja" : "en"));
})();
