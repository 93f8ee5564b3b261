import {
  assert,
  assertEquals,
  assertFalse,
  assertStrictEquals,
  assertThrows,
  fail,
} from "@std/assert";
import referenceCors from "cors";
import fc from "fast-check";
import {
  type CorsOptions,
  type CorsOptionsDelegate,
  type CorsOutcome,
  CorsPolicy,
} from "../../src/engine/cors.ts";
import type { EngineRequest, RequestHead } from "../../src/engine/handshake_info.ts";
import { snapshotOf } from "../support/web_request.ts";

const HOST = "chat.example";
const OWN = `http://${HOST}`;
const FRIEND = "https://friend.example";
const FOREIGN = "https://foreign.example";

function request(origin?: string, init: RequestInit = {}): EngineRequest {
  const headers = new Headers(init.headers);
  headers.set("host", HOST);
  if (origin !== undefined) headers.set("origin", origin);
  return snapshotOf(new Request(`${OWN}/socket.io/`, { ...init, headers }));
}

/** A policy and what its users' functions were blamed for. */
function policyOf(
  options: CorsOptions | CorsOptionsDelegate | true,
): { readonly policy: CorsPolicy; readonly faults: readonly Error[] } {
  const faults: Error[] = [];
  return { policy: new CorsPolicy(options, (error) => void faults.push(error)), faults };
}

/** Options as untyped users may write them. */
function unchecked(options: unknown): CorsPolicy {
  return new CorsPolicy(options as CorsOptions, () => {});
}

/** Waits for nothing: the answer must be there. */
function applyNow(policy: CorsPolicy, to: EngineRequest): CorsOutcome {
  const outcome = policy.apply(to);
  if (outcome instanceof Promise) fail("Expected a synchronous outcome");
  return outcome;
}

function allowsNow(options: CorsOptions | CorsOptionsDelegate | true, origin?: string): boolean {
  const allowed = policyOf(options).policy.allowsWebSocket(request(origin));
  if (allowed instanceof Promise) fail("Expected a synchronous answer");
  return allowed;
}

// --- against the npm package ---

interface Seen {
  readonly headers: Readonly<Record<string, string>>;
  readonly status: number | undefined;
  readonly error: unknown;
}

/** Runs the package's middleware over a fake request and response. */
function reference(options: unknown, { method, headers }: EngineRequest): Seen {
  const set = new Map<string, string>();
  let seen: Omit<Seen, "headers"> | undefined;
  const response = {
    statusCode: 0,
    getHeader: (name: string) => set.get(name.toLowerCase()),
    setHeader: (name: string, value: string) => void set.set(name.toLowerCase(), `${value}`),
    end: () => void (seen = { status: response.statusCode, error: undefined }),
  };
  // Wrong options are among the cases: the package is to say what it makes of them.
  const given = options as Parameters<typeof referenceCors>[0];
  referenceCors(given)({ method, headers }, response, (error: unknown) => {
    seen = { status: undefined, error: error || undefined };
  });
  assert(seen !== undefined);
  if (seen.status !== undefined) assertEquals(set.get("content-length"), "0");
  set.delete("content-length");
  return { ...seen, headers: Object.fromEntries([...set].toSorted()) };
}

function ours(options: unknown, to: EngineRequest): Seen {
  const { headers, preflight, error } = applyNow(unchecked(options), to);
  const pairs = headers.map(([name, value]) => [name.toLowerCase(), value] as const);
  assertEquals(new Set(pairs.map(([name]) => name)).size, pairs.length, "Each header comes once");
  return {
    headers: Object.fromEntries(pairs.toSorted(([a], [b]) => (a < b ? -1 : 1))),
    status: preflight?.status,
    error,
  };
}

/** Makes options anew for each side, as the package's regular expressions keep a state. */
type Recipe<T = unknown> = () => T;

