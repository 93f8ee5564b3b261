/** Tests of what admission remembers of users: as long as one of their connections is left. */
import { assertEquals } from "@std/assert";
import { Incidents } from "../../src/base/incidents.ts";
import { Admission, type Ticket } from "../../src/engine/admission.ts";
import { MAX_ALLOWANCES } from "../../src/engine/allowances.ts";
import { type EngineRequest, snapshotRequest } from "../../src/engine/handshake_info.ts";
import type { LimitRules } from "../../src/engine/limit_rules.ts";
import { settingsOf } from "../support/engine_settings.ts";
import { FakeClock } from "../support/fake_clock.ts";

const RULES: LimitRules = {
  rates: {
    handshakes: {},
    packets: {},
    bytes: {},
    events: { perUser: { rate: 1, burst: 1 } },
    joins: {},
  },
  connectionsPerAddress: Infinity,
  // Only the requests below are asked.
  userKey: (request) => (request as EngineRequest).headers["x-user"],
  disconnects: false,
};

/** Admits connections by their user. */
function admitting(): (user: string) => Ticket {
  const clock = new FakeClock();
  const admission = new Admission({
    limits: RULES,
    clock,
    incidents: new Incidents(clock, () => {}),
    errors: { handlerFailed: (error) => Promise.reject(error) },
  });
  const settings = settingsOf({});
  return (user) => {
    const request = snapshotRequest({
      url: "/socket.io/",
      method: "GET",
      headers: [["x-user", user]],
      remoteAddress: "192.0.2.1",
      secure: false,
      raw: undefined,
    });
    return admission.admit({ request, userRequest: request }, settings);
  };
}

/** Has a connection do what is limited; whether it may. */
function act({ account }: Ticket): boolean {
  return account?.charge("events", 1) === undefined;
}

Deno.test("Admission has room for new users however many have come and gone", () => {
  const admit = admitting();
  for (let user = 0; user <= MAX_ALLOWANCES; user++) admit(`user ${user}`).release();
  // Without room they would share one allowance.
  assertEquals([admit("a"), admit("b"), admit("a")].map(act), [true, true, false]);
});

Deno.test("Admission keeps what a user has as long as one of its connections is left", () => {
  const admit = admitting();
  const tickets = [admit("a"), admit("a"), admit("a")];
  const pass = (): void => {
    for (let user = 0; user < 50; user++) admit(`user ${user}`).release();
  };
  tickets[0]?.release();
  tickets[0]?.release();
  tickets[1]?.release();
  pass();
  const late = admit("a");
  assertEquals([...tickets.slice(2), late].map(act), [true, false]);
});
