import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { serialize } from "cookie";
import fc from "fast-check";
import {
  checkCookieOptions,
  type CookieOptions,
  resolveCookie,
  serializeCookie,
} from "../../src/engine/cookie.ts";

const DEFAULTS = { name: "io", path: "/", httpOnly: true, sameSite: "lax" };

/** What the reference makes of the option: the defaults below, then the package. */
function referenceText(value: string, options: object): string {
  const merged = { ...DEFAULTS, ...options };
  // The types of the package do not know `path: false`, which it leaves out.
  return serialize(merged.name, value, merged as Parameters<typeof serialize>[2]);
}

function text(value: string, option: true | CookieOptions): string {
  const cookie = resolveCookie(option);
  assert(cookie !== undefined);
  return serializeCookie(value, cookie);
}

/** Options as untyped users may write them. */
function resolveUnchecked(options: unknown): unknown {
  return resolveCookie(options as CookieOptions);
}

Deno.test("resolveCookie gives nothing when the option is false or not given", () => {
  assertStrictEquals(resolveCookie(false), undefined);
  assertStrictEquals(resolveCookie(undefined), undefined);
});

Deno.test("serializeCookie writes the reference's defaults for cookie: true", () => {
  const expected = "io=abc; Path=/; HttpOnly; SameSite=Lax";
  assertEquals(text("abc", true), expected);
  assertEquals(text("abc", {}), expected);
});

Deno.test("serializeCookie leaves out what is switched off", () => {
  assertEquals(text("abc", { path: false, httpOnly: false, sameSite: false }), "io=abc");
  assertEquals(text("abc", { path: "" }), "io=abc; HttpOnly; SameSite=Lax");
  assertEquals(text("abc", { domain: "", secure: false, partitioned: false }), text("abc", true));
});

Deno.test("serializeCookie takes an undefined member as not given", () => {
  const untouched = { name: undefined, path: undefined, httpOnly: undefined, sameSite: undefined };
  assertEquals(text("abc", untouched), text("abc", true));
});

Deno.test("serializeCookie writes every attribute in the package's order", () => {
  const options: CookieOptions = {
    name: "sid",
    domain: ".app.example",
    path: "/a b",
    expires: new Date(0),
    maxAge: 3600.9,
    secure: true,
    partitioned: true,
    priority: "high",
    sameSite: "none",
  };
  const expected = "sid=x%3By; Max-Age=3600; Domain=.app.example; Path=/a b; " +
    "Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Secure; Partitioned; Priority=High; " +
    "SameSite=None";
  assertEquals(text("x;y", options), expected);
});

Deno.test("serializeCookie does not follow later changes of the options", () => {
  const expires = new Date(0);
  const options = { path: "/a", expires };
  const cookie = resolveCookie(options);
  assert(cookie !== undefined);
  const before = serializeCookie("abc", cookie);
  options.path = "/b";
  expires.setTime(1e12);
  assertEquals(serializeCookie("abc", cookie), before);
});

Deno.test("resolveCookie refuses text that would end the name, an attribute or the line", () => {
  const injections = ["a;b", "a\r\nb", "a\nb", "a\u00e9", "a\u{1f36a}", "a\0", "a\x7f"];
  for (const injection of injections) {
    for (const member of ["name", "path", "domain"]) {
      assertThrows(
        () => resolveUnchecked({ [member]: injection }),
        TypeError,
        `Cannot use cookie options: cookie.${member} must be`,
      );
    }
  }
  for (const member of ["name", "domain"]) {
    assertThrows(() => resolveUnchecked({ [member]: "a b" }), TypeError, member);
  }
  for (const name of ["", "a=b", 'a"', "a,b", "a/b", "a@b", "a\t"]) {
    assertThrows(() => resolveCookie({ name }), TypeError, "cookie.name must be a token");
  }
});

Deno.test("resolveCookie refuses domains that are no host names", () => {
  const label = "a".repeat(63);
  for (const domain of ["a.example", ".a.example", "localhost", "10.0.0.1", `${label}.example`]) {
    assertEquals(checkCookieOptions({ domain }), []);
  }
  for (const domain of [".", "a.", "..a", "a..b", "-a", "a-", "a_b", `${label}a.b`, "a:80"]) {
    assertThrows(() => resolveCookie({ domain }), TypeError, "cookie.domain must be a host name");
  }
});

Deno.test("resolveCookie refuses values of a wrong kind", () => {
  const wrong: readonly object[] = [
    { name: 5 },
    { path: true },
    { path: null },
    { domain: null },
    { expires: "tomorrow" },
    { expires: new Date(Number.NaN) },
    { maxAge: "60" },
    { maxAge: Number.NaN },
    { maxAge: Number.POSITIVE_INFINITY },
    { maxAge: 1e21 },
    { sameSite: "laxx" },
    { sameSite: 1 },
    { priority: "urgent" },
    { priority: true },
    { httpOnly: "false" },
    { secure: 1 },
    { partitioned: null },
    { encode: "base64" },
  ];
  for (const options of wrong) {
    const [member] = Object.keys(options);
    assertThrows(() => resolveUnchecked(options), TypeError, `cookie.${member} must`);
  }
  for (const option of ["io", 1, null, [], () => {}]) {
    assertThrows(
      () => resolveUnchecked(option),
      TypeError,
      "cookie must be a boolean or an object",
    );
  }
});

