/* The other end of the bridge: the page that frames the app answers its frames, and no one else. */
(function () {
  "use strict";
  var frames = Array.prototype.slice.call(document.querySelectorAll("iframe[data-app-frame]"));
  var root = document.documentElement;

  function say(frame, message) {
    message.bridge = "sandbox";
    frame.contentWindow.postMessage(message, frame.dataset.origin);
  }

  function token(frame) {
    var query = new URLSearchParams({ account: frame.dataset.account });
    if (frame.dataset.issue) { query.set("issue", frame.dataset.issue); }
    return fetch("/_sandbox/context-token?" + query.toString())
      .then(function (response) { if (!response.ok) { throw new Error("no token"); } return response.json(); })
      .then(function (body) { return body.token; });
  }

  function flag(detail) {
    var place = document.getElementById("flags");
    var box = document.createElement("div");
    var title = document.createElement("strong");
    box.className = "flag " + (detail.type || "info").replace(/[^a-z]/g, "");
    title.textContent = detail.title;
    box.appendChild(title);
    if (detail.body) {
      var text = document.createElement("p");
      text.textContent = detail.body;
      box.appendChild(text);
    }
    place.appendChild(box);
    setTimeout(function () { box.remove(); }, 8000);
  }

  function go(path, more) {
    var kept = new URLSearchParams(window.location.search);
    var query = new URLSearchParams(more || {});
    ["account", "theme", "lang"].forEach(function (name) { if (kept.has(name)) { query.set(name, kept.get(name)); } });
    window.location.assign(path + "?" + query.toString());
  }

  function navigate(detail, frame) {
    var context = detail.context || {};
    if (detail.target === "issue" && context.issueKey) {
      go("/jira/browse/" + encodeURIComponent(context.issueKey));
    } else if (detail.target === "addonModule" || detail.target === "addonmodule") {
      var query = { module: context.moduleKey || frame.dataset.module };
      Object.keys(context.customData || {}).forEach(function (name) { query["ac." + name] = context.customData[name]; });
      go("/jira", query);
    } else if (detail.target === "site" && /^\/(?!\/)/.test(context.relativeUrl || "")) {
      window.location.assign(context.relativeUrl);
    }
  }

  var answers = {
    getToken: function (_, frame) { return token(frame); },
    getContext: function (_, frame) {
      return frame.dataset.issue ? { jira: { issue: { key: frame.dataset.issue } } } : { jira: {} };
    },
    getLocale: function () { return root.lang === "fr" ? "fr_FR" : "en_GB"; },
    getCurrentUser: function (_, frame) { return { atlassianAccountId: frame.dataset.accountId }; },
    getTheme: function () { return root.dataset.colorMode; },
    flag: function (detail) { flag(detail); return true; },
    navigate: function (detail, frame) { navigate(detail, frame); return true; },
    reload: function () { window.location.reload(); return true; },
    resize: function (detail, frame) {
      var tall = Math.min(Math.max(Number(detail.height) || 0, 120), 20000);
      frame.style.height = tall + "px";
    },
    fill: function (_, frame) { frame.classList.add("fill"); }
  };

  window.addEventListener("message", function (event) {
    var frame = frames.find(function (one) { return one.contentWindow === event.source; });
    var message = event.data;
    if (!frame || event.origin !== frame.dataset.origin || !message || message.bridge !== "sandbox") { return; }
    if (!Object.prototype.hasOwnProperty.call(answers, message.call)) { return; }
    Promise.resolve()
      .then(function () { return answers[message.call](message.detail || {}, frame); })
      .then(
        function (detail) { if (message.id) { say(frame, { call: "answer", id: message.id, detail: detail }); } },
        function (error) { if (message.id) { say(frame, { call: "answer", id: message.id, error: String(error.message) }); } }
      );
  });

  var theme = document.getElementById("theme");
  if (theme) {
    theme.addEventListener("change", function () {
      root.dataset.colorMode = theme.value;
      frames.forEach(function (frame) { say(frame, { event: "theme", detail: theme.value }); });
      var address = new URL(window.location.href);
      address.searchParams.set("theme", theme.value);
      window.history.replaceState(null, "", address.toString());
    });
  }
}());
