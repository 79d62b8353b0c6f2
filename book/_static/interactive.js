// Draws the Bokeh layouts of a page: at once, or when a reader asks. Works from a folder, so it fetches nothing.
document.addEventListener("DOMContentLoaded", () => {
  const root = document.documentElement.dataset.content_root || "./";
  let loading;

  const script = (name) => new Promise((done, failed) => {
    const element = document.createElement("script");
    element.src = `${root}_static/bokeh/${name}.min.js`;
    element.onload = done;
    element.onerror = () => failed(new Error(`${element.src} did not load`));
    document.head.append(element);
  });

  const bokeh = () => (loading ??= script("bokeh").then(() => script("bokeh-widgets")).then(() => Bokeh.set_log_level("error")));

  // Bokeh leaves the steppers of a number field and the handle of a slider without a name
  function nameControls(element) {
    for (const inner of element.querySelectorAll("*")) {
      if (inner.shadowRoot) nameControls(inner.shadowRoot);
    }
    for (const button of element.querySelectorAll(".bk-spin-btn:not([aria-label])")) {
      button.setAttribute("aria-label", button.classList.contains("bk-spin-btn-up") ? "more" : "less");
    }
    for (const handle of element.querySelectorAll(".noUi-handle:not([aria-label])")) {
      handle.setAttribute("aria-label", element.querySelector(".bk-slider-title")?.textContent ?? "value");
    }
  }

  // Bokeh draws on a canvas, which knows no CSS: each of the book's colours in a model is replaced by the theme's,
  // and by itself where the theme has no other.
  const first = new WeakMap();
  const theme = getComputedStyle(document.documentElement);  // stays up to date

  function recolor(model, variables) {
    const found = first.get(model) ?? [...model].filter((property) => /color$/.test(property.attr))
      .map((property) => [property.attr, property.get_value()])
      .map(([name, value]) => [name, value?.value ?? value])
      .filter(([, value]) => typeof value === "string" && value.toLowerCase() in variables);
    first.set(model, found);
    model.setv(Object.fromEntries(found.map(([name, value]) =>
      [name, theme.getPropertyValue(variables[value.toLowerCase()]).trim() || value])));
  }

  async function draw(place, item, variables) {
    const target = document.createElement("div");
    place.append(target);
    place.setAttribute("aria-busy", "true");
    await bokeh();
    await Bokeh.embed.embed_item(item, target);
    const drawn = Bokeh.documents.at(-1);
    const follow = () => drawn.all_models.forEach((model) => recolor(model, variables));
    follow();
    new MutationObserver(follow).observe(document.documentElement, {attributeFilter: ["data-theme"]});
    nameControls(target);
    place.removeAttribute("aria-busy");
  }

  for (const data of document.querySelectorAll(".interactive > script[type='application/json']")) {
    const place = data.parentElement;
    const item = JSON.parse(data.textContent);
    const variables = JSON.parse(data.dataset.colors);
    const invitation = data.dataset.invitation;
    if (!invitation) {
      draw(place, item, variables);
      continue;
    }
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn-sm interactive-invitation";
    button.textContent = invitation;
    button.addEventListener("click", async () => {
      button.disabled = true;
      await draw(place, item, variables);
      button.remove();
    });
    place.append(button);
  }
});
