// The page around GraphiQL: signing in, the language, and the requests. The access token lives in this closure only; the
// refresh token lies in an HttpOnly cookie that no script can read.
(() => {
  "use strict";

  const TEXTS = {
    en: {
      username: "User",
      password: "Password",
      signIn: "Sign in",
      signOut: "Sign out",
      language: "Language",
      over: "The session is over. Sign in again.",
      offline: "The server does not answer.",
    },
    zh: {
      username: "用户名",
      password: "密码",
      signIn: "登录",
      signOut: "退出",
      language: "语言",
      over: "会话已结束，请重新登录。",
      offline: "服务器无响应。",
    },
  };

  const FIRST_QUERY = `# Sign in at the top, then press ▶ or Ctrl-Enter.
#
# Who you are decides what you see. In the demo, try
#   clerk.1000   the customers of East China
#   auditor      everybody's, bank accounts too
#   dealer.a     only themselves
# with the password that \`make run\` prints: demo
#
# 在上方登录后执行：不同用户看到的数据不同。

query FirstCustomers {
  viewer {
    user { displayName }
    roleAssignments { role { title } salesAreas }
  }
  customers(first: 5, filter: { search: "上海" }) {
    totalCount
    edges {
      node {
        number
        name
        customerType
        address { city }
        # Null where you may not see it; "masked" says so.
        bankAccounts { bankName holder }
        masked
        viewerCan
        salesAreaViews { salesArea { code } }
      }
    }
    pageInfo { hasNextPage endCursor }
  }
}
`;

  const SIGN_IN = `mutation SignIn($input: SignInInput!) {
    signIn(input: $input) { accessToken expiresAt user { displayName } userErrors { message } }
  }`;
  const REFRESH = `mutation Refresh {
    refreshSession(input: {}) { accessToken expiresAt userErrors { message } }
  }`;
  const SIGN_OUT = `mutation SignOut { signOut(input: {}) { userErrors { message } } }`;

  const $ = (selector) => document.querySelector(selector);
  const session = { token: null, name: sessionStorage.getItem("sdgraph:name"), timer: 0 };
  let language =
    localStorage.getItem("sdgraph:language") || (navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en");

  async function send(body, headers = {}, token = session.token) {
    const response = await fetch("/graphql", {
      method: "POST",
      credentials: "same-origin",
      headers: {
        Accept: "application/graphql-response+json, application/json",
        "Content-Type": "application/json",
        "Accept-Language": language,
        ...(token ? { Authorization: `Bearer ${token}` } : {}),
        ...headers,
      },
      body: JSON.stringify(body),
    });
    return response.json();
  }

  // Gives the payload of a mutation, or the reason why there is none.
  async function run(query, name, variables, token = session.token) {
    try {
      const answer = await send({ query, variables }, {}, token);
      const payload = answer.data?.[name];
      return { payload, problem: (answer.errors ?? payload?.userErrors)?.[0]?.message ?? "" };
    } catch {
      return { payload: null, problem: TEXTS[language].offline };
    }
  }

  function begin(payload) {
    session.token = payload.accessToken;
    session.name = payload.user?.displayName ?? session.name;
    sessionStorage.setItem("sdgraph:name", session.name);
    clearTimeout(session.timer);
    const left = new Date(payload.expiresAt) - Date.now();
    session.timer = setTimeout(refresh, Math.max(left * 0.8, 5000));
    show();
  }

  function end(notice = "") {
    session.token = session.name = null;
    sessionStorage.removeItem("sdgraph:name");
    clearTimeout(session.timer);
    show(notice);
  }

  async function refresh() {
    // Without the token: an expired one would be refused before the cookie is looked at.
    const { payload } = await run(REFRESH, "refreshSession", {}, null);
    if (payload?.accessToken) begin(payload);
    else end(TEXTS[language].over);
  }

  function show(notice = "") {
    const texts = TEXTS[language];
    document.documentElement.lang = language;
    $("#sign-in").hidden = session.token !== null;
    $("#signed-in").hidden = session.token === null;
    $("#who").textContent = session.name ?? "";
    $("#notice").textContent = notice;
    for (const field of ["username", "password"]) {
      $(`#${field}`).placeholder = texts[field];
      $(`#${field}`).setAttribute("aria-label", texts[field]);
    }
    $("#sign-in button").textContent = texts.signIn;
    $("#signed-in button").textContent = texts.signOut;
    $("#language span").textContent = texts.language;
    $("#language select").value = language;
  }

  $("#sign-in").addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = $("#sign-in button");
    button.disabled = true;
    const input = { username: $("#username").value, password: $("#password").value, useCookie: true };
    const { payload, problem } = await run(SIGN_IN, "signIn", { input });
    button.disabled = false;
    if (!payload?.accessToken) return show(problem);
    $("#password").value = "";
    begin(payload);
  });

  $("#signed-in").addEventListener("submit", async (event) => {
    event.preventDefault();
    await run(SIGN_OUT, "signOut");
    end();
  });

  $("#language select").addEventListener("change", (event) => {
    language = event.target.value;
    localStorage.setItem("sdgraph:language", language);
    show();
  });

  async function fetcher(parameters, options) {
    const answer = await send(parameters, options?.headers);
    if (answer.errors?.[0]?.extensions?.reason !== "TOKEN_EXPIRED") return answer;
    await refresh(); // the computer has slept past it
    return send(parameters, options?.headers);
  }

  show();
  if (session.name !== null) refresh(); // the page was loaded again while signed in

  ReactDOM.createRoot($("#graphiql")).render(
    React.createElement(GraphiQL, {
      fetcher,
      defaultQuery: FIRST_QUERY,
      defaultEditorToolsVisibility: false,
      shouldPersistHeaders: false,
    }),
  );
})();
