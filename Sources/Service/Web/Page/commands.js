"use strict";
// Commands go by POST with the token; without it the page only shows.

const commands = {
  token: "", areTaken: null, heard: () => {},

  /** The token comes in the link that the daemon prints (after #, which no server hears), or by hand; it is kept for this tab. */
  begin() {
    const given = new URLSearchParams(location.hash.slice(1)).get("token");
    try {
      if (given) sessionStorage.setItem("token", given);
      commands.token = given || sessionStorage.getItem("token") || "";
    } catch { commands.token = given || ""; }
    if (given) history.replaceState(null, "", location.pathname + location.search);
  },

  keep(token) {
    commands.token = token.trim();
    try { sessionStorage.setItem("token", commands.token); } catch { /* It is then asked for again. */ }
  },

  get areAllowed() { return commands.areTaken === true && commands.token.length > 0; },

  /** What the daemon has at a path, for those with the token; null when it is not to be had. */
  async fetch(path) {
    try {
      const response = await fetch(path, { headers: { Authorization: `Bearer ${commands.token}` } });
      return response.ok ? await response.json() : null;
    } catch { return null; }
  },

  /** Sends a request; returns the daemon's reply, or `{ok: false, error}` in its form. */
  async send(type, body = {}, robot = store.current) {
    const id = crypto.randomUUID ? crypto.randomUUID() : `${Date.now()}-${Math.random()}`;
    const headers = { Authorization: `Bearer ${commands.token}` };
    try {
      const response = await fetch("command", { method: "POST", headers, body: JSON.stringify({ v: 1, id, type, robot: robot || undefined, body }) });
      const text = await response.text();
      if (response.status === 401)
        return { ok: false, error: { code: "forbidden", message: "this token is not the daemon's; open the link that kmmd printed at its start" } };
      try { return JSON.parse(text); } catch { return { ok: false, error: { code: String(response.status), message: text.trim() } }; }
    } catch (error) {
      return { ok: false, error: { code: "no_answer", message: `the daemon does not answer (${error.message})` } };
    }
  },
};
