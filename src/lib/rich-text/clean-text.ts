/** What is wrong with a refused display name. */
export type NameFault = 'bidi_control' | 'control' | 'tag' | 'invisible'
export type CleanName = { value: string } | { reason: NameFault }

const BIDI_CONTROL = /\p{Bidi_Control}/u
const BIDI_CONTROL_BUT_ISOLATES = /(?![\u2066-\u2069])\p{Bidi_Control}/gu
const ISOLATE = /[\u2066-\u2069]/
const POP_ISOLATE = '\u2069'
/** Controls and lone surrogates. */
const CONTROL = /[\p{Cc}\p{Cs}]/u
const CONTROL_BUT_NEWLINE_AND_TAB = /(?![\n\t])[\p{Cc}\p{Cs}]/gu
const TAG = /[\u{E0000}-\u{E007F}]/u
/** Hangul fillers are letters and the blank Braille cell is a symbol, yet neither leaves a trace on screen. */
const VISIBLE = /(?!\p{Default_Ignorable_Code_Point}|\u2800)[\p{L}\p{N}\p{P}\p{S}]/u
const MARK = /\p{M}/u
const JOINER = /[\u200C\u200D]/
/** Two breaks some scripts and any number of them is a smear over the neighbouring lines. */
const MARKS_PER_BASE = 4

/**
 * A display name in NFC, trimmed, each run of white space one space, combining marks capped at four per base. Refused:
 * directional controls, control characters, tag characters, and a name with nothing to see. Length is the caller's.
 */
export function cleanName(s: string): CleanName {
  const value = capMarks(s.normalize('NFC').replace(/\s+/g, ' ').trim())
  const reason = nameFault(value)
  return reason ? { reason } : { value }
}

function nameFault(name: string): NameFault | undefined {
  if (BIDI_CONTROL.test(name)) return 'bidi_control'
  if (CONTROL.test(name)) return 'control'
  if (TAG.test(name)) return 'tag'
  return VISIBLE.test(name) ? undefined : 'invisible'
}

/**
 * The body of a comment as it is stored: line ends as \n, dangerous characters removed (`stripUnsafe`), trimmed.
 * A body with nothing to see comes back as ''. Emoji sequences and ZWNJ survive. Length is the caller's, after this.
 */
export function cleanBody(s: string): string {
  const body = stripUnsafe(s.replace(/\r\n?/g, '\n')).trim()
  return VISIBLE.test(body) ? body : ''
}

/**
 * `s` in NFC, without control characters but \n and \t, without directional controls but isolates balanced within
 * their line, and with at most four combining marks per base. Linear in the length of `s`.
 */
export function stripUnsafe(s: string): string {
  const stripped = s.replace(CONTROL_BUT_NEWLINE_AND_TAB, '').replace(BIDI_CONTROL_BUT_ISOLATES, '')
  const balanced = stripped.split('\n').map(balanceIsolates).join('\n')
  return capMarks(balanced.normalize('NFC'))
}

/** An isolate ends with its line in any case, so one closed on a later line is not balanced. */
function balanceIsolates(line: string): string {
  if (!ISOLATE.test(line)) return line
  const open: number[] = []
  const matched = new Set<number>()
  for (let at = 0; at < line.length; at++) {
    const char = line.charAt(at)
    if (!ISOLATE.test(char)) continue
    if (char !== POP_ISOLATE) {
      open.push(at)
      continue
    }
    const start = open.pop()
    if (start !== undefined) matched.add(start).add(at)
  }
  return line
    .split('')
    .filter((char, at) => !ISOLATE.test(char) || matched.has(at))
    .join('')
}

function capMarks(s: string): string {
  let marks = 0
  let capped = ''
  for (const char of s) {
    if (MARK.test(char)) marks++
    // A joiner is no new base, or marks with joiners between them would pile up without limit.
    else if (!JOINER.test(char)) marks = 0
    if (marks <= MARKS_PER_BASE || !MARK.test(char)) capped += char
  }
  return capped
}
