/** An answer that counts once, however often a user gives it. */

/** Passes the first answer on, and no other. */
export function answerOnce(answer: (response: unknown) => void): (response: unknown) => void {
  let isAnswered = false;
  return (response) => {
    if (isAnswered) return;
    isAnswered = true;
    answer(response);
  };
}
