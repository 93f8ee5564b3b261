/** Tests of what one connection is charged for, and of whom it holds. */
import { assertEquals } from "@std/assert";
import type { Clock } from "../../src/base/clock.ts";
import { Incidents } from "../../src/base/incidents.ts";
import { Account, type AccountParts } from "../../src/engine/account.ts";
import { Ticket } from "../../src/engine/admission.ts";
import { Allowance } from "../../src/engine/allowances.ts";
import type { LimitRates, LimitRules } from "../../src/engine/limit_rules.ts";
import type { EnginePacket } from "../../src/wire/engine_packet.ts";
import { FakeClock } from "../support/fake_clock.ts";

const RATE = { rate: 1, burst: 2 };

function rulesOf(given: Partial<LimitRules["rates"]>): LimitRules {
  const rates = { handshakes: {}, packets: {}, bytes: {}, events: {}, joins: {}, ...given };
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
    rules: rulesOf({ events }),
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

Deno.test("Account reads no clock and makes no allowance for what has no limit", () => {
  const clock = new FakeClock();
  let readings = 0;
  const counted: Clock = {
    now: () => (readings++, clock.now()),
    wallTime: () => clock.wallTime(),
    after: (ms, callback) => clock.after(ms, callback),
  };
  const { account } = open({ perUser: RATE }, { clock: counted });
  for (let count = 0; count < 10; count++) {
    assertEquals(account.charge("joins", 1), undefined);
    assertEquals(account.charge("events", 1), undefined);
    assertEquals(account.chargePacket({ type: "message", data: "x" }), undefined);
  }
  assertEquals(readings, 0);
});

Deno.test("Account charges a packet for itself and its bytes, or for none of them", () => {
  const packets = { perSocket: { rate: 1, burst: 3 } };
  const bytes = { perSocket: { rate: 10, burst: 10 } };
  const text = (length: number): EnginePacket => ({
    type: "message",
    data: "é".repeat(length / 2),
  });
  const { account, clock } = open({}, { rules: rulesOf({ packets, bytes }) });
  assertEquals(account.chargePacket(text(8)), undefined);
  const excess = { limit: "bytes", retryAfterMs: 600, disconnects: false } as const;
  assertEquals(account.chargePacket(text(8)), { ...excess, isTold: true });
  assertEquals(account.chargePacket({ type: "message", data: new Uint8Array(2) }), undefined);
  assertEquals(account.chargePacket({ type: "pong" }), undefined);
  assertEquals(account.chargePacket({ type: "pong" })?.limit, "packets");
  clock.advance(1_000);
  // What was above the limit of packets has cost no bytes.
  assertEquals(account.chargePacket(text(10)), undefined);
});

Deno.test("Account counts packets where bytes are free, and bytes where packets are", () => {
  for (const [limit, size] of [["packets", 1], ["bytes", 2]] as const) {
    const rules = rulesOf({ [limit]: { perSocket: RATE } });
    const { account } = open({}, { rules });
    const packet: EnginePacket = { type: "message", data: "x".repeat(size) };
    const told = [1, 2, 3].map(() => account.chargePacket(packet)?.limit);
    assertEquals(
      told,
      limit === "packets" ? [undefined, undefined, limit] : [undefined, limit, limit],
    );
  }
});

Deno.test("Account charges a user from the moment that it is known, and the rest as before", () => {
  const user = new Allowance();
  const { account, clock } = open({ perSocket: { rate: 1, burst: 3 }, perUser: RATE }, {
    findUser: () => user,
  });
  assertEquals(account.charge("events", 2), undefined);
  account.identify("socket");
  assertEquals(account.charge("events", 1), undefined);
  assertEquals(account.charge("events", 1)?.limit, "events");
  assertEquals(user.bucket("events", RATE, clock.now()).wait(2, clock.now()), 1_000);
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
