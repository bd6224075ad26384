const WIDTH = 110

/** Words that begin a line of their own in a query. */
const CLAUSES = new Set([
  'select',
  'from',
  'where',
  'order',
  'limit',
  'join',
  'left',
  'group',
  'and',
  'union',
])
/** Functions whose arguments stand one pair, or one value, a line. */
const LISTS = new Map([
  ['json_build_object', 2],
  ['json_build_array', 1],
])

/** A bracket that is open. */
interface Bracket {
  kind: 'query' | 'list' | 'plain'
  /** In a list: how many arguments a line, and how many have ended. */
  each: number
  ended: number
}

/**
 * White space for people: clauses, subqueries and members of JSON objects on lines of their own. Changes nothing
 * but white space outside of quotes, so what is read is what runs.
 */
export function prettySql(sql: string): string {
  const tokens = tokenise(sql)
  const lines: string[] = []
  const open: Bracket[] = []
  let line = ''
  let spaced = false
  const indent = () => '  '.repeat(open.filter(({ kind }) => kind !== 'plain').length)
  const flush = () => {
    if (line.trim() !== '') lines.push(line)
    line = ''
  }
  const add = (text: string) => {
    if (line.length + text.length > WIDTH && spaced) {
      flush()
      line = `${indent()}  ${text}`
    } else if (line === '') line = indent() + text
    else line += (spaced ? ' ' : '') + text
    spaced = false
  }
  for (const [i, token] of tokens.entries()) {
    const inside = open.at(-1)
    if (token.trim() === '') spaced = line !== ''
    else if (token === '(') {
      const bracket = bracketOf(tokens[i - 1], tokens.slice(i + 1))
      add(token)
      open.push(bracket)
      if (bracket.kind === 'plain') continue
      flush()
    } else if (token === ')') {
      open.pop()
      if (inside?.kind !== 'plain') flush()
      spaced = false
      add(token)
    } else if (token === ',' && inside?.kind === 'list') {
      line += token
      inside.ended++
      if (inside.ended % inside.each === 0) flush()
    } else if (token === ',') line += token
    else {
      const begins = CLAUSES.has(token) && inside?.kind !== 'plain' && inside?.kind !== 'list'
      if (begins && !(token === 'join' && line.trim() === 'left')) flush()
      add(token)
    }
    if (token.trim() !== '' && line === '') spaced = false
  }
  flush()
  return lines.join('\n')
}

function bracketOf(before: string | undefined, after: string[]): Bracket {
  const query = after.find((next) => next.trim() !== '') === 'select'
  const each = LISTS.get(before ?? '') ?? 0
  return { kind: query ? 'query' : each > 0 ? 'list' : 'plain', each, ended: 0 }
}

/** Quoted text, white space, words with what hangs on them (`a.id`, `$1::uuid[]`) and single signs, in order. */
function tokenise(sql: string): string[] {
  return (
    sql.match(/'(?:[^']|'')*'|"[^"]*"|\s+|[\w$][\w$.]*(?:::\w+(?:\[\])?)?|::\w+(?:\[\])?|[<>]=|[^\s\w]/g) ??
    []
  )
}
