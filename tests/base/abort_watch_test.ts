/** Tests of those who wait for signals: one listener for all, and none when nobody waits. */
import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import {
  type AbortWaiter,
  checkSignal,
  unwatchAbort,
  watchAbort,
} from "../../src/base/abort_watch.ts";
import { countedSignal } from "../support/counted_signal.ts";

function waiter(log: unknown[], name: string): AbortWaiter {
  return { onAbort: (reason) => void log.push([name, reason]) };
}

Deno.test("watchAbort tells everybody once, in the order of waiting", () => {
  const { signal, listeners, abort } = countedSignal();
  const log: unknown[] = [];
  const [first, second, third] = ["first", "second", "third"].map((name) => waiter(log, name));
  for (const each of [first, second, third]) if (each !== undefined) watchAbort(signal, each);
  if (second !== undefined) unwatchAbort(signal, second);
  assertEquals(listeners(), 1);
  abort("why");
  abort("again");
  assertEquals([log, listeners()], [[["first", "why"], ["third", "why"]], 0]);
});

Deno.test("watchAbort leaves no listener behind when nobody waits any more", () => {
  const { signal, listeners } = countedSignal();
  const log: unknown[] = [];
  for (let round = 0; round < 3; round++) {
    const each = waiter(log, "each");
    watchAbort(signal, each);
    watchAbort(signal, each);
    unwatchAbort(signal, each);
    unwatchAbort(signal, each);
    assertEquals(listeners(), 0);
  }
});

Deno.test("One who is told may stop others from being told", () => {
  const { signal, listeners, abort } = countedSignal();
  const log: unknown[] = [];
  const second = waiter(log, "second");
  watchAbort(signal, { onAbort: () => unwatchAbort(signal, second) });
  watchAbort(signal, second);
  abort();
  assertEquals([log, listeners()], [[], 0]);
});

Deno.test("checkSignal takes signals, also those of another make, and refuses the rest", () => {
  const { signal } = new AbortController();
  assertStrictEquals(checkSignal(signal), signal);
  const other = {
    aborted: false,
    addEventListener: (): void => {},
    removeEventListener: (): void => {},
  };
  const like = other as unknown as AbortSignal;
  assertStrictEquals(checkSignal(like), like);
  for (const value of [undefined, null, 7, {}, new EventTarget(), new AbortController()]) {
    assertThrows(() => checkSignal(value as AbortSignal), TypeError, "must be an AbortSignal");
  }
});
