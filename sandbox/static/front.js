/* Buttons and forms of the sandbox's front: each is one call of the control API; its outcome is told below it. */
(function () {
  "use strict";
  var words = JSON.parse(document.getElementById("words").textContent);

  function place(element) {
    var scope = element.closest("[data-task]") || element.parentElement;
    return scope.querySelector("[data-outcome]");
  }

  function link(text, href) {
    var a = document.createElement("a");
    a.textContent = text;
    a.href = href;
    return a;
  }

  function tell(target, status, body) {
    target.textContent = "";
    target.className = "outcome " + (status < 400 ? "good" : "bad");
    var sent = (body && body.deliveries) || [];
    var taken = sent.filter(function (one) { return one.acknowledged; }).length;
    var text = status < 400 ? words.done : words.failed + " (" + status + ") " + ((body && body.error) || "");
    if (sent.length) { text += " " + words.deliveries.replace("{n}", sent.length).replace("{ok}", taken); }
    target.append(text + " ");
    if (body && body.results) {
      body.results.forEach(function (one) { target.append(one.product + ": " + one.event + " " + (one.status || "–") + ". "); });
    }
    if (body && body.row) { target.append(body.row.contactDetails.technicalContact.email + " "); }
    if (body && body.url && body.key) { target.append(link(body.key, body.url)); }
    if (sent.length && taken < sent.length) {
      var last = sent.find(function (one) { return !one.acknowledged; }).attempts.slice(-1)[0];
      target.append(words.answered + " " + (last.status || last.error));
    }
  }

  function call(element, method, path, options) {
    var target = place(element);
    target.className = "outcome";
    target.textContent = words.working;
    var request = { method: method };
    if (options.form) { request.body = options.form; }
    if (options.json !== undefined) {
      request.headers = { "Content-Type": "application/json" };
      request.body = JSON.stringify(options.json);
    }
    return fetch(path, request)
      .then(function (response) {
        return response.text().then(function (text) {
          var body = null;
          try { body = JSON.parse(text); } catch (error) { body = null; }
          tell(target, response.status, body);
          if (response.ok && element.dataset.reload) { window.location.reload(); }
        });
      })
      .catch(function () { tell(target, 599, { error: words.unreachable }); });
  }

  document.querySelectorAll("button[data-call]").forEach(function (button) {
    button.addEventListener("click", function () {
      var parts = button.dataset.call.split(" ");
      button.disabled = true;
      call(button, parts[0], parts[1], { json: JSON.parse(button.dataset.body || "{}") })
        .then(function () { button.disabled = false; });
    });
  });

  document.querySelectorAll("form[data-call]").forEach(function (form) {
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      var parts = form.dataset.call.split(" ");
      var fields = new FormData(form);
      var options = { form: fields };
      if (form.dataset.json) {
        var values = {};
        fields.forEach(function (value, name) { if (value !== "") { values[name] = value; } });
        options = { json: values };
      }
      var path = parts[1].replace(/\{(\w+)\}/g, function (_, name) { return encodeURIComponent(fields.get(name)); });
      call(form, parts[0], path, options);
    });
  });

  document.querySelectorAll("select[data-go]").forEach(function (select) {
    select.addEventListener("change", function () {
      var address = new URL(window.location.href);
      address.searchParams.set(select.name, select.value);
      window.location.assign(address.toString());
    });
  });

  /* What the app does, told below each other, the newest first. */
  var list = document.querySelector("[data-live]");
  var after = null;
  function watch() {
    if (document.hidden) { return; }
    fetch(list.dataset.live + "&after=" + (after === null ? 1e12 : after))
      .then(function (response) { return response.json(); })
      .then(function (body) {
        after = body.after;
        body.lines.forEach(function (line) {
          var item = document.createElement("li");
          item.className = line.tone;
          item.textContent = line.text;
          var wait = list.querySelector(".wait");
          if (wait) { wait.remove(); }
          list.prepend(item);
          while (list.children.length > 40) { list.lastElementChild.remove(); }
        });
      })
      .catch(function () { /* It comes back, or not: the next second tells. */ });
  }
  if (list) {
    watch();
    setInterval(watch, 1000);
  }
}());
