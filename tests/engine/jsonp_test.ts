/** Tests polling with scripts and forms: what is written as a script, and read from a form. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { fromForm, scriptIndex, toScript } from "../../src/engine/jsonp.ts";
import { FakeCall } from "../support/fake_call.ts";
import { askV3, connectV3, queryV3 } from "../support/engine_v3.ts";
import { InProcessEngine, settle, SlowBody } from "../support/in_process_engine.ts";

const SCRIPT = "text/javascript; charset=UTF-8";
const TEXT = "text/plain;charset=UTF-8";
const FORM = "application/x-www-form-urlencoded";
/** A page of the server's own host. */
const OWN = { "sec-fetch-site": "same-origin" };

/** What the callback of this index is given when the script runs. */
function runScript(script: string, index: number): unknown {
  const given: unknown[] = [];
  const callbacks: ((payload: unknown) => void)[] = [];
  callbacks[index] = (payload) => given.push(payload);
  // As a browser does with the answer.
  new Function("___eio", script)(callbacks);
  assertEquals(given.length, 1);
  return given[0];
}

/** The body of a form as engine.io-client 1.8 to 3.5 makes it of a payload. */
function formOf(payload: string): string {
  const escaped = payload.replace(/\\n/g, "\\\n").replace(/\n/g, "\\n");
  return `d=${encodeURIComponent(escaped)}`;
}

const anyText = fc.oneof(
  fc.string({ unit: "binary" }).map((text) => text.toWellFormed()),
  fc.array(
    fc.constantFrom("\\", "n", "\n", "\\n", "\\\\n", '"', "\u2028", "\u2029", "</script>", "é"),
  )
    .map((parts) => parts.join("")),
);

Deno.test("toScript gives any payload to the callback as it is", () => {
  fc.assert(
    fc.property(fc.oneof(anyText, fc.string({ unit: "binary" })), fc.nat(), (payload, index) => {
      const script = toScript(String(index % 1_000), payload);
      assertEquals(runScript(script, index % 1_000), payload);
      // Engines before ECMAScript 2019 end a literal there.
      assert(!/[\u2028\u2029\n\r]/.test(script));
    }),
  );
});

Deno.test("toScript is one call with one string", () => {
  assertEquals(toScript("0", "1:6"), '___eio[0]("1:6");');
  assertEquals(toScript("12", '3:4"\u2028\u2029'), '___eio[12]("3:4\\"\\u2028\\u2029");');
});

Deno.test("fromForm undoes what clients do to new lines, for any payload that can be told", () => {
  fc.assert(fc.property(anyText, (payload) => {
    // A backslash in front of a new line is written as `\n` is, which is the payload of JSON texts.
    const told = payload.replace(/\\\n/g, "\\n");
    assertEquals(fromForm(formOf(payload)), told);
  }));
});

Deno.test("fromForm takes the first field d, wherever it is, and makes nothing of the others", () => {
  assertEquals(fromForm("x=1&d=4a&d=4b&y"), "4a");
  assertEquals([fromForm(""), fromForm("x=1"), fromForm("ad=1&x=d=2"), fromForm("d")], [
    "",
    "",
    "",
    "",
  ]);
  assertEquals(fromForm(`${"&a".repeat(500_000)}&d=4a`), "4a");
});

Deno.test("fromForm gives JSON as it was, whatever is in it", () => {
  fc.assert(fc.property(fc.json(), (json) => assertEquals(fromForm(formOf(json)), json)));
});

Deno.test("fromForm reads new lines, escapes and percent signs", () => {
  const cases: readonly (readonly [body: string, payload: string])[] = [
    ["d=2%3A4a", "2:4a"],
    ["d=2:4a", "2:4a"],
    ["d=a%5Cnb", "a\nb"],
    ["d=a%5C%5Cnb", "a\\nb"],
    ["d=a%5C%5C%5Cnb", "a\\\\nb"],
    ["d=a+b%2Bc", "a b+c"],
    ["d=%C3%A9", "é"],
    ["d=%zz", "%zz"],
    ["x=1&d=2", "2"],
    ["d=1&d=2", "1"],
    ["", ""],
    ["d", ""],
    ["D=1", ""],
    ["{}", ""],
    ["__proto__=1", ""],
  ];
  for (const [body, payload] of cases) assertEquals(fromForm(body), payload, body);
});

Deno.test("fromForm takes a megabyte in linear time", () => {
  for (const unit of ["\\", "\\n", "\\\\n", "n", "%5C", "%5Cn", "&d=", "="]) {
    const start = performance.now();
    fromForm(`d=${unit.repeat(1_000_000 / unit.length)}`);
    assert(performance.now() - start < 2_000, unit);
  }
});

