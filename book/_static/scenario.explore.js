// What a cut in remittances would do to poverty: the same sums as remitrisk/methods/poverty.py.
// A classic script that asks for nothing; without it the static figure says what there is to say.
(function () {
  "use strict";

  // Normal distribution: a series near the middle, a continued fraction in the tails.
  function ndtr(x) {
    if (x === Infinity) return 1;
    if (x === -Infinity) return 0;
    var density = Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
    if (Math.abs(x) < 3) {
      for (var sum = x, term = x, k = 3; Math.abs(term) > 1e-18; k += 2) sum += term *= x * x / k;
      return 0.5 + density * sum;
    }
    for (var a = Math.abs(x), tail = a, i = 120; i > 0; i--) tail = a + i / tail;
    return x < 0 ? density / tail : 1 - density / tail;
  }

  function ndtri(p) {
    if (p <= 0) return -Infinity;
    if (p >= 1) return Infinity;
    // Halving between bounds that no share reaches, in the tail that keeps its digits.
    var tail = Math.min(p, 1 - p), low = -38, high = 0;
    for (var i = 0; i < 64; i++) {
      var middle = (low + high) / 2;
      if (ndtr(middle) < tail) low = middle; else high = middle;
    }
    return p < 0.5 ? low : -low;
  }

  function fit(headcount, gini) {
    var sigma = Math.SQRT2 * ndtri((1 + gini) / 2);
    return { mu: -sigma * ndtri(headcount), sigma: sigma };
  }

  // Headcount and gap that people below `cut` add when each keeps `kept`; the line is 1.
  function below(people, cut, kept) {
    var point = cut <= 0 ? -Infinity : (Math.log(cut) - people.mu) / people.sigma;
    var mean = Math.exp(people.mu + people.sigma * people.sigma / 2), count = ndtr(point);
    return { headcount: count, gap: count - kept * mean * ndtr(point - people.sigma) };
  }

  function combine(a, one, b, other) {
    return { headcount: a * one.headcount + b * other.headcount, gap: a * one.gap + b * other.gap };
  }

  function scenario(people, remittances, cut, recipients) {
    var dependence = Math.min(1, remittances / recipients), kept = 1 - cut * dependence;
    var before = below(people, 1, 1), edge = kept > 0 ? 1 / kept : Infinity;
    var after = combine(recipients, below(people, edge, kept), 1 - recipients, before);
    return { dependence: dependence, before: before, after: after };
  }

  window.remitriskScenario = { fit: fit, scenario: scenario };

  var NARROW = "\u00a0";
  function percent(share, digits) { return (100 * share).toFixed(digits) + NARROW + "%"; }
  function points(change) {
    var text = Math.abs(100 * change).toFixed(1);
    return (/[1-9]/.test(text) ? (change < 0 ? "\u2212" : "+") : "") + text + " points";
  }
  function element(name, properties, children) {
    var made = Object.assign(document.createElement(name), properties);
    (children || []).forEach(function (child) { made.append(child); });
    return made;
  }
  function drawing(name, attributes, text) {
    var made = document.createElementNS("http://www.w3.org/2000/svg", name);
    Object.keys(attributes).forEach(function (key) { made.setAttribute(key, attributes[key]); });
    if (text) made.append(text);
    return made;
  }

  // Two pairs of bars, from nothing to everyone; the words beside them say the same.
  function bars(before, after) {
    var svg = drawing("svg", { viewBox: "0 0 330 132", "aria-hidden": "true" });
    [["Poor, as counted", before.headcount, "#a6a6a6"], ["Poor, in the scenario", after.headcount, "#12436d"],
     ["Poverty gap, as modelled", before.gap, "#a6a6a6"], ["Poverty gap, in the scenario", after.gap, "#12436d"]
    ].forEach(function (row, i) {
      var top = 4 + 30 * i + (i > 1 ? 8 : 0);
      svg.append(drawing("text", { x: 0, y: top + 9 }, row[0]));
      svg.append(drawing("rect", { x: 0, y: top + 13, width: 270 * row[1], height: 9, fill: row[2] }));
      svg.append(drawing("text", { x: 4 + 270 * row[1], y: top + 22, "font-weight": "bold" }, percent(row[1], 1)));
    });
    return svg;
  }

  function explorer(held, number) {
    var told = JSON.parse(held.textContent), matched = "matched" in told;
    var inputs = {}, start = { cut: 30, share: told.share, recipients: 100 };
    function slider(name, label, low, high, step) {
      var input = element("input", { type: "range", id: "scenario-" + name + "-" + number, min: low, max: high, step: step, value: start[name], autocomplete: "off" });
      var said = element("output", { htmlFor: input.id });
      inputs[name] = { input: input, said: said };
      return element("p", {}, [element("label", { htmlFor: input.id }, [label + ": ", said]), input]);
    }
    var shape = element("select", { id: "scenario-shape-" + number, autocomplete: "off" }, [
      element("option", { value: "matched", textContent: "matched to what the Committee printed of a moved poverty line" }),
      element("option", { value: "", textContent: "from the published Gini coefficient" })].slice(matched ? 0 : 1));
    var again = element("button", { type: "button", textContent: "Reset" });
    var words = element("output", { className: "scenario-words" }), frame = element("div", { className: "scenario-bars" });
    words.setAttribute("aria-live", "polite");
    function show() {
      var value = function (name) { return Number(inputs[name].input.value); };
      Object.keys(inputs).forEach(function (name) {
        var text = value(name).toFixed(name === "share" ? 1 : 0) + NARROW + "%";
        inputs[name].said.textContent = text;
        inputs[name].input.setAttribute("aria-valuetext", text);
      });
      var people = fit(told.headcount, shape.value ? told.matched : told.gini);
      var found = scenario(people, value("share") / 100, value("cut") / 100, value("recipients") / 100);
      frame.replaceChildren(bars(found.before, found.after));
      words.textContent = percent(found.after.headcount, 1) + " would be poor in place of the official " + percent(found.before.headcount, 1) +
        " (" + points(found.after.headcount - found.before.headcount) + "); the poverty gap would be " + percent(found.after.gap, 1) +
        " of the line in place of " + percent(found.before.gap, 1) + "." + (found.dependence >= 1 ? " Those who receive would live on this money alone: what is more of it is not counted." : "");
    }
    function reset() {
      Object.keys(inputs).forEach(function (name) { inputs[name].input.value = start[name]; });
      shape.value = matched ? "matched" : "";
      show();
    }
    var form = element("fieldset", { className: "scenario" }, [
      element("legend", { textContent: "Try it: a scenario from the distribution of " + told.year + ", not a forecast" }),
      slider("cut", "Migrants\u2019 money that is lost", 0, 100, 1),
      slider("share", "Share of household consumption that this money pays for (from " + told.low + NARROW + "%, what a survey found, to " + told.high + NARROW + "%, all that the country received" + told.limit + ")", told.low, told.high, 0.1),
      slider("recipients", "People in receiving households", told.recipients, 100, 1),
      element("p", {}, [element("label", { htmlFor: shape.id, textContent: "Shape of the distribution: " }), shape, " ", again]),
      frame, words, element("small", { textContent: "Receivers are at all levels of consumption and each loses the same share; nobody saves, finds work or is helped." })]);
    form.addEventListener("input", show);
    again.addEventListener("click", reset);
    held.before(form);
    reset();
  }

  document.addEventListener("DOMContentLoaded", function () {
    document.querySelectorAll('script.explore').forEach(explorer);
  });
})();
