/** Tests of the rules of the option `limits`, and of `trustProxy` as far as it is a list. */
import { assert, assertEquals } from "@std/assert";
import type { Reading } from "../../src/base/option_rules.ts";
import type { LimitRules } from "../../src/engine/limit_rules.ts";
import { limitRules, readLimits } from "../../src/server/limits.ts";
import { SERVER_OPTIONS } from "../../src/server/options.ts";

function rulesOf(value: unknown): LimitRules {
  const reading = readLimits(value);
  assert(reading !== undefined && "value" in reading, JSON.stringify(reading));
  assert(Object.isFrozen(reading.value));
  const rules = limitRules(reading.value);
  assert(rules !== undefined);
  return rules;
}

function faultsOf(reading: Reading<unknown> | undefined): readonly string[] {
  assert(reading !== undefined && "faults" in reading);
  return reading.faults;
}

Deno.test("limits limits nothing that is left out, and disconnects by default", () => {
  assertEquals(rulesOf({}), {
    rates: { handshakes: {}, packets: {}, bytes: {}, events: {}, joins: {} },
    connectionsPerAddress: Infinity,
    userKey: undefined,
    disconnects: true,
  });
});

Deno.test("limits takes every limit by everything it can count by", () => {
  const rate = { rate: 2, burst: 5 };
  const scopes = { perSocket: rate, perAddress: rate, perUser: rate };
  const handshakes = { perAddress: rate, perUser: rate };
  const userKey = (): string => "me";
  const rules = rulesOf({
    handshakes,
    packets: scopes,
    bytes: scopes,
    events: scopes,
    joins: scopes,
    connectionsPerAddress: 3,
    userKey,
    onExceeded: "drop",
  });
  assertEquals(rules, {
    rates: { handshakes, packets: scopes, bytes: scopes, events: scopes, joins: scopes },
    connectionsPerAddress: 3,
    userKey,
    disconnects: false,
  });
});

Deno.test("limits takes a burst of one second when there is none, and of 1 at least", () => {
  const bursts = [[0.1, 1], [1, 1], [7.5, 7.5]] as const;
  for (const [rate, burst] of bursts) {
    const { rates } = rulesOf({ events: { perSocket: { rate } } });
    assertEquals(rates.events, { perSocket: { rate, burst } });
  }
});

Deno.test("limits keeps nothing of what it was given", () => {
  const rate = { rate: 1, burst: 1 };
  const given = { events: { perSocket: rate }, connectionsPerAddress: 1 };
  const rules = rulesOf(given);
  rate.rate = 100;
  given.connectionsPerAddress = 100;
  assertEquals(rules.rates.events.perSocket, { rate: 1, burst: 1 });
  assertEquals(rules.connectionsPerAddress, 1);
  assert(Object.isFrozen(rules) && Object.isFrozen(rules.rates.events.perSocket));
});

Deno.test("limits names every fault by its path", () => {
  const cases: readonly [given: unknown, ...faults: string[]][] = [
    [
      { event: {} },
      "limits must have no members but handshakes, packets, bytes, events, joins, " +
      'connectionsPerAddress, userKey, onExceeded, found "event", did you mean "events"',
    ],
    [
      { events: { perIp: { rate: 1 } } },
      'limits.events must have no members but perSocket, perAddress, perUser, found "perIp"',
    ],
    [
      { handshakes: { perSocket: { rate: 1 } } },
      'limits.handshakes must have no members but perAddress, perUser, found "perSocket"',
    ],
    [
      { bytes: { perSocket: { rate: 1, burts: 2 } } },
      'limits.bytes.perSocket must have no members but rate, burst, found "burts", did you mean "burst"',
    ],
    [
      { bytes: { persocket: { rate: 1 } } },
      "limits.bytes must have no members but perSocket, perAddress, perUser, " +
      'found "persocket", did you mean "perSocket"',
    ],
    [{ events: 5 }, "limits.events must be an object, found 5"],
    [{ events: null }, "limits.events must be an object, found null"],
    [
      { events: { perSocket: 5 } },
      "limits.events.perSocket must be an object with a rate, found 5",
    ],
    [
      { events: { perSocket: {} }, joins: { perSocket: { rate: 0 } } },
      "limits.events.perSocket.rate must be a number from 0.001, found undefined",
      "limits.joins.perSocket.rate must be a number from 0.001, found 0",
    ],
    [
      { events: { perSocket: { rate: Infinity }, perAddress: { rate: NaN, burst: 1 } } },
      "limits.events.perSocket.rate must be a number from 0.001, found Infinity",
      "limits.events.perAddress.rate must be a number from 0.001, found NaN",
    ],
    [
      { events: { perSocket: { rate: 1, burst: 0.5 } } },
      "limits.events.perSocket.burst must be a number from 1, found 0.5",
    ],
    [
      { connectionsPerAddress: 0 },
      "limits.connectionsPerAddress must be an integer of 1 or more, or Infinity, found 0",
    ],
    [{ onExceeded: "ban" }, 'limits.onExceeded must be one of "disconnect", "drop", found "ban"'],
    [{ userKey: "id" }, 'limits.userKey must be a function, found "id"'],
    [
      { joins: { perUser: { rate: 1 } } },
      "limits.userKey must be given with limits by user, found undefined",
    ],
  ];
  for (const [given, ...faults] of cases) assertEquals(faultsOf(readLimits(given)), faults);
});

Deno.test("trustProxy takes lists of addresses and ranges, and says which entry is none", () => {
  const { trustProxy } = SERVER_OPTIONS.rules;
  const list = ["10.0.0.0/8", "fd00::/8", "192.0.2.7", "::1"];
  assertEquals(trustProxy.read(list, "trustProxy"), { value: list });
  assertEquals(trustProxy.read([], "trustProxy"), { value: [] });
  assertEquals(trustProxy.read(0, "trustProxy"), { value: 0 });
  assertEquals(trustProxy.read(32, "trustProxy"), { value: 32 });
  for (
    const [wrong, found] of [["loopback", '"loopback"'], ["10.0.0.0/64", '"10.0.0.0/64"'], [7, "7"]]
  ) {
    assertEquals(faultsOf(trustProxy.read(["10.0.0.1", wrong], "trustProxy")), [
      `trustProxy must hold addresses and ranges alone, such as "10.0.0.0/8", found ${found}`,
    ]);
  }
});

Deno.test("trustProxy says what to write in the place of what others take", () => {
  const { trustProxy } = SERVER_OPTIONS.rules;
  const wanted =
    "trustProxy must be false, a number of proxies up to 32, or a list of their addresses and ranges";
  const cases: readonly [given: unknown, fault: string][] = [
    [true, "found true: say how many there are, such as 1, or where they are"],
    ["10.0.0.0/8", 'found "10.0.0.0/8": write a list, such as ["10.0.0.0/8"]'],
    ["::1, fd00::/8", 'found "::1, fd00::/8": write a list, such as ["::1","fd00::/8"]'],
    ["loopback", 'found "loopback": write a list, such as ["10.0.0.0/8"]'],
  ];
  for (const [given, fault] of cases) {
    assertEquals(faultsOf(trustProxy.read(given, "trustProxy")), [`${wanted}, ${fault}`]);
  }
});
