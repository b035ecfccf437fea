"use strict";
(() => {
  const connection = document.getElementById("connection");
  const say = (text) => { if (connection.textContent !== text) connection.textContent = text; };
  const find = (page, mark) => mark && Array.from(page.querySelectorAll("a, summary, [tabindex]")).find((one) => nameOf(one) === mark);
  const nameOf = (element) => element.id || element.getAttribute("href") || "";
  let busy = false;
  let again = false;
  const refresh = async () => {
    if (busy) { again = true; return; }
    busy = true;
    try {
      const answer = await fetch(location.href, { cache: "no-store" });
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      const [old, main] = [document, fresh].map((page) => page.querySelector("main"));
      if (!main) throw new Error("no page");
      const mark = old.contains(document.activeElement) ? nameOf(document.activeElement) : "";
      for (const open of old.querySelectorAll("details[open][id]")) {
        const same = main.querySelector("#" + CSS.escape(open.id));
        if (same) same.open = true;
      }
      const adopted = Array.from(main.childNodes, (node) => document.importNode(node, true));
      old.replaceChildren(...adopted);
      const focus = find(old, mark);
      if (focus) focus.focus({ preventScroll: true });
      document.title = fresh.title;
      const [count, counted] = [document, fresh].map((page) => page.getElementById("count"));
      if (count && counted && count.textContent !== counted.textContent) count.textContent = counted.textContent;
      say("");
    } catch {
      say("The agent does not answer: this page is old.");
    }
    busy = false;
    if (again) { again = false; refresh(); }
  };
  const events = new EventSource("/events");
  let lost = false;
  events.addEventListener("changed", refresh);
  events.addEventListener("open", () => { if (lost) { lost = false; refresh(); } });
  events.addEventListener("error", () => { lost = true; say("The agent does not answer: this page is old."); });
})();
