// The whole front: fetches server-made fragments with a fresh context token, and puts them where they belong.
//
//   data-fragment     a region that is filled from this address
//   data-router       the region follows `#/staff/api/…`, so links are plain `href="#/staff/api/…"`
//   data-search       a form that fetches while one types; only parts marked data-part change
//   data-action       a form that posts; the answer goes into data-target (none: fetch again)
//   data-confirm      the question to ask before that
//   data-copy         a button that copies the field with that id
//   data-download     a form whose answer is saved as a file of that name
//   data-sections     the menu, shown once somebody may see a page; its links name a data-section, as pages do
//
// Keys, as lists elsewhere have them: / searches, j and k go from row to row.
(() => {
  "use strict";

  const HOST_MS = 10000;
  const ANSWER_MS = 20000;
  const RETRY_MS = [5000, 10000, 20000, 60000];
  // Trouble that passes by itself: a site that restarts, a host or a token that comes late.
  const PASSING = ["offline", "nohost", "session"];
  const STATES = { 401: "session", 403: "denied", 404: "missing", 429: "offline", 502: "offline", 503: "offline" };

  class Trouble {
    constructor(state, code = "") {
      Object.assign(this, { state, code });
    }
  }

  const byId = (id) => document.getElementById(id);
  const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
  const answerOf = (ask, ms) => Promise.race([new Promise(ask), sleep(ms)]);

  // A page of Forge's own front end puts its bridge here, `{invokeRemote, view}`; there is none of Connect's then.
  const forge = window.fairtrialForge;

  // The bridge loads beside this script and may come later.
  async function host() {
    for (const end = Date.now() + HOST_MS; Date.now() < end; await sleep(50)) {
      if (window.AP?.context?.getToken) return window.AP;
    }
    throw new Trouble("nohost");
  }

  // Never kept: a token lives for minutes, an open tab for days.
  async function token() {
    const ap = await host();
    const jwt = await answerOf((done) => ap.context.getToken(done), HOST_MS);
    if (!jwt) throw new Trouble("session", "no-token");
    return jwt;
  }

  let known;
  async function locale() {
    known = known || String(await hostLocale() || navigator.language).replace("_", "-");
    return known;
  }

  async function hostLocale() {
    if (forge) return (await forge.view.getContext()).locale;
    const ap = await host();
    return answerOf((done) => (ap.user?.getLocale ? ap.user.getLocale(done) : done()), 2000);
  }

  async function resize() {
    if (forge) return;
    const ap = await host();
    ap.resize?.("100%", `${byId("whole").offsetHeight}px`);
  }

  async function call(url, options, read = page, again = true) {
    try {
      const answer = await (forge ? remote : direct)(url, options);
      if (answer.status === 401 && again) return await call(url, options, read, false);
      if (!answer.ok) throw await trouble(answer);
      return await read(answer);
    } catch (error) {
      throw error instanceof Trouble ? error : new Trouble("offline", "no-answer");
    }
  }

  async function direct(url, options) {
    const [jwt, lang] = await Promise.all([token(), locale()]);
    const headers = { Accept: "text/html", "Accept-Language": lang, Authorization: `JWT ${jwt}` };
    const signal = AbortSignal.timeout(ANSWER_MS);
    return fetch(url, { ...options, headers, signal, redirect: "error", credentials: "omit", cache: "no-store" });
  }

  // The same services behind Forge's door. Its proxy adds a fresh invocation token and carries JSON alone: a form goes
  // as an object of lists, a page or a file comes as `{type, text}`. It gives up by itself after 25 seconds.
  async function remote(url, { method = "GET", body } = {}) {
    const to = new URL(url.replace(/^\/(?:staff|support)\/api\//, "/forge/"), location.origin);
    to.searchParams.append("as", "page");
    to.searchParams.append("lang", (await locale()).slice(0, 2));
    const fields = body && Object.fromEntries([...body.keys()].map((name) => [name, body.getAll(name)]));
    const wish = { path: to.pathname + to.search, method, body: fields };
    // What was refused on the way comes as an error or, as the bridge is written, as an answer without a status.
    const answer = await forge.invokeRemote(wish).catch((error) => error);
    const status = answer.status || (/Invocation Token/.test(answer.message) ? 401 : 502);
    if (status >= 300) return new Response(JSON.stringify(answer.body || {}), { status });
    return new Response(answer.body.text, { status, headers: { "Content-Type": answer.body.type } });
  }

  async function page(answer) {
    if (!/^text\/html/.test(answer.headers.get("Content-Type"))) throw new Trouble("error", "not-a-page");
    return new DOMParser().parseFromString(await answer.text(), "text/html").body;
  }

  async function trouble(answer) {
    const problem = await answer.json().catch(() => ({}));
    const code = /^[\w.-]{1,60}$/.test(problem.code) ? problem.code : `http-${answer.status}`;
    return new Trouble(STATES[answer.status] || "error", code);
  }

  function show(box, state, code, retry) {
    const shown = byId(`state-${state}`).content.cloneNode(true);
    shown.querySelectorAll("[data-code]").forEach((place) => place.append(code));
    shown.querySelectorAll("[data-retry]").forEach((button) => button.addEventListener("click", retry));
    box.replaceChildren(shown);
    if (menu && state === "denied") menu.hidden = true;
  }

  // Which page is open, told to eyes and to screen readers.
  const menu = document.querySelector("[data-sections]");
  function mark(section) {
    if (!menu) return;
    menu.hidden = false;
    for (const link of menu.querySelectorAll("a")) {
      if (link.dataset.section === section) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    const open = menu.querySelector("[aria-current]");
    if (open) open.parentElement.parentElement.scrollLeft = open.offsetLeft - 16;
  }

  function region(box) {
    const start = box.dataset.fragment;
    const scope = start.slice(0, start.indexOf("/api/") + 5);
    let turn = 0;
    let failures = 0;
    let retry;

    // Only addresses behind the same door: a link from elsewhere must not name where a token goes.
    function wanted() {
      if (!("router" in box.dataset)) return start;
      const url = new URL(location.hash.slice(1) || start, location.origin);
      return url.origin === location.origin && url.pathname.startsWith(scope) ? url.pathname + url.search : start;
    }

    async function load(moved = false) {
      const mine = ++turn;
      clearTimeout(retry);
      box.setAttribute("aria-busy", "true");
      try {
        const fresh = await call(wanted());
        if (mine !== turn) return;
        failures = 0;
        swap(box, fresh, moved);
      } catch ({ state = "error", code }) {
        if (mine !== turn) return;
        fail(state, code);
      }
      box.removeAttribute("aria-busy");
    }

    function fail(state, code) {
      const passing = PASSING.includes(state);
      if (passing) retry = setTimeout(load, RETRY_MS[Math.min(failures++, RETRY_MS.length - 1)]);
      // An alert that is there already must not be read out again at each attempt.
      if (!passing || failures < 2) show(box, state, code, () => load());
    }

    box.addEventListener("fragment:load", (event) => load(event.detail));
    load();
  }

  const reload = (box, moved) => box?.dispatchEvent(new CustomEvent("fragment:load", { detail: moved }));

  function swap(box, fresh, moved) {
    const view = fresh.querySelector("[data-view]");
    const shown = box.querySelector("[data-view]");
    const same = view && view.dataset.view === shown?.dataset.view;
    const parts = same ? [...fresh.querySelectorAll("[data-part]")] : [];
    // The form stays, and with it the cursor and the letters typed meanwhile; only what it finds is replaced.
    for (const part of parts) shown.querySelector(`[data-part="${part.dataset.part}"]`).replaceWith(part);
    if (parts.length) adopt(shown, view, moved);
    else box.replaceChildren(...fresh.childNodes);
    if (view?.lang) document.documentElement.lang = view.lang;
    mark(view?.dataset.section);
    const said = box.querySelector("[data-announce]");
    const heading = box.querySelector("h1");
    byId("live").textContent = said && !moved ? said.textContent.trim() : "";
    if (moved) heading?.focus();
  }

  function adopt(shown, view, moved) {
    for (const field of view.querySelectorAll("form[data-search] [name]")) {
      const old = shown.querySelector(`form[data-search] [id="${field.id}"]`);
      if (!old || (old === document.activeElement && !moved)) continue;
      if (field.type === "checkbox") old.checked = field.checked;
      else old.value = field.value;
    }
  }

  function search(form, typed) {
    const query = new URLSearchParams([...new FormData(form)].filter(([, value]) => value.trim())).toString();
    const hash = `#${form.getAttribute("action")}${query && "?"}${query}`;
    if (hash === location.hash) return;
    // One step back undoes one search, not one letter.
    const step = typed && history.state?.typed ? "replaceState" : "pushState";
    history[step]({ typed }, "", hash);
    reload(form.closest("[data-fragment]"), false);
  }

  function confirmed(form) {
    const shown = byId("state-confirm").content.cloneNode(true).firstElementChild;
    const button = form.querySelector("button");
    shown.querySelector("[data-question]").append(form.dataset.confirm);
    button.hidden = true;
    form.append(shown);
    shown.querySelector("[data-no]").focus();
    return new Promise((decide) => {
      shown.addEventListener("click", ({ target }) => {
        if (target.type !== "button") return;
        shown.remove();
        button.hidden = false;
        button.focus();
        decide("yes" in target.dataset);
      });
    });
  }

  async function act(form) {
    if (form.ariaBusy === "true" || (form.dataset.confirm && !await confirmed(form))) return;
    form.ariaBusy = "true";
    const box = form.closest("[data-fragment]");
    const target = byId(form.dataset.target);
    try {
      const fresh = await call(form.dataset.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
      if (target) target.replaceChildren(...fresh.childNodes);
      else reload(box, false);
      const field = target?.querySelector("input");
      field?.select();
    } catch ({ state, code }) {
      show(target || box, state === "offline" ? "error" : state, code, () => (target ? act(form) : reload(box, false)));
    }
    form.ariaBusy = "false";
  }

  async function download(form) {
    if (form.ariaBusy === "true") return;
    form.ariaBusy = "true";
    try {
      const file = await call(`${form.getAttribute("action")}?${new URLSearchParams(new FormData(form))}`, {}, (got) => got.blob());
      const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(file), download: form.dataset.download });
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60000);
    } catch ({ state, code }) {
      show(byId(form.dataset.target), state === "offline" ? "error" : state, code, () => download(form));
    }
    form.ariaBusy = "false";
  }

  async function copy(button) {
    const field = byId(button.dataset.copy);
    field.select();
    // A host may forbid the clipboard to frames; the older command still works there.
    await navigator.clipboard.writeText(field.value).catch(() => document.execCommand("copy"));
    byId("live").textContent = button.textContent = button.dataset.done;
  }

  let typing;
  document.addEventListener("input", ({ target }) => {
    const form = target.closest("form[data-search]");
    const typed = target.type === "search";
    clearTimeout(typing);
    if (form) typing = setTimeout(search, typed ? 250 : 0, form, typed);
  });

  document.addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-search], form[data-action], form[data-download]");
    if (!form) return;
    event.preventDefault();
    clearTimeout(typing);
    if ("search" in form.dataset) search(form, false);
    else if ("download" in form.dataset) download(form);
    else act(form);
  });

  function step(by) {
    const links = [...document.querySelectorAll("[data-rows] tbody tr :is(th, td):first-child a")];
    const next = links[links.indexOf(document.activeElement) + by] || links[by > 0 ? 0 : links.length - 1];
    next?.focus();
  }

  document.addEventListener("keydown", (event) => {
    const writing = event.target.closest("input, select, textarea, [contenteditable]");
    if (writing || event.ctrlKey || event.metaKey || event.altKey) return;
    const known = { "/": () => document.querySelector("input[type=search]")?.focus(), j: () => step(1), k: () => step(-1) };
    if (!known[event.key]) return;
    event.preventDefault();
    known[event.key]();
  });

  const router = document.querySelector("[data-router]");
  let before = "";
  window.addEventListener("hashchange", (event) => {
    // Letters typed just before a link was followed must not lead back to the list.
    clearTimeout(typing);
    before = new URL(event.oldURL).hash || `#${router?.dataset.fragment}`;
    reload(router, true);
  });

  document.addEventListener("click", (event) => {
    const back = event.target.closest("a[data-back]");
    const button = event.target.closest("button[data-copy]");
    if (button) copy(button);
    if (!back || before.split("?")[0] !== back.hash) return;
    // Back to the list as it was left, filters and all.
    event.preventDefault();
    history.back();
  });

  document.querySelectorAll("[data-fragment]").forEach(region);
  // A frame that was given its full width needs less height: the host must hear of that, too.
  new ResizeObserver(() => resize().catch(() => {})).observe(byId("whole"));
  if (forge) forge.view.theme.enable().catch(() => {});
  else host().then((ap) => ap.theming?.initializeTheming(), () => {});
})();
