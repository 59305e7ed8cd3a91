"use strict";
(() => {
  const page = document.documentElement;
  const one = (selector, root) => (root || document).querySelector(selector);
  const all = (selector, root) => Array.from((root || document).querySelectorAll(selector));
  page.classList.add("js");

  // Storage is refused to files in some browsers; the page works without.
  const stored = (value) => {
    try {
      if (value) localStorage.setItem("ykt-lang", value);
      return localStorage.getItem("ykt-lang");
    } catch {
      return null;
    }
  };

  const speak = (lang) => {
    one(lang === "zh" ? "#in-zh" : "#in-en").checked = true;
    page.lang = lang === "zh" ? "zh-Hans" : "en";
    page.classList.toggle("zh", lang === "zh");
  };
  const asked = page.dataset.lang || stored() || (navigator.language || "en").slice(0, 2);
  speak(asked === "zh" ? "zh" : "en");
  all("input[name=lang]").forEach((input) =>
    input.addEventListener("change", () => speak(stored(input.value) || input.value)));

  const plain = (value) => value.toLowerCase().replace(/\s+/g, " ").trim();

  // The zoo: rows by state and words.
  const zoo = one("#zoo-filter");
  if (zoo) {
    const rows = all("#mutants tbody tr");
    const sieve = () => {
      const wanted = plain(one("#z-text").value);
      const state = one("#z-state").value;
      rows.forEach((row) => {
        row.hidden = !((!state || one(".v." + state, row)) && plain(row.textContent).includes(wanted));
      });
      one("#z-count").textContent = String(rows.filter((row) => !row.hidden).length);
    };
    zoo.addEventListener("submit", (event) => event.preventDefault());
    zoo.addEventListener("change", sieve);
    one("#z-text").addEventListener("input", sieve);
    sieve();
  }

  const form = one("#filters");
  if (!form) return;
  const cases = all(".k");
  const boxes = all("input[type=checkbox][value]", form);
  const group = one("#f-group");
  const text = one("#f-text");
  const words = new Map();

  const found = (item, wanted) => {
    if (!wanted) return true;
    if (!words.has(item)) words.set(item, plain(item.textContent));
    return words.get(item).includes(wanted);
  };
  const shows = () => {
    const verdicts = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
    const wanted = plain(text.value);
    let count = 0;
    cases.forEach((item) => {
      item.hidden = !(verdicts.has(item.dataset.v)
        && (!group.value || item.dataset.g === group.value) && found(item, wanted));
      if (!item.hidden) count += 1;
    });
    all(".g").forEach((section) => {
      section.hidden = all(".k", section).every((item) => item.hidden);
    });
    page.dataset.print = one("input[name=print]:checked", form).value;
    one("#f-count").textContent = String(count);
  };
  const reset = () => {
    boxes.forEach((box) => { box.checked = true; });
    group.value = "";
    text.value = "";
  };

  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("change", shows);
  text.addEventListener("input", shows);
  one("#f-reset").addEventListener("click", () => { reset(); shows(); });
  const open = (state) => cases.filter((item) => !item.hidden)
    .forEach((item) => { item.open = state; });
  one("#f-open").addEventListener("click", () => open(true));
  one("#f-close").addEventListener("click", () => open(false));

  all("a[data-v]").forEach((link) => link.addEventListener("click", () => {
    reset();
    boxes.forEach((box) => { box.checked = box.value === link.dataset.v; });
    group.value = link.dataset.g || "";
    shows();
  }));

  // A link to a case shows and opens it, whatever is filtered.
  const go = () => {
    const target = document.getElementById(location.hash.slice(1));
    const item = target && target.closest(".k");
    if (!item) return;
    if (item.hidden) { reset(); shows(); }
    item.open = true;
    item.scrollIntoView();
    item.querySelector("summary").focus();
  };
  addEventListener("hashchange", go);
  shows();
  go();
})();
