export interface Line {
  /** From 1. */
  number: number
  /** Null for a line longer than the bound, of which nothing is kept. */
  text: string | null
}

/** Splits text into lines, ended by LF or CRLF; a line longer than `bound` characters is counted, not kept. */
export async function* splitLines(chunks: AsyncIterable<string>, bound: number): AsyncGenerator<Line> {
  let number = 1
  let pending: string | null = ''
  for await (const chunk of chunks) {
    let start = 0
    for (let end = chunk.indexOf('\n'); end !== -1; end = chunk.indexOf('\n', start)) {
      yield { number, text: withoutReturn(extend(pending, chunk.slice(start, end), bound)) }
      number += 1
      pending = ''
      start = end + 1
    }
    pending = extend(pending, chunk.slice(start), bound)
  }
  if (pending !== '') yield { number, text: withoutReturn(pending) }
}

function extend(pending: string | null, more: string, bound: number): string | null {
  return pending === null || pending.length + more.length > bound ? null : pending + more
}

function withoutReturn(text: string | null): string | null {
  return text?.endsWith('\r') ? text.slice(0, -1) : text
}