const refused = new Error("not this one");
const origins = [OWN, FRIEND, FOREIGN, "null", "https://FRIEND.example", ""];
const member: fc.Arbitrary<Recipe> = fc.oneof(
  fc.constantFrom(...origins, true, false).map((value) => () => value),
  fc.constantFrom(["friend"], ["\\.EXAMPLE$", "i"], [".", "g"], ["^https", "y"], ["undefined"], [
    "",
  ]).map(([source = "", flags]) => () => new RegExp(source, flags)),
);
const fixedOrigin: fc.Arbitrary<Recipe> = fc.oneof(
  fc.constantFrom("*", undefined).map((value) => () => value),
  member,
  fc.array(member, { maxLength: 3 }).map((members) => () => members.map((make) => make())),
);
const anyOrigin: fc.Arbitrary<Recipe> = fc.oneof(
  fixedOrigin,
  fixedOrigin.map((make) => () => (_: unknown, callback: (e: null, o: unknown) => void) =>
    callback(null, make())
  ),
  fc.constant(() => (_: unknown, callback: (error: Error) => void) => callback(refused)),
);
const list = fc.oneof(
  fc.constantFrom("", "GET", "X-One, X-Two"),
  fc.array(fc.constantFrom("POST", "X-One", "x-two"), { maxLength: 3 }),
).map((value) => () => value);

const anyOptions: fc.Arbitrary<Recipe> = fc.record({
  origin: anyOrigin,
  methods: list,
  allowedHeaders: list,
  exposedHeaders: list,
  credentials: fc.boolean().map((value) => () => value),
  maxAge: fc.constantFrom(-1, 0, 600).map((value) => () => value),
  preflightContinue: fc.boolean().map((value) => () => value),
  optionsSuccessStatus: fc.constantFrom(200, 204).map((value) => () => value),
}, { requiredKeys: [] }).map((recipes) => () => {
  const made = Object.entries(recipes).map(([name, make]) => [name, make()]);
  return Object.fromEntries(made);
});

/** The option `cors`: options, or a delegate that gives them, or an error. */
const anyCors: fc.Arbitrary<Recipe> = fc.oneof(
  { arbitrary: anyOptions, weight: 4 },
  {
    arbitrary: anyOptions.map(
      (make) => () => (_: unknown, callback: (e: null, o: unknown) => void) =>
        callback(null, make()),
    ),
    weight: 1,
  },
  {
    arbitrary: fc.constant(() => (_: unknown, callback: (error: Error) => void) =>
      callback(refused)
    ),
    weight: 1,
  },
);

const anyRequest = fc.record({
  method: fc.constantFrom("OPTIONS", "GET", "POST", "DELETE"),
  origin: fc.constantFrom(undefined, ...origins),
  asked: fc.constantFrom(undefined, "", "x-one, x-two"),
}).map(({ method, origin, asked }) =>
  request(origin, {
    method,
    headers: asked === undefined ? {} : { "access-control-request-headers": asked },
  })
);

Deno.test("CorsPolicy answers as the npm package cors does", () => {
  fc.assert(
    fc.property(anyCors, anyRequest, (make, to) => {
      assertEquals(ours(make(), to), reference(make(), to));
    }),
    { numRuns: 3000 },
  );
});

// --- what a page sees ---

Deno.test("CorsPolicy allows any origin by default, and with true in place of options", () => {
  for (const options of [{}, true] as const) {
    const { headers, preflight } = applyNow(policyOf(options).policy, request(FOREIGN));
    assertEquals(headers, [["Access-Control-Allow-Origin", "*"]]);
    assertStrictEquals(preflight, undefined);
  }
});

Deno.test("CorsPolicy answers a preflight request with 204 and all that a browser asks for", () => {
  const { policy } = policyOf({ origin: FRIEND, credentials: true, maxAge: 60 });
  const asked = { "access-control-request-headers": "x-token" };
  const { headers, preflight } = applyNow(
    policy,
    request(FRIEND, { method: "OPTIONS", headers: asked }),
  );
  assertEquals(preflight, { status: 204 });
  assertEquals(Object.fromEntries(headers), {
    "Access-Control-Allow-Origin": FRIEND,
    "Access-Control-Allow-Credentials": "true",
    "Access-Control-Allow-Methods": "GET,HEAD,PUT,PATCH,POST,DELETE",
    "Access-Control-Allow-Headers": "x-token",
    "Access-Control-Max-Age": "60",
    "Vary": "Origin, Access-Control-Request-Headers",
  });
});

