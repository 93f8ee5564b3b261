import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { Deque } from "../../src/base/deque.ts";

Deno.test("Deque gives first what came first", () => {
  const deque = new Deque<string>();
  for (const value of ["a", "b", "c"]) deque.push(value);
  assertEquals([deque.length, deque.peek(), [...deque]], [3, "a", ["a", "b", "c"]]);
  assertEquals([deque.shift(), deque.shift(), deque.shift(), deque.shift()], [
    "a",
    "b",
    "c",
    undefined,
  ]);
  assertEquals([deque.length, deque.peek(), [...deque]], [0, undefined, []]);
});

Deno.test("Deque holds undefined as a value of its own", () => {
  const deque = new Deque<undefined>();
  deque.push(undefined);
  assertEquals([deque.length, [...deque]], [1, [undefined]]);
  deque.shift();
  assertEquals(deque.length, 0);
});

Deno.test("Deque is empty after clear and usable", () => {
  const deque = new Deque<number>();
  for (let value = 0; value < 100; value++) deque.push(value);
  deque.clear();
  assertEquals([deque.length, deque.shift()], [0, undefined]);
  deque.push(1);
  assertEquals([...deque], [1]);
});

Deno.test("Deque meets what is pushed while it is walked", () => {
  const deque = new Deque<number>();
  deque.push(0);
  const met: number[] = [];
  for (const value of deque) {
    met.push(value);
    if (value < 20) deque.push(value + 1);
  }
  assertEquals(met.length, 21);
});

Deno.test("Deque behaves as an array under any run of pushes and shifts", () => {
  const command = fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: 1, max: 40 }).map((count) => ({ push: count })) },
    { weight: 8, arbitrary: fc.integer({ min: 1, max: 40 }).map((count) => ({ shift: count })) },
    { weight: 1, arbitrary: fc.constant({ clear: true }) },
  );
  fc.assert(fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
    const deque = new Deque<number>();
    let model: number[] = [];
    let next = 0;
    for (const each of commands) {
      if ("clear" in each) {
        deque.clear();
        model = [];
      } else if ("push" in each) {
        for (let count = 0; count < each.push; count++) {
          deque.push(next);
          model.push(next++);
        }
      } else {
        for (let count = 0; count < each.shift; count++) {
          assertEquals(deque.shift(), model.shift());
        }
      }
      assertEquals([deque.length, deque.peek(), [...deque]], [model.length, model[0], model]);
    }
  }));
});
