import { assertEquals } from "@std/assert";
import { LimitError, PacketError, TransportError } from "../../src/base/errors.ts";
import { Incidents } from "../../src/base/incidents.ts";
import { FakeClock } from "../support/fake_clock.ts";

interface Setup {
  readonly clock: FakeClock;
  /** Warnings. */
  readonly lines: string[];
  /** What is for those who look for a fault. */
  readonly quiet: string[];
  readonly incidents: Incidents;
}

function setup(): Setup {
  const clock = new FakeClock();
  const lines: string[] = [];
  const quiet: string[] = [];
  const incidents = new Incidents(clock, (line) => lines.push(line), (line) => quiet.push(line));
  return { clock, lines, quiet, incidents };
}

Deno.test("Incidents.count counts by name and cause, and says nothing", () => {
  const { lines, incidents } = setup();
  incidents.count("sessions_closed", "ping timeout");
  incidents.count("sessions_closed", "ping timeout");
  incidents.count("packets_dropped", "volatile");
  assertEquals(incidents.get("sessions_closed", "ping timeout"), 2);
  assertEquals(incidents.get("sessions_closed", "transport close"), 0);
  assertEquals([...incidents.counters], [
    { name: "sessions_closed", cause: "ping timeout", value: 2 },
    { name: "packets_dropped", cause: "volatile", value: 1 },
  ]);
  assertEquals(lines, []);
});

Deno.test("Incidents.counters look like their counts by name and cause, as JSON and in logs", () => {
  const { incidents } = setup();
  const { counters } = incidents;
  assertEquals([JSON.stringify(counters), Deno.inspect(counters)], ["{}", "{}"]);
  incidents.count("sessions_closed", "ping timeout");
  incidents.count("sessions_closed", "ping timeout");
  incidents.count("packets_dropped", "volatile");
  assertEquals(counters.toJSON(), {
    sessions_closed: { "ping timeout": 2 },
    packets_dropped: { volatile: 1 },
  });
  assertEquals(JSON.parse(JSON.stringify({ counters })), { counters: counters.toJSON() });
  assertEquals(Deno.inspect(counters), Deno.inspect(counters.toJSON()));
});

Deno.test("Incidents.report writes one line a minute for each cause, with how many had none", () => {
  const { clock, lines, incidents } = setup();
  const report = (cause: string): void =>
    incidents.report("requests_refused", cause, () => `at ${clock.now()}`);
  report("forbidden");
  report("forbidden");
  report("unknown-sid");
  clock.advance(59_999);
  report("forbidden");
  clock.advance(1);
  report("forbidden");
  report("forbidden");
  clock.advance(60_000);
  report("forbidden");
  assertEquals(lines.map((line) => line.replace(/at \d+(\.\d+)?/, "at")), [
    "Refused a request: forbidden: at",
    "Refused a request: unknown-sid: at",
    "Refused a request: forbidden: at (2 more since the last such line)",
    "Refused a request: forbidden: at (1 more since the last such line)",
  ]);
  assertEquals(incidents.get("requests_refused", "forbidden"), 6);
});

Deno.test("Incidents.note writes such lines for those who look for a fault", () => {
  const { clock, lines, quiet, incidents } = setup();
  const note = (): void => incidents.note("sessions_closed", "transport close", () => "x");
  for (let times = 0; times < 3; times++) note();
  clock.advance(60_000);
  note();
  assertEquals([incidents.get("sessions_closed", "transport close"), lines], [4, []]);
  assertEquals(quiet, [
    "Ended a session: transport close: x",
    "Ended a session: transport close: x (2 more since the last such line)",
  ]);
});

Deno.test("Incidents.report does not work out what it does not say", () => {
  const { incidents } = setup();
  let described = 0;
  for (let times = 0; times < 3; times++) {
    incidents.report("limits_exceeded", "maxNamespaces", () => String(++described));
  }
  assertEquals(described, 1);
});

Deno.test("Incidents.count in between is told with the next line", () => {
  const { clock, lines, incidents } = setup();
  incidents.count("sessions_closed", "parse error");
  incidents.report("sessions_closed", "parse error", () => "x");
  clock.advance(60_000);
  incidents.count("sessions_closed", "parse error");
  incidents.report("sessions_closed", "parse error", () => "x");
  assertEquals(lines, [
    "Ended a session: parse error: x (1 more since the last such line)",
    "Ended a session: parse error: x (1 more since the last such line)",
  ]);
});

Deno.test("Incidents.blame counts limits and packets that are none, and nothing that networks do", () => {
  const { lines, incidents } = setup();
  const full = { limit: "maxBufferedBytes" };
  for (
    const error of [
      new PacketError("Cannot decode: no"),
      new LimitError("maxAttachments", 1, 2),
      new TransportError("slow consumer", "websocket", full),
      new TransportError("reset", "websocket"),
      new Error("something else"),
      "text",
      undefined,
    ]
  ) incidents.blame(error);
  assertEquals([...incidents.counters].map(({ name, cause, value }) => [name, cause, value]), [
    ["packets_refused", "malformed", 1],
    ["packets_refused", "limit", 1],
    ["limits_exceeded", "maxAttachments", 1],
    ["limits_exceeded", "maxBufferedBytes", 1],
  ]);
  assertEquals(lines, [
    "Refused a packet: malformed: Cannot decode: no",
    "A limit was exceeded: maxAttachments: Cannot accept input: maxAttachments is 1, found 2",
    "A limit was exceeded: maxBufferedBytes: slow consumer",
  ]);
});
