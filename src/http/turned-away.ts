/** Milliseconds between two lines of the log about requests that were turned away. */
const REPORT_EVERY = 1000

/**
 * What is turned away before it began is counted, not told one by one: it may come as fast as the network brings it.
 * @returns what counts one; `say` gets the count once the first of them is a second old.
 */
export function turnedAwayReporter(say: (count: number) => void): () => void {
  let count = 0
  return () => {
    count++
    if (count > 1) return
    setTimeout(() => {
      say(count)
      count = 0
    }, REPORT_EVERY).unref()
  }
}
