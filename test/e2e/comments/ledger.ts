/** Something changes what is seen of a comment, or of what is below it, or does not. */
export type Effect = 'show' | 'hide' | 'none'

/** One attempt to do something to a comment, by the clock of `performance`. */
export interface Deed {
  began: number
  /** When it was acknowledged; where nobody knows whether it was done, when it cannot happen any more. */
  ended: number
  /** It was acknowledged: its effect was there at some moment between the two. */
  done: boolean
  words: Effect
  below: Effect
}

/** A comment as the clients know it. */
export interface Known {
  /** Undefined until it was acknowledged. */
  id: string | undefined
  article: string
  /** The one that it hangs below. */
  parent: Known | undefined
  receipt: string | undefined
  reader: Reader
  deeds: Deed[]
  /** The canary of the words that it has, as far as that was acknowledged. */
  words: number
}

export interface Reader {
  /** Undefined for a guest, whom the server does not know. */
  subject: string | undefined
  name: string
  email: string
  ip: string
  /** It has been asked that nothing of them be left: they do nothing any more. */
  erased: boolean
}

/** Words that occur nowhere else: who sees them has seen this version of this comment. */
interface Canary {
  comment: Known
  /** When they were sent first. */
  sent: number
  /** When other words were acknowledged in their place. */
  replaced: number
}

/** What one request of an anonymous reader saw. */
export interface Look {
  what: string
  began: number
  ended: number
  canaries: number[]
}

const CANARY = /canary(\d{7})/g

export const canaryWord = (canary: number): string => `canary${String(canary).padStart(7, '0')}`

export const canariesIn = (text: string): number[] => [
  ...new Set(Array.from(text.matchAll(CANARY), ([, digits]) => Number(digits))),
]

/** What one voter was acknowledged on one comment. */
export interface Vote {
  id: string
  value: 1 | -1 | 0
  /** By a reader of the server; by a device otherwise. */
  proven: boolean
  /** Nobody knows which of two votes stands. */
  open: boolean
  reader: Reader | undefined
}

/** A decision about one revision of a comment. */
export interface Ruling {
  id: string
  /** The revision that it was made on. */
  revision: number
  /** Undefined where only the server knows what it comes to. */
  status: string | undefined
  actor: string
}

export interface Acknowledged {
  id: string
  reader: Reader
  /** Sends the request again and holds the answer against the first one. */
  again: () => Promise<void>
}

/** All that the clients know: what they sent, what was acknowledged and when, and what readers saw. */
export class Ledger {
  readonly canaries: Canary[] = []
  readonly byId = new Map<string, Known>()
  /** What was acknowledged for each Idempotency-Key. */
  readonly acknowledged = new Map<string, Acknowledged>()
  /** Every decision that was sent, and those of them that were acknowledged as done. */
  readonly asked: Ruling[] = []
  readonly ruled: (Ruling & { status: string })[] = []
  /** By comment and voter. */
  readonly votes = new Map<string, Vote>()
  readonly reports = new Map<string, { id: string; reader: Reader }>()
  readonly looks: Look[] = []
  /** What must never happen, and did. */
  readonly faults: string[] = []
  replays = 0
  twins = 0
  edits = 0
  erasures = 0
  undone = 0

  /** New words for a comment. */
  word(comment: Known): number {
    this.canaries.push({ comment, sent: performance.now(), replaced: Number.POSITIVE_INFINITY })
    return this.canaries.length - 1
  }

  /** The comment with these words; undefined where they are none of ours. */
  of(text: string): Known | undefined {
    return this.canaries[canariesIn(text)[0] ?? -1]?.comment
  }

  /** Other words of a comment were acknowledged: all that it had before are gone. */
  reworded(comment: Known, canary: number): void {
    const at = performance.now()
    for (const [other, words] of this.canaries.entries()) {
      if (words.comment === comment && other < canary) words.replaced = Math.min(words.replaced, at)
    }
    comment.words = canary
  }

  /** What readers saw and could not have seen at any moment of their request. */
  leaks(): string[] {
    return this.looks.flatMap(({ what, began, ended, canaries }) =>
      canaries
        .filter((canary) => !this.mayBeSeen(canary, began, ended))
        .map((canary) => `${what} showed ${canaryWord(canary)}, ${this.story(canary, began, ended)}`),
    )
  }

  private mayBeSeen(canary: number, began: number, ended: number): boolean {
    const words = this.canaries[canary]
    if (!words || ended < words.sent || began > words.replaced) return false
    const { deeds, parent } = words.comment
    const everShown = deeds.some((deed) => deed.words === 'show' && deed.began < ended)
    if (!everShown || isHidden(deeds, 'words', began, ended)) return false
    for (let above = parent; above; above = above.parent) {
      if (isHidden(above.deeds, 'below', began, ended)) return false
    }
    return true
  }

  private story(canary: number, began: number, ended: number): string {
    const words = this.canaries[canary]
    const tell = ({ began, ended, done, words, below }: Deed) =>
      `${began.toFixed()}–${ended.toFixed()} ${done ? 'done' : 'unknown'} ${words}/${below}`
    const above: string[] = []
    for (let next = words?.comment.parent; next; next = next.parent) {
      above.push(`${next.id}: ${next.deeds.map(tell).join(', ')}`)
    }
    return [
      `of ${words?.comment.id} from ${words?.sent.toFixed()} to ${words?.replaced.toFixed()}`,
      `read ${began.toFixed()}–${ended.toFixed()}`,
      words?.comment.deeds.map(tell).join(', '),
      ...above,
    ].join('; ')
  }
}

/**
 * True where something hid it before this request began, and nothing that could show it again happened between that and
 * the end of the request.
 */
function isHidden(deeds: readonly Deed[], track: 'words' | 'below', began: number, ended: number): boolean {
  return deeds.some(
    (hide) =>
      hide.done &&
      hide[track] === 'hide' &&
      hide.ended < began &&
      !deeds.some((show) => show[track] === 'show' && show.began < ended && show.ended > hide.began),
  )
}
