/* The sandbox's stand-in of Atlassian's bridge. It runs in the app's frame and talks to the page that frames it.
   Only what Fairtrial uses: context, theming, user, flag, navigator, resize. */
(function () {
  "use strict";
  var query = new URLSearchParams(window.location.search);
  var host = query.get("xdm_e") || "";
  var waiting = {};
  var counter = 0;
  var themed = false;

  function post(message) {
    if (host && window.parent !== window) {
      message.bridge = "sandbox";
      window.parent.postMessage(message, host);
    }
  }

  function ask(call, detail) {
    return new Promise(function (resolve, reject) {
      if (!host || window.parent === window) {
        reject(new Error("not framed by a host"));
        return;
      }
      counter += 1;
      waiting[counter] = { resolve: resolve, reject: reject };
      post({ call: call, id: counter, detail: detail === undefined ? null : detail });
    });
  }

  function answer(promise, callback) {
    if (typeof callback === "function") {
      promise.then(callback, function () { callback(undefined); });
      return undefined;
    }
    return promise;
  }

  function paint(theme) {
    var root = document.documentElement;
    root.setAttribute("data-color-mode", theme);
    root.setAttribute("data-theme", "dark:dark light:light spacing:spacing");
  }

  window.addEventListener("message", function (event) {
    var message = event.data;
    if (event.source !== window.parent || event.origin !== host || !message || message.bridge !== "sandbox") { return; }
    if (message.event === "theme" && themed) { paint(message.detail); }
    var entry = waiting[message.id];
    if (!entry || message.call !== "answer") { return; }
    delete waiting[message.id];
    if (message.error) { entry.reject(new Error(message.error)); } else { entry.resolve(message.detail); }
  });

  function height() {
    var body = document.body;
    return body ? Math.ceil(Math.max(body.scrollHeight, body.getBoundingClientRect().height)) : 0;
  }

  function resize(width, tall) {
    var wanted = parseInt(tall, 10);
    post({ call: "resize", detail: { width: width || "100%", height: isNaN(wanted) ? height() : wanted } });
  }

  window.AP = {
    context: {
      getToken: function (callback) { return answer(ask("getToken"), callback); },
      getContext: function (callback) { return answer(ask("getContext"), callback); }
    },
    user: {
      getLocale: function (callback) { return answer(ask("getLocale"), callback); },
      getCurrentUser: function (callback) { return answer(ask("getCurrentUser"), callback); }
    },
    theming: {
      initializeTheming: function () { themed = true; return ask("getTheme").then(paint); }
    },
    flag: {
      create: function (options) {
        var given = options || {};
        ask("flag", { title: String(given.title || ""), body: String(given.body || ""), type: String(given.type || "info") })
          .catch(function () {});
        return { close: function () {}, on: function () {} };
      }
    },
    navigator: {
      go: function (target, context) {
        ask("navigate", { target: String(target), context: context || {} }).catch(function () {});
      },
      reload: function () { ask("reload").catch(function () {}); }
    },
    resize: resize,
    sizeToParent: function () { post({ call: "fill" }); }
  };

  /* As with Atlassian's, data-options="resize:false" on the script keeps the frame's height alone. */
  var own = document.currentScript;
  var options = (own && own.getAttribute("data-options")) || "";
  if (options.indexOf("resize:false") < 0) {
    var last = 0;
    var watch = function () {
      var now = height();
      if (now && now !== last) { last = now; resize("100%", now); }
    };
    window.addEventListener("load", function () {
      watch();
      if (window.ResizeObserver && document.body) { new ResizeObserver(watch).observe(document.body); }
    });
  }
}());
