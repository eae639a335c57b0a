import type { Send } from './api.js'

/** Headers by which a client is ready to wait for its turn. */
export const waits = { Prefer: 'wait=2' }

/** Whether it is still unanswered once the server has had time to answer anything that it would answer at once. */
export async function isKept(answering: Promise<unknown>, send: Send): Promise<boolean> {
  let answered = false
  const onAnswer = () => {
    answered = true
  }
  // what is kept beyond the end of its test ends with its connection
  void answering.then(onAnswer, onAnswer)
  for (let others = 0; others < 5; others++) await send('GET', '/notes/1')
  return !answered
}
