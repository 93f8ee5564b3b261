/**
 * Compares the public classes with those that socket.io 4.8.4 declares, member by member: what is
 * missing, and whose arguments or results differ. Every difference is listed here, with its reason.
 */
import type * as reference from "socket.io";
import type * as ours from "../../src/runtime/node.ts";
import { compiles, type Equal, expectType } from "./expect.ts";

interface Incoming {
  hello: (name: string) => void;
  ask: (question: string, done: (answer: number) => void) => void;
}

interface Outgoing {
  text: (text: string) => void;
  message: (n: number) => void;
  ack: (text: string, done: (n: number, note: string) => void) => void;
}

interface Between {
  refresh: (room: string) => void;
  count: (room: string, done: (count: number) => void) => void;
}

interface Data {
  user: string;
}

type TheirServer = reference.Server<Incoming, Outgoing, Between, Data>;
type OurServer = ours.Server<Incoming, Outgoing, Between, Data>;
type TheirNamespace = reference.Namespace<Incoming, Outgoing, Between, Data>;
type OurNamespace = ours.Namespace<Incoming, Outgoing, Between, Data>;
type TheirSocket = reference.Socket<Incoming, Outgoing, Between, Data>;
type OurSocket = ours.Socket<Incoming, Outgoing, Between, Data>;
type TheirOperator = reference.BroadcastOperator<Outgoing, Data>;
type OurOperator = ours.BroadcastOperator<Outgoing, Data>;
type TheirRemote = reference.RemoteSocket<Outgoing, Data>;
type OurRemote = ours.RemoteSocket<Outgoing, Data>;

/** Public members that we do not have; those with an underscore are for the reference's own use. */
type Missing<Theirs, Ours> = Exclude<keyof Theirs, keyof Ours | symbol | `_${string}`>;

type Method = (...args: never[]) => unknown;

/** Methods of both whose arguments are not the very same. */
type OtherArguments<Theirs, Ours> = {
  [K in keyof Theirs & keyof Ours]: Theirs[K] extends (...args: infer A) => unknown
    ? Ours[K] extends (...args: infer B) => unknown ? Equal<A, B> extends true ? never : K : K
    : never;
}[keyof Theirs & keyof Ours];

/** Methods of both whose results are not the very same. */
type OtherResults<Theirs, Ours> = {
  [K in keyof Theirs & keyof Ours]: Theirs[K] extends (...args: never[]) => infer A
    ? Ours[K] extends (...args: never[]) => infer B ? Equal<A, B> extends true ? never : K : K
    : never;
}[keyof Theirs & keyof Ours];

/** Properties of both whose types are not the very same. */
type OtherProperties<Theirs, Ours> = {
  [K in keyof Theirs & keyof Ours]: Theirs[K] extends Method ? never
    : Equal<Theirs[K], Ours[K]> extends true ? never
    : K;
}[keyof Theirs & keyof Ours];

/** Methods with overloads, of which only the last one is compared; `misuse.ts` and others call them. */
type Overloaded = "path" | "connectTimeout" | "adapter" | "serveClient";

/** Methods that give the object itself, so one of our class. */
type GivesItself =
  | "use"
  | "on"
  | "once"
  | "off"
  | "addListener"
  | "prependListener"
  | "prependOnceListener"
  | "removeListener"
  | "removeAllListeners"
  | "setMaxListeners";

/** Methods that give an operator, of our class. */
type GivesOperator = "to" | "in" | "except" | "compress" | "timeout";

Deno.test("Server has every public member of the reference but its encoder", () => {
  expectType<Equal<Missing<TheirServer, OurServer>, "encoder">>();
});

Deno.test("Namespace, Socket, BroadcastOperator and RemoteSocket have every public member", () => {
  expectType<Equal<Missing<TheirNamespace, OurNamespace>, never>>();
  expectType<Equal<Missing<TheirSocket, OurSocket>, never>>();
  expectType<Equal<Missing<TheirOperator, OurOperator>, never>>();
  expectType<Equal<Missing<TheirRemote, OurRemote>, never>>();
});

Deno.test("Methods take what those of the reference take", () => {
  // A port may be a text, and what is refused takes anything.
  type Attaching = "listen" | "attach" | "attachApp" | "bind";
  expectType<
    Equal<
      OtherArguments<TheirServer, OurServer>,
      Overloaded | Attaching | "on" | "once" | "use" | "of" | "listeners"
    >
  >();
  expectType<
    Equal<OtherArguments<TheirNamespace, OurNamespace>, "on" | "once" | "use" | "listeners">
  >();
  expectType<Equal<OtherArguments<TheirSocket, OurSocket>, never>>();
  expectType<Equal<OtherArguments<TheirOperator, OurOperator>, never>>();
  expectType<Equal<OtherArguments<TheirRemote, OurRemote>, never>>();
});

