// The page without this script shows everything; with it, people light up and pictures compare.
"use strict";
(() => {
  const root = document.documentElement;
  const MOST_BADGES = 30;
  const all = (selector, inside = document) => [...inside.querySelectorAll(selector)];

  // A page opened from a disk may have no storage: then a choice lasts as long as the page.
  const remembered = (name) => { try { return localStorage.getItem(name); } catch { return null; } };
  const remember = (name, value) => { try { localStorage.setItem(name, value); } catch { /* no storage */ } };

  // --- language ---
  const attributeOf = (element) =>
    element.tagName === "IMG" ? "alt" : element.hasAttribute("aria-label") ? "aria-label" : null;
  const texts = all("[data-zh]").map((element) => {
    const name = attributeOf(element);
    const english = name ? element.getAttribute(name) : element.textContent;
    return { element, name, english, chinese: element.dataset.zh };
  });
  const speak = (language) => {
    root.lang = language;
    for (const text of texts) {
      const told = language === "en" ? text.english : text.chinese;
      if (text.name) text.element.setAttribute(text.name, told);
      else text.element.textContent = told;
    }
    document.dispatchEvent(new Event("spoken"));
  };
  const ofBrowser = navigator.language.toLowerCase().startsWith("zh") ? "zh-CN" : "en";
  speak(remembered("maskline-language") || ofBrowser);
  const language = document.getElementById("language");
  language.hidden = false;
  language.addEventListener("click", () => {
    speak(root.lang === "en" ? "zh-CN" : "en");
    remember("maskline-language", root.lang);
  });

  // --- dark or light ---
  const theme = document.getElementById("theme");
  const isDark = () => root.dataset.theme
    ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  const chosen = remembered("maskline-theme");
  if (chosen) root.dataset.theme = chosen;
  theme.hidden = false;
  theme.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    remember("maskline-theme", root.dataset.theme);
  });

  // --- people ---
  const people = (article) => {
    const stage = article.querySelector(".stage");
    const svg = stage.querySelector("svg.people");
    const veil = svg.querySelector(".veil");
    const tip = stage.querySelector(".tip");
    const chips = new Map(all(".chip", article).map((chip) => [chip.dataset.person, chip]));
    const outlines = new Map(all("[data-person]", svg).map((path) => [path.dataset.person, path]));
    const { width, height } = svg.viewBox.baseVal;
    let pinned = null;

    const told = (chip) => {
      const parts = [...chip.children].filter((part) => !part.matches("svg, .heard"));
      const copies = parts.map((part) => part.cloneNode(true));
      tip.replaceChildren(chip.querySelector("svg").cloneNode(true), ...copies);
      tip.hidden = false;
      // In shares of the stage and of itself: inside of the stage, whatever their sizes.
      tip.style.setProperty("--x", `${chip.dataset.x * 100}%`);
      tip.style.setProperty("--y", `${chip.dataset.y * 100}%`);
    };
    const light = (id) => {
      const lit = stage.classList.contains("comparing") ? null : id;
      for (const [number, path] of outlines) path.classList.toggle("lit", number === lit);
      for (const [number, chip] of chips) chip.classList.toggle("lit", number === lit);
      svg.classList.toggle("veiled", lit !== null);
      if (lit === null) { tip.hidden = true; return; }
      veil.setAttribute("d", `M0 0H${width}V${height}H0z${outlines.get(lit).getAttribute("d")}`);
      told(chips.get(lit));
    };
    // Numbers at the heads say that there is something to point at; a crowd would be hidden by them.
    for (const chip of chips.size > MOST_BADGES ? [] : chips.values()) {
      const badge = document.createElement("span");
      badge.className = "badge";
      badge.setAttribute("aria-hidden", "true");
      badge.append(chip.querySelector("svg").cloneNode(true));
      badge.style.setProperty("--x", `${chip.dataset.x * 100}%`);
      badge.style.setProperty("--y", `${chip.dataset.y * 100}%`);
      svg.after(badge);
    }
    const rest = () => light(pinned);
    const pin = (id) => {
      pinned = pinned === id ? null : id;
      for (const [number, chip] of chips) chip.setAttribute("aria-pressed", String(number === pinned));
      rest();
    };
    for (const [id, element] of [...outlines, ...chips]) {
      element.addEventListener("pointerenter", (event) => { if (event.pointerType !== "touch") light(id); });
      element.addEventListener("pointerleave", rest);
      element.addEventListener("click", () => pin(id));
    }
    for (const [id, chip] of chips) {
      chip.addEventListener("focus", () => light(id));
      chip.addEventListener("blur", rest);
    }
    article.addEventListener("keydown", (event) => { if (event.key === "Escape" && pinned) pin(pinned); });
    return rest;
  };

  // --- photograph against a picture ---
  const comparison = (article, rest) => {
    const stage = article.querySelector(".stage");
    const slider = article.querySelector(".slider");
    if (!slider) return;
    const [after, handle] = [".after", ".handle"].map((name) => stage.querySelector(name));
    const [left, right] = [".left", ".right"].map((name) => stage.querySelector(name));
    const radios = all(".views input", article);
    const before = stage.querySelector(".before");
    let picture = null;

    const show = () => {
      stage.style.setProperty("--at", `${slider.value}%`);
      const photo = root.lang === "en" ? "photo" : "照片";
      slider.setAttribute("aria-valuetext", `${slider.value} % ${photo}`);
    };
    const choose = (radio) => {
      const isView = Boolean(radio.dataset.src);
      stage.classList.toggle("comparing", isView);
      for (const part of [after, handle, left, right]) part.hidden = !isView;
      slider.disabled = !isView;
      if (isView) {
        picture = picture || new Image();
        picture.alt = "";
        picture.draggable = false;
        picture.src = radio.dataset.src;
        after.replaceChildren(picture);
        name();
      }
      show();
      rest();
    };
    const name = () => {
      const radio = radios.find((each) => each.checked);
      left.textContent = root.lang === "en" ? "Photo" : "照片";
      right.textContent = [...radio.parentElement.querySelectorAll(".w")]
        .find((word) => word.lang === root.lang)?.textContent ?? "";
    };
    for (const radio of radios) radio.addEventListener("change", () => choose(radio));
    slider.addEventListener("input", show);
    slider.addEventListener("focus", () => stage.classList.add("steered"));
    slider.addEventListener("blur", () => stage.classList.remove("steered"));
    document.addEventListener("spoken", () => { name(); show(); });
    before.draggable = false;

    // The whole picture is the handle: a range on a phone wants its thumb hit exactly.
    const move = (event) => {
      const { left: x, width } = stage.getBoundingClientRect();
      slider.value = Math.round(Math.min(Math.max((event.clientX - x) / width, 0), 1) * 100);
      show();
    };
    stage.addEventListener("pointerdown", (event) => {
      if (!stage.classList.contains("comparing") || event.button > 0) return;
      stage.setPointerCapture(event.pointerId);
      move(event);
      slider.focus({ preventScroll: true });
      event.preventDefault();
    });
    stage.addEventListener("pointermove", (event) => {
      if (stage.hasPointerCapture(event.pointerId)) move(event);
    });
  };

  for (const article of all("article.photo")) {
    if (article.querySelector("svg.people")) comparison(article, people(article));
  }
})();
