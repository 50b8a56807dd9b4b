// A webhook of a tenant on atlassian-connect-express: its own check of the token, one row in its own database, 204.
"use strict";

const fs = require("node:fs");
const ace = require("atlassian-connect-express");
const bodyParser = require("body-parser");
const express = require("express");
const { DataTypes } = require("sequelize");

const store = { adapter: "sequelize", dialect: "sqlite", storage: "peer.db", logging: false };
const port = Number(process.env.PORT);
const mode = { port, store, localBaseUrl: `http://127.0.0.1:${port}`, errorTemplate: false };
const descriptor = { key: "bench", baseUrl: mode.localBaseUrl, authentication: { type: "jwt" } };
fs.writeFileSync("atlassian-connect.json", JSON.stringify(descriptor));

const silent = { info() {}, warn: console.error, error: console.error, debug() {} };
const app = express();
const addon = ace(app, { config: { development: mode, production: mode } }, silent);
app.use(bodyParser.json());
app.use(addon.middleware());

const database = addon.settings.schema;
const Event = database.define("event", { issue: DataTypes.STRING, body: DataTypes.TEXT });

app.post("/webhooks/jira/issue_updated", addon.authenticate(), async (request, response, next) => {
  try {
    await Event.create({ issue: String(request.body.issue.id), body: JSON.stringify(request.body) });
    response.status(204).end();
  } catch (error) {
    next(error);
  }
});

(async () => {
  await database.query("PRAGMA journal_mode=WAL");
  await database.query("PRAGMA synchronous=FULL");
  await database.sync();
  const tenant = { clientKey: "bench", sharedSecret: process.env.SECRET, baseUrl: "https://site.example", key: "bench" };
  await addon.settings.set("clientInfo", tenant, "bench");
  app.listen(port, "127.0.0.1");
})();