Deno.test("Methods give what those of the reference give", () => {
  // Besides, `listeners` of a server gives functions that take our classes.
  type OfBoth = GivesItself | GivesOperator | "send" | "write" | "fetchSockets" | "listeners";
  // What is refused gives nothing.
  type Refused = "attachApp" | "bind";
  expectType<
    Equal<
      OtherResults<TheirServer, OurServer>,
      OfBoth | Overloaded | Refused | "listen" | "attach" | "of"
    >
  >();
  expectType<Equal<OtherResults<TheirNamespace, OurNamespace>, OfBoth>>();
  type CatchAll = "onAny" | "prependAny" | "offAny";
  type CatchAllOutgoing = "onAnyOutgoing" | "prependAnyOutgoing" | "offAnyOutgoing";
  expectType<
    Equal<
      OtherResults<TheirSocket, OurSocket>,
      GivesItself | GivesOperator | CatchAll | CatchAllOutgoing | "send" | "write" | "disconnect"
    >
  >();
  expectType<
    Equal<OtherResults<TheirOperator, OurOperator>, GivesOperator | "fetchSockets">
  >();
  expectType<Equal<OtherResults<TheirRemote, OurRemote>, "timeout" | "disconnect">>();
});

Deno.test("Properties have the types of the reference, but for those that hold our classes", () => {
  expectType<
    Equal<
      OtherProperties<TheirServer, OurServer>,
      "sockets" | "engine" | "httpServer" | "volatile" | "local"
    >
  >();
  expectType<
    Equal<
      OtherProperties<TheirNamespace, OurNamespace>,
      "sockets" | "adapter" | "server" | "volatile" | "local"
    >
  >();
  expectType<
    Equal<
      OtherProperties<TheirSocket, OurSocket>,
      "nsp" | "client" | "conn" | "handshake" | "broadcast" | "volatile" | "local"
    >
  >();
  expectType<Equal<OtherProperties<TheirOperator, OurOperator>, "volatile" | "local">>();
  expectType<Equal<OtherProperties<TheirRemote, OurRemote>, "handshake">>();
});

Deno.test("A handshake has the members of the reference; headers and query are never arrays", () => {
  type Theirs = TheirSocket["handshake"];
  type Ours = OurSocket["handshake"];
  expectType<Equal<keyof Ours, keyof Theirs>>();
  expectType<Equal<OtherProperties<Theirs, Ours>, "headers" | "query">>();
  // They may be handed to whatever takes those of the reference.
  const headers = (it: Ours): Theirs["headers"] => it.headers;
  const query = (it: Ours): Theirs["query"] => it.query;
  compiles(() => [headers, query]);
});

Deno.test("Options have the names of the reference, but for the engine of WebSockets", () => {
  expectType<Equal<Missing<reference.ServerOptions, ours.ServerOptions>, "wsEngine">>();
});

Deno.test("Options take less than in the reference where they are refused, and nowhere else", () => {
  type Theirs = Required<reference.ServerOptions>;
  type Ours = Required<ours.ServerOptions>;
  type Narrower = {
    [K in keyof Theirs & keyof Ours]: [Theirs[K]] extends [Ours[K]] ? never : K;
  }[keyof Theirs & keyof Ours];
  // Not delivered yet; an adapter is a function here, and there is no webtransport.
  type NotYet =
    | "serveClient"
    | "connectionStateRecovery"
    | "perMessageDeflate"
    | "httpCompression";
  expectType<Equal<Narrower, NotYet | "adapter" | "transports">>();
});

Deno.test("The reasons, the event and the errors of middlewares are those of the reference", () => {
  expectType<Equal<ours.DisconnectReason, reference.DisconnectReason>>();
  expectType<Equal<ours.DefaultEventsMap[string], reference.DefaultEventsMap[string]>>();
  expectType<Equal<[...ours.Event], [...reference.Event]>>();
  expectType<Equal<ours.ExtendedError["data"], reference.ExtendedError["data"]>>();
  expectType<Equal<keyof ours.ExtendedError, keyof reference.ExtendedError>>();
});