Deno.test("resolveCookie names all faults in one error", () => {
  const error = assertThrows(
    () => resolveUnchecked({ name: "a b", path: "/;", maxAge: "1" }),
    TypeError,
  );
  for (const member of ["name", "path", "maxAge"]) {
    assert(error.message.includes(`cookie.${member}`), error.message);
  }
});

Deno.test("resolveCookie cuts what it quotes to 64 characters", () => {
  const error = assertThrows(() => resolveCookie({ name: ";".repeat(10_000) }), TypeError);
  assert(error.message.length < 300, error.message);
});

Deno.test("resolveCookie refuses an encode function that gives no cookie value", () => {
  for (const encoded of ["a b", "a;b", "a,b", 'a"', '"', "a\\", "a\u00e9", "a\r\n", 5, undefined]) {
    assertThrows(
      () => resolveUnchecked({ encode: () => encoded }),
      TypeError,
      "cookie.encode must give the value of a cookie",
    );
  }
  const onlyForIds = (value: string): string => /^[\w-]{22}$/.test(value) ? value : "; ";
  assert(resolveCookie({ encode: onlyForIds }) !== undefined);
  const failing = (): string => {
    throw new RangeError("no key");
  };
  assertThrows(() => resolveCookie({ encode: failing }), TypeError, "cookie.encode must take");
});

Deno.test("serializeCookie refuses a bad value that encode gives only later", () => {
  const cookie = resolveCookie({ encode: (value) => value });
  assert(cookie !== undefined);
  assertEquals(serializeCookie('"quoted"', cookie), 'io="quoted"; Path=/; HttpOnly; SameSite=Lax');
  assertThrows(
    () => serializeCookie("a; Domain=evil", cookie),
    TypeError,
    "Cannot serialize cookie",
  );
});

const options = fc.record({
  name: fc.stringMatching(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,12}$/),
  path: fc.oneof(fc.stringMatching(/^[\x20-\x3a\x3d-\x7e]{0,12}$/), fc.constant<false>(false)),
  domain: fc.oneof(fc.domain(), fc.constantFrom("", ".a.example", "localhost")),
  expires: fc.date({ noInvalidDate: true }),
  maxAge: fc.oneof(fc.integer(), fc.double({ min: -1e9, max: 1e9, noNaN: true })),
  httpOnly: fc.boolean(),
  secure: fc.boolean(),
  partitioned: fc.boolean(),
  priority: fc.constantFrom<"low" | "medium" | "high">("low", "medium", "high"),
  sameSite: fc.constantFrom<CookieOptions["sameSite"]>(true, false, "lax", "strict", "none"),
}, { requiredKeys: [] });

Deno.test("serializeCookie writes what the npm package cookie writes", () => {
  fc.assert(fc.property(options, fc.string({ unit: "grapheme" }), (given, value) => {
    assertEquals(text(value, given), referenceText(value, given));
  }));
});

Deno.test("resolveCookie accepts a text exactly when the npm package cookie does", () => {
  const member = fc.constantFrom("name", "domain", "path", "sameSite", "priority");
  const anything = fc.oneof(
    fc.string({ maxLength: 4 }),
    fc.string({ unit: "binary", maxLength: 4 }),
    fc.constantFrom("LAX", "Strict", "nONe", "Low", "MEDIUM", "High", "a.b", ".a", "a b", "\u212a"),
  );
  fc.assert(
    fc.property(member, anything, (name, value) => {
      // Empty texts mean "not given" to the package; of these two we want a right one.
      fc.pre(value !== "" || (name !== "sameSite" && name !== "priority"));
      let expected: string | undefined;
      try {
        expected = referenceText("abc", { [name]: value });
      } catch {
        expected = undefined;
      }
      if (expected === undefined) {
        assertThrows(() => resolveUnchecked({ [name]: value }), TypeError);
      } else assertEquals(text("abc", { [name]: value }), expected);
    }),
    { numRuns: 400 },
  );
});

Deno.test("serializeCookie accepts an encoded value exactly when the npm package cookie does", () => {
  const cookie = resolveCookie({ encode: (value) => value });
  assert(cookie !== undefined);
  const value = fc.oneof(
    fc.string({ maxLength: 4 }),
    fc.string({ unit: "binary", maxLength: 4 }),
    fc.string({ unit: fc.constantFrom('"', "a", ";", " "), maxLength: 4 }),
  );
  fc.assert(
    fc.property(value, (given) => {
      let expected: string | undefined;
      try {
        expected = referenceText(given, { encode: (raw: string) => raw });
      } catch {
        expected = undefined;
      }
      if (expected === undefined) assertThrows(() => serializeCookie(given, cookie), TypeError);
      else assertEquals(serializeCookie(given, cookie), expected);
    }),
    { numRuns: 400 },
  );
});