Deno.test("CorsPolicy sets no header when origin is an undefined variable", () => {
  const { policy } = policyOf({ origin: undefined });
  for (const method of ["GET", "OPTIONS"]) {
    assertEquals(applyNow(policy, request(FOREIGN, { method })), { headers: [] });
  }
});

Deno.test("CorsPolicy ignores inherited options, as the package does", () => {
  const options: CorsOptions = Object.create({ origin: FRIEND, credentials: true });
  const { headers } = applyNow(policyOf(options).policy, request(FRIEND));
  assertEquals(headers, [["Access-Control-Allow-Origin", "*"]]);
});

Deno.test("CorsPolicy does not follow later changes of the options", () => {
  const origin = [FRIEND];
  const options = { origin, credentials: false };
  const { policy } = policyOf(options);
  origin.push(FOREIGN);
  options.credentials = true;
  assertEquals(applyNow(policy, request(FOREIGN)).headers, [["Vary", "Origin"]]);
});

Deno.test("CorsPolicy gives the same answer each time for a RegExp with the g or y flag", () => {
  for (const flags of ["g", "y", "gy", "i"]) {
    const pattern = new RegExp("https://friend", flags);
    const { policy } = policyOf({ origin: [pattern] });
    for (let time = 0; time < 5; time++) {
      const [first] = applyNow(policy, request(FRIEND)).headers;
      assertEquals(first, ["Access-Control-Allow-Origin", FRIEND]);
      assertStrictEquals(policy.allowsWebSocket(request(FRIEND)), true);
      assertStrictEquals(policy.allowsWebSocket(request(FOREIGN)), false);
    }
    assertEquals(pattern.lastIndex, 0);
  }
});

// --- users' functions ---

Deno.test("CorsPolicy takes what an origin function returns, or resolves with", async () => {
  const sync = policyOf({ origin: (origin) => origin === FRIEND });
  assertEquals(applyNow(sync.policy, request(FRIEND)).headers[0]?.[1], FRIEND);
  assertEquals(applyNow(sync.policy, request(FOREIGN)), { headers: [] });
  const later = policyOf({ origin: (origin) => Promise.resolve(origin === FRIEND && [FRIEND]) });
  assertEquals((await later.policy.apply(request(FRIEND))).headers[0]?.[1], FRIEND);
  assertEquals(await later.policy.apply(request(FOREIGN)), { headers: [] });
  assertEquals([...sync.faults, ...later.faults], []);
});

Deno.test("CorsPolicy waits for the callback of a function that declares it", async () => {
  let answer: (() => void) | undefined;
  const { policy } = policyOf({
    // Async functions resolve before their callback is called: that is no answer.
    // deno-lint-ignore require-await -- what it does not wait for is the point
    origin: async (_, callback) => {
      answer = () => callback(null, true);
    },
  });
  let outcome: CorsOutcome | undefined;
  const applied = Promise.resolve(policy.apply(request(FRIEND))).then((it) => outcome = it);
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  assertStrictEquals(outcome, undefined);
  answer?.();
  assertEquals((await applied).headers[0]?.[1], FRIEND);
});

Deno.test("CorsPolicy ignores what a function with a callback returns", () => {
  const { policy } = policyOf({
    origin: (_, callback) => {
      callback(null, false);
      return true;
    },
  });
  assertEquals(applyNow(policy, request(FRIEND)), { headers: [] });
});

Deno.test("CorsPolicy lets the first of several answers count", () => {
  const { policy, faults } = policyOf({
    origin: (_, callback) => {
      callback(null, FRIEND);
      callback(null, "*");
      callback(new Error("late"));
    },
  });
  assertEquals(applyNow(policy, request(FOREIGN)).headers[0]?.[1], FRIEND);
  assertEquals(faults, []);
});

