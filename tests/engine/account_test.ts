/** Tests of what one connection is charged for, and of whom it holds. */
import { assertEquals } from "@std/assert";
import { Incidents } from "../../src/base/incidents.ts";
import { Account, type AccountParts } from "../../src/engine/account.ts";
import { Ticket } from "../../src/engine/admission.ts";
import { Allowance } from "../../src/engine/allowances.ts";
import type { LimitRates, LimitRules } from "../../src/engine/limit_rules.ts";
import { FakeClock } from "../support/fake_clock.ts";

const RATE = { rate: 1, burst: 2 };

function rulesOf(events: LimitRates): LimitRules {
  const rates = { handshakes: {}, packets: {}, bytes: {}, events, joins: {} };
  return { rates, connectionsPerAddress: Infinity, userKey: undefined, disconnects: false };
}

/** An account, with its clock and the lines that were told of it. */
function open(
  events: LimitRates,
  parts: Partial<AccountParts> = {},
): { readonly account: Account; readonly clock: FakeClock; readonly lines: string[] } {
  const clock = new FakeClock();
  const lines: string[] = [];
  const account = new Account({
    rules: rulesOf(events),
    clock,
    incidents: new Incidents(clock, (line) => lines.push(line)),
    who: () => "somebody",
    address: undefined,
    user: undefined,
    findUser: () => undefined,
    ...parts,
  });
  return { account, clock, lines };
}

Deno.test("Account charges its own limit, and tells what it is above from time to time", () => {
  const { account, clock, lines } = open({ perSocket: RATE });
  assertEquals([account.charge("events", 1), account.charge("events", 1)], [undefined, undefined]);
  const excess = { limit: "events", retryAfterMs: 1_000, disconnects: false } as const;
  assertEquals(account.charge("events", 1), { ...excess, isTold: true });
  assertEquals(account.charge("events", 1), { ...excess, isTold: false });
  clock.advance(999);
  assertEquals(account.charge("events", 1)?.isTold, false);
  clock.advance(1);
  assertEquals(account.charge("events", 1), undefined);
  assertEquals(account.charge("events", 1)?.isTold, true);
  assertEquals(lines, ["A limit was exceeded: limits.events: somebody is not listened to"]);
});

Deno.test("Account charges nothing without a limit", () => {
  const { account } = open({});
  for (let count = 0; count < 1_000; count++) assertEquals(account.charge("events", 9), undefined);
});

Deno.test("Account charges the user of its handshake from the first packet on", () => {
  const user = new Allowance();
  const { account } = open({ perUser: RATE }, { user });
  assertEquals(user.holders, 1);
  account.charge("events", 2);
  assertEquals(account.charge("events", 1)?.limit, "events");
});

Deno.test("Account charges nobody when one of the allowances is used up", () => {
  const address = new Allowance();
  const user = new Allowance();
  const { account, clock } = open({ perSocket: RATE, perAddress: RATE, perUser: RATE }, {
    address,
    user,
  });
  user.bucket("events", RATE, clock.now()).take(2, clock.now());
  for (let count = 0; count < 5; count++) account.charge("events", 1);
  assertEquals(address.bucket("events", RATE, clock.now()).isFull(clock.now()), true);
  clock.advance(2_000);
  assertEquals(account.charge("events", 2), undefined);
});

Deno.test("Account keeps the first user that is found, and lets go of it once", () => {
  const users = [undefined, new Allowance(), new Allowance()];
  const asked: unknown[] = [];
  const { account } = open({ perUser: RATE }, {
    findUser: (socket) => {
      asked.push(socket);
      return users[asked.length - 1];
    },
  });
  for (const socket of ["a", "b", "c"]) account.identify(socket);
  assertEquals(asked, ["a", "b"]);
  assertEquals([users[1]?.holders, users[2]?.holders], [1, 0]);
  account.close();
  account.close();
  assertEquals(users[1]?.holders, 0);
});

Deno.test("Account finds nobody any more once its connection is over", () => {
  const user = new Allowance();
  const { account } = open({ perUser: RATE }, { findUser: () => user });
  account.close();
  account.identify("late");
  assertEquals(user.holders, 0);
});

Deno.test("Account holds no user when its connection ends while the user is asked for", () => {
  const user = new Allowance();
  const { account } = open({ perUser: RATE }, {
    findUser: () => {
      account.close();
      return user;
    },
  });
  account.identify("socket");
  assertEquals(user.holders, 0);
});

Deno.test("Ticket closes its account, and the books, once", () => {
  const user = new Allowance();
  const { account } = open({ perUser: RATE }, { user });
  const entries: string[] = [];
  const book = {
    count: 0,
    holders: 0,
    opened: (lingers: boolean): void => void entries.push(`opened ${lingers}`),
    closed: (lingers: boolean): void => void entries.push(`closed ${lingers}`),
  };
  const ticket = new Ticket({ book, address: "192.0.2.1", account });
  const other = ticket.another(true);
  ticket.release();
  ticket.release();
  assertEquals([user.holders, other.account, other.address], [0, undefined, "192.0.2.1"]);
  other.release();
  assertEquals(entries, ["opened false", "opened true", "closed false", "closed true"]);
});
