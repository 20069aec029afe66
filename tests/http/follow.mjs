// Follows customerChanged by the clients that frontends use; prints one line for each thing that it hears.
import { createClient as overSockets } from "graphql-ws";
import { createClient as overEvents } from "graphql-sse";
import WebSocket from "ws";

const [base, token] = process.argv.slice(2);
const query = "subscription { customerChanged { topic customer { number } } }";
const authorization = { Authorization: `Bearer ${token}` };
const sockets = overSockets({ url: `${base.replace("http", "ws")}/graphql`, webSocketImpl: WebSocket, connectionParams: authorization, retryAttempts: 0 });
const events = overEvents({ url: `${base}/graphql`, headers: authorization, retryAttempts: 0 });

async function first(name, client) {
  for await (const told of client.iterate({ query })) {
    console.log(name, JSON.stringify(told));
    break;
  }
}

console.log("begun");
await Promise.all([first("graphql-ws", sockets), first("graphql-sse", events)]);
await sockets.dispose();
events.dispose();