Deno.test("CorsPolicy refuses, without blame, when a function hands over an error", () => {
  const { policy, faults } = policyOf({ origin: (_, callback) => callback(refused) });
  const outcome = applyNow(policy, request(FRIEND));
  assertStrictEquals(outcome.error, refused);
  assertEquals(outcome.headers, []);
  assertStrictEquals(policy.allowsWebSocket(request(FRIEND)), false);
  assertEquals(faults, []);
});

Deno.test("CorsPolicy refuses and reports once when a function throws or rejects", async () => {
  const broken = new RangeError("broken");
  const broke = (): never => {
    throw broken;
  };
  const failing: readonly (CorsOptions | CorsOptionsDelegate)[] = [
    { origin: broke },
    { origin: (_origin, _callback) => broke() },
    { origin: () => Promise.reject(broken) },
    { origin: (_origin, _callback) => Promise.reject(broken) },
    broke,
    (_request, _callback) => broke(),
    () => Promise.reject(broken),
    () => ({ origin: broke }),
  ];
  for (const options of failing) {
    const { policy, faults } = policyOf(options);
    const outcome = await policy.apply(request(FRIEND));
    assertStrictEquals(outcome.error, broken);
    assertEquals(outcome.headers, []);
    assertEquals(faults, [broken]);
    assertStrictEquals(await policy.allowsWebSocket(request(FRIEND)), false);
    assertEquals(faults, [broken, broken]);
  }
});

Deno.test("CorsPolicy keeps an answer and reports the failure that follows it", async () => {
  const broken = new Error("broken");
  const failing: readonly CorsOptions[] = [
    {
      origin: (_, callback) => {
        callback(null, true);
        throw broken;
      },
    },
    {
      origin: (_, callback) => {
        callback(null, true);
        return Promise.reject(broken);
      },
    },
  ];
  for (const options of failing) {
    const { policy, faults } = policyOf(options);
    assertEquals(applyNow(policy, request(FRIEND)).headers[0]?.[1], FRIEND);
    await Promise.resolve();
    await Promise.resolve();
    assertEquals(faults, [broken]);
  }
});

Deno.test("CorsPolicy gives an Error also for what is thrown and is none", () => {
  for (const thrown of [undefined, null, "text", Object.create(null)]) {
    const { policy, faults } = policyOf(() => {
      throw thrown;
    });
    const { error } = applyNow(policy, request());
    assert(error instanceof Error);
    assertStrictEquals(error.cause, thrown);
    assertEquals(faults.length, 1);
  }
});

Deno.test("CorsPolicy refuses and reports an answer of a wrong kind", () => {
  const answers = [1, {}, Promise.resolve(true), () => true, "a\r\nSet-Cookie: b", [5], "*.a.b"];
  for (const answer of answers) {
    // Bypasses the types on purpose, as untyped users may.
    const origin = (_: unknown, callback: (e: null, o: never) => void): void =>
      callback(null, answer as never);
    const { policy, faults } = policyOf({ origin });
    assert(applyNow(policy, request(FRIEND)).error instanceof TypeError);
    assertEquals(faults.length, 1);
    assertStrictEquals(policy.allowsWebSocket(request(FRIEND)), false);
  }
});

Deno.test("CorsPolicy refuses and reports when a delegate gives wrong options or none", async () => {
  for (const options of [undefined, null, false, true, 5, { maxAge: "1" }, () => ({})]) {
    const delegates = [
      () => options,
      () => Promise.resolve(options),
      (_: unknown, callback: (e: null, o: unknown) => void): void => callback(null, options),
    ];
    for (const delegate of delegates) {
      const { policy, faults } = policyOf(delegate as CorsOptionsDelegate);
      const { error } = await policy.apply(request(FRIEND));
      assert(error instanceof TypeError && error.message.startsWith("Cannot use CORS options"));
      assertEquals(faults, [error]);
    }
  }
});

