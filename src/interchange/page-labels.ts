import { oneLine } from './text.ts'

export type Label = 'previous' | 'next' | 'comment'

const LABELS: ReadonlyMap<string, Label> = new Map([
  ...pairs('previous', 'previous article', 'previous post', 'previous story', 'prev article', 'prev post'),
  ...pairs('next', 'next article', 'next post', 'next story'),
  ...pairs(
    'comment',
    'write a comment',
    'leave a comment',
    'post a comment',
    'add a comment',
    'leave a reply',
  ),
])

/** The label that a line is, whatever its case and the arrows or colon around it; null for other lines. */
export function labelOf(line: string): Label | null {
  const words = oneLine(line).toLowerCase()
  return LABELS.get(words.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, '')) ?? null
}

/** `Next Article: Headline` → label and headline; null for a line that is not of this form. */
export function labelledHeadline(line: string): { label: Label; headline: string } | null {
  const match = /^([^:]{1,40}):\s*(\S.*)$/s.exec(oneLine(line))
  const label = match === null ? null : labelOf(match[1] ?? '')
  return label === null || label === 'comment' ? null : { label, headline: match?.[2] ?? '' }
}

function pairs(label: Label, ...written: string[]): [string, Label][] {
  return written.map((words) => [words, label])
}
