// PostGraphile 5 as a good team runs it: only reads, no GraphiQL, answers built as text, and what the access token says
// handed to the policies of rls.sql, per request.
import jwt from "jsonwebtoken";
import { makePgService } from "postgraphile/adaptors/pg";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";

const { DATABASE_URL, POOL_SIZE, PORT, TOKEN_SECRET } = process.env;

/** The settings of one request; a token that does not hold gives an error, none at all gives no rows. */
function settingsOf(authorization) {
  if (!authorization?.startsWith("Bearer ")) return {};
  const claims = jwt.verify(authorization.slice("Bearer ".length), TOKEN_SECRET, { algorithms: ["HS256"] });
  return {
    "app.organizations": claims.organizations.join(","),
    "app.bank_accounts": claims.bankAccounts ? "on" : "off",
  };
}

// The pool is as large as that of sdgraph; statements with a name are prepared once per connection, which is the default.
export default {
  extends: [PostGraphileAmberPreset],
  disablePlugins: ["MutationPlugin", "SubscriptionPlugin", "PgProceduresPlugin"],
  schema: { defaultBehavior: "+list" },
  pgServices: [
    makePgService({
      connectionString: DATABASE_URL,
      schemas: ["public"],
      poolConfig: { min: Number(POOL_SIZE), max: Number(POOL_SIZE) },
    }),
  ],
  grafserv: { port: Number(PORT), host: "127.0.0.1", graphiql: false, websockets: false, watch: false, outputDataAsString: true },
  grafast: {
    explain: false,
    context: ({ node }) => ({ pgSettings: settingsOf(node?.req.headers.authorization) }),
  },
};