Deno.test("CorsPolicy gives the request to a delegate", () => {
  const seen: RequestHead[] = [];
  const { policy } = policyOf((from) => {
    seen.push(from);
    return { origin: from.url === "/socket.io/" && FRIEND };
  });
  const to = request(FRIEND);
  assertEquals(applyNow(policy, to).headers[0]?.[1], FRIEND);
  assertEquals(seen.length, 1);
  assertStrictEquals(seen[0], to);
});

// --- WebSocket upgrades ---

Deno.test("CorsPolicy allows WebSockets of every origin when none is listed", () => {
  for (
    const options of [true, {}, ...["*", true, false, "", undefined].map((o) => ({ origin: o }))]
  ) {
    for (const origin of [undefined, OWN, FOREIGN, "null", ""]) {
      assert(allowsNow(options as CorsOptions, origin), JSON.stringify(options));
    }
  }
});

Deno.test("CorsPolicy refuses WebSockets of origins that are not listed", () => {
  const listed: readonly (CorsOptions | CorsOptionsDelegate)[] = [
    { origin: FRIEND },
    { origin: /^https:\/\/friend\.example$/ },
    { origin: [/nobody/, FRIEND] },
    { origin: (origin) => origin === FRIEND },
    { origin: (_, callback) => callback(null, FRIEND) },
    { origin: (origin) => origin === FRIEND && "*" },
    () => ({ origin: FRIEND }),
    (_, callback) => callback(null, { origin: [FRIEND] }),
  ];
  for (const options of listed) {
    assert(allowsNow(options, FRIEND));
    for (const origin of [FOREIGN, `${FRIEND}.evil.example`, `${FRIEND}, ${FRIEND}`, "null", ""]) {
      assertFalse(allowsNow(options, origin), origin);
    }
  }
});

Deno.test("CorsPolicy allows WebSockets of any origin when the list says true or *", () => {
  for (const origin of [[true], () => true, () => "*"] as const) {
    assert(allowsNow({ origin } as CorsOptions, FOREIGN));
  }
});

Deno.test("CorsPolicy allows WebSockets without Origin and of the same host, asking nobody", () => {
  let asked = 0;
  const policies = [{ origin: FRIEND }, { origin: [] }, { origin: () => (asked += 1) < 0 }];
  const own = [undefined, OWN, `https://${HOST}`, "HTTP://Chat.EXAMPLE"];
  for (const options of policies) {
    for (const origin of own) assert(allowsNow(options, origin), origin);
  }
  assertEquals(asked, 0);
});

Deno.test("CorsPolicy compares host and port with the Host header", () => {
  const { policy } = policyOf({ origin: [] });
  const cases: readonly (readonly [origin: string, host: string, same: boolean])[] = [
    ["http://a.example:3000", "A.example:3000", true],
    ["http://a.example", "a.example:80", true],
    ["https://a.example", "a.example:443", true],
    ["http://[::1]:3000", "[::1]:3000", true],
    ["http://a.example:3000", "a.example", false],
    ["http://a.example", "a.example:443", false],
    ["http://a.example.evil", "a.example", false],
    ["http://evil", "", false],
    ["http://", "", false],
    ["file://", "", false],
    ["null", "null", false],
    ["app://a.example", "a.example", false],
    ["a.example", "a.example", false],
  ];
  for (const [origin, host, same] of cases) {
    const headers = { origin, host };
    const to = snapshotOf(new Request(OWN, { headers }));
    assertStrictEquals(policy.allowsWebSocket(to), same, `${origin} to ${host}`);
  }
  const hostless = new Request(OWN, { headers: { origin: OWN } });
  assertFalse(policy.allowsWebSocket(snapshotOf(hostless)));
});

Deno.test("CorsPolicy allows a WebSocket when an async function does", async () => {
  const { policy } = policyOf({ origin: (origin) => Promise.resolve(origin === FRIEND) });
  assert(await policy.allowsWebSocket(request(FRIEND)));
  assertFalse(await policy.allowsWebSocket(request(FOREIGN)));
});