Deno.test("scriptIndex is digits alone, and few of them, whatever `j` says", () => {
  const cases: readonly (readonly [query: string, index: string | undefined])[] = [
    ["", undefined],
    ["J=1", undefined],
    ["j=0", "0"],
    ["j=12", "12"],
    ["j=", ""],
    ["j", ""],
    ["j=-1", "1"],
    ["j=1.5", "15"],
    ["j=abc", ""],
    ["j=0](alert(1));//", "01"],
    ["j=0%5D%3Balert(2)%0A", "02"],
    ["j=%D9%A3%EF%BC%93", ""],
    ["j=1&j=2", "2"],
    ["j=__proto__", ""],
    [`j=${"7".repeat(10_000)}`, "7".repeat(16)],
  ];
  for (const [query, index] of cases) {
    assertEquals(scriptIndex(new FakeCall(`/socket.io/?${query}`).request), index, query);
  }
});

Deno.test("A page polls with scripts: each answer is a call of the callback it asks for", async () => {
  const engine = new InProcessEngine({ allowEIO3: true });
  const opened = await askV3(engine, queryV3(undefined, "&b64=1&j=0"), { headers: OWN });
  assertEquals([opened.status, opened.type], [200, SCRIPT]);
  const payload = String(runScript(String(opened.body), 0));
  const [, length = "", open = ""] = /^(\d+):0(\{.*\})$/.exec(payload) ?? [];
  assertEquals([Number(length), JSON.parse(open).sid], [open.length + 1, engine.session().link.id]);
  const session = engine.session();
  session.send('a\u2028\n"é', new Uint8Array([7, 8]));
  const reply = await askV3(engine, queryV3(session, "&j=7"), { headers: OWN });
  assertEquals([reply.status, reply.type], [200, SCRIPT]);
  assertEquals(runScript(String(reply.body), 7), '6:4a\u2028\n"é6:b4Bwg=');
});

Deno.test("A page sends with forms: the payload is in `d`", async () => {
  const engine = new InProcessEngine({ allowEIO3: true });
  const session = await connectV3(engine, "&b64=1&j=0", { headers: OWN });
  const headers = { ...OWN, "content-type": FORM };
  const send = (body: string): Promise<unknown> =>
    askV3(engine, queryV3(session, "&j=0"), { method: "POST", body, headers });
  const ok = { status: 200, type: "text/html", body: "ok" };
  assertEquals(await send(formOf('14:42["a\\nb","é"]')), ok);
  assertEquals(await send(formOf("6:b4Bwg=4:4a\nb")), ok);
  assertEquals(await send(formOf("3:4Ã©")), ok);
  assertEquals(session.messages, ['2["a\\nb","é"]', new Uint8Array([7, 8]), "a\nb", "é"]);
  assertEquals(await send("x=2%3A4a"), { ...ok, status: 400, type: TEXT, body: "" });
  assertEquals(session.reason, "parse error");
});

Deno.test("A form may have maxPayloadBytes, as it is sent, and must end in time", async () => {
  const engine = new InProcessEngine({ allowEIO3: true, session: { maxPayloadBytes: 20 } });
  const session = await connectV3(engine, "&b64=1&j=0", { headers: OWN });
  const send = (body: BodyInit): Promise<{ status: number }> =>
    askV3(engine, queryV3(session, "&j=0"), { method: "POST", body, headers: OWN });
  assertEquals((await send("d=" + "2%3A4a".repeat(4))).status, 413);
  assertEquals([session.link.state, session.messages], ["open", []]);
  assertEquals((await send("d=" + "2%3A4a".repeat(3))).status, 200);
  assertEquals(session.messages, ["a", "a", "a"]);
  const body = new SlowBody().push("d=");
  const reply = send(body.stream);
  await settle();
  await engine.clock.advanceAsync(20_000);
  assertEquals([(await reply).status, body.cancelled], [408, true]);
});

Deno.test("A hostile `j` gets nothing but digits into the script", async () => {
  for (const j of ["0](alert(1));//", "alert(1)", "%0A%E2%80%A8", "__proto__", "<script>"]) {
    const engine = new InProcessEngine({ allowEIO3: true });
    const query = queryV3(undefined, `&b64=1&j=${j}`);
    const { body, type } = await askV3(engine, query, { headers: OWN });
    assertEquals([type, /^___eio\[\d*\]\("[^\n]*"\);$/.test(String(body))], [SCRIPT, true], j);
  }
});

Deno.test("`j` means nothing to a session of revision 4", async () => {
  for (const allowEIO3 of [true, false]) {
    const engine = new InProcessEngine({ allowEIO3 });
    const query = "EIO=4&transport=polling&j=0";
    const opened = await engine.ask(query, { headers: OWN });
    assertEquals([opened.type, opened.body.startsWith("0{")], ["text/plain; charset=UTF-8", true]);
    const session = engine.session();
    const posted = { method: "POST", body: "4d=2%3A4a", headers: OWN };
    await engine.ask(`${query}&sid=${session.link.id}`, posted);
    assertEquals(session.messages, ["d=2%3A4a"]);
  }
});

Deno.test("A refused script is told why as any other request is", async () => {
  const engine = new InProcessEngine({ allowEIO3: true });
  const { status, type, body } = await askV3(engine, queryV3(undefined, "&j=0&sid=x"), {
    headers: OWN,
  });
  assertEquals([status, type], [400, "application/json"]);
  assertEquals(body, '{"code":1,"message":"Session ID unknown"}');
});