// --- checks ---

Deno.test("CorsPolicy refuses options of a wrong kind", () => {
  const wrong: readonly (readonly [options: unknown, message: string])[] = [
    [{ origin: 5 }, "cors.origin must be a boolean, a string or a RegExp, found 5"],
    [{ origin: null }, "cors.origin must be a boolean"],
    [{ origin: ["a", {}] }, "cors.origin[1] must be a boolean"],
    [{ origin: [[FRIEND]] }, "cors.origin[0] must be a boolean"],
    [{ origin: "a\r\nb" }, "cors.origin must be printable ASCII"],
    [{ origin: ["*"] }, "cors.origin[0] must be one whole origin"],
    [{ origin: "https://*.example" }, "cors.origin must be one whole origin"],
    [{ origin: "https://a.example/" }, "cors.origin must end after the host and port"],
    [{ origin: ["https://a.example/b"] }, "cors.origin[0] must end after"],
    [{ methods: 5 }, "cors.methods must be a string or a list of strings"],
    [{ methods: ["GET", null] }, "cors.methods must be"],
    [{ allowedHeaders: "x\n" }, "cors.allowedHeaders must be"],
    [{ allowedHeaders: null }, "cors.allowedHeaders must be"],
    [{ exposedHeaders: ["\u00e9"] }, "cors.exposedHeaders must be"],
    [{ credentials: "true" }, "cors.credentials must be a boolean"],
    [{ maxAge: "600" }, "cors.maxAge must be a whole number of seconds"],
    [{ maxAge: 1.5 }, "cors.maxAge must be"],
    [{ maxAge: -2 }, "cors.maxAge must be"],
    [{ maxAge: Number.POSITIVE_INFINITY }, "cors.maxAge must be"],
    [{ preflightContinue: 1 }, "cors.preflightContinue must be a boolean"],
    [{ optionsSuccessStatus: 404 }, "cors.optionsSuccessStatus must be an integer of 200–299"],
    [{ optionsSuccessStatus: 200.5 }, "cors.optionsSuccessStatus must be"],
    [{ origins: "*" }, "cors.origins is not an option, cors.origin is"],
    [{ headers: "x" }, "cors.headers is not an option, cors.allowedHeaders is"],
    [{ allow_headers: "x" }, "cors.allow_headers is not an option, cors.allowedHeaders is"],
    [{ maxage: 5 }, "cors.maxage is not an option, cors.maxAge is"],
    [undefined, "cors must be an object, found undefined"],
    [false, "cors must be an object, found false"],
    ["*", "cors must be an object"],
    [[], 'cors must be a boolean, "*", an object or a function'],
    [null, 'cors must be a boolean, "*", an object or a function'],
  ];
  for (const [options, message] of wrong) {
    assertThrows(() => unchecked(options), TypeError, message);
  }
});

Deno.test("CorsPolicy names all faults in one error", () => {
  const error = assertThrows(
    () => unchecked({ origin: 5, maxAge: "1", credentials: "no", header: "y", methods: [1] }),
    TypeError,
  );
  for (const member of ["origin", "maxAge", "credentials", "methods"]) {
    assert(error.message.includes(`cors.${member} must`), error.message);
  }
});

Deno.test("CorsPolicy takes every documented form of the options", () => {
  const right: readonly CorsOptions[] = [
    { origin: "capacitor://localhost" },
    { origin: "chrome-extension://abcdef" },
    { origin: "file://" },
    { origin: [true, "null", /x/] },
    { methods: ["GET"], allowedHeaders: [], exposedHeaders: "x", maxAge: 0 },
    { methods: undefined, maxAge: undefined, optionsSuccessStatus: undefined },
  ];
  for (const options of right) policyOf(options);
  // An option of something else put here by mistake is the server's to tell.
  unchecked({ transports: ["websocket"] });
});
