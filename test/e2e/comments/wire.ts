import { setTimeout as pause } from 'node:timers/promises'
import type { Instances } from './instances.ts'
import type { Ledger } from './ledger.ts'

/** A request that is sent until it is answered for good. */
export interface Sending {
  kind: string
  path: string
  init: RequestInit
  /** The refusals that a client has to reckon with. */
  refusals: readonly string[]
  /** Told of each attempt whose fate nobody knows. */
  lost?: (began: number, ended: number) => void
}

export interface Answer {
  status: number
  /** Of a problem, or of the first error of GraphQL. */
  code: string | undefined
  // biome-ignore lint/suspicious/noExplicitAny: what is outside is known by its documents only
  body: any
  replayed: boolean
  began: number
  ended: number
}

/** Milliseconds after which an attempt that broke off cannot come to anything any more: more than a statement may take. */
const LINGERING = 5000

/** Far beyond anything that is promised: a request that is still open then is one that never ends. */
const NEVER = 20_000

/** Statuses that leave open what became of a request, 0 where the connection broke; and codes, which GraphQL has alone. */
const UNKNOWN: readonly unknown[] = [0, 503, 504, 'UNAVAILABLE', 'NOT_DONE', 'OVERLOADED', 'TIMEOUT']

/** Refusals after which the same request is sent again. */
const TRANSIENT = ['IDEMPOTENCY_IN_FLIGHT', 'RATE_LIMITED']

/** How clients speak to the instances, and what came of it in figures. */
export class Wire {
  /** How often each kind of request was answered in each way. */
  readonly answers = new Map<string, Map<string, number>>()
  readonly latencies = new Map<string, number[]>()
  private readonly instances: Instances
  private readonly ledger: Ledger

  constructor(instances: Instances, ledger: Ledger) {
    this.instances = instances
    this.ledger = ledger
  }

  /** Sends a request to one instance after the other until one says what became of it. */
  async send(sending: Sending): Promise<Answer> {
    for (;;) {
      const answer = await this.once(sending)
      const { status, code, began, ended } = answer
      const isUnknown = UNKNOWN.includes(status) || UNKNOWN.includes(code)
      if (isUnknown) sending.lost?.(began, ended + LINGERING)
      if (!isUnknown && !TRANSIENT.includes(code ?? '')) {
        if (code !== undefined && !sending.refusals.includes(code)) {
          this.ledger.faults.push(`${sending.kind} ${sending.path}: ${status} ${JSON.stringify(answer.body)}`)
        }
        return answer
      }
      await pause(100 + Math.random() * 300)
    }
  }

  /** One attempt at an instance by chance; status 0 where the connection broke. */
  async once({ kind, path, init }: Sending): Promise<Answer> {
    const began = performance.now()
    const answer: Answer = { status: 0, code: undefined, body: undefined, replayed: false, began, ended: 0 }
    try {
      const response = await fetch(`${this.instances.url()}${path}`, {
        ...init,
        signal: AbortSignal.timeout(NEVER),
      })
      const text = await response.text()
      answer.body = text === '' ? undefined : JSON.parse(text)
      answer.code = codeOf(response, answer.body)
      answer.replayed = response.headers.get('idempotent-replayed') === 'true'
      answer.status = response.status
    } catch (error) {
      if ((error as Error).name === 'TimeoutError') this.ledger.faults.push(`${kind} ${path}: no answer`)
    }
    answer.ended = performance.now()
    this.note(kind, answer)
    return answer
  }

  private note(kind: string, { status, code, body, began, ended }: Answer): void {
    const how = status === 0 ? 'broken off' : code === undefined ? String(status) : `${status} ${code}`
    const counts = this.answers.get(kind) ?? new Map<string, number>()
    this.answers.set(kind, counts.set(how, (counts.get(how) ?? 0) + 1))
    if (status > 0) listOf(this.latencies, kind).push(ended - began)
    if (status >= 500 && !UNKNOWN.includes(status)) {
      this.ledger.faults.push(`${kind}: ${status} ${JSON.stringify(body)}`)
    }
  }
}

function codeOf(response: Response, body: unknown): string | undefined {
  const { code, errors, data } = (body ?? {}) as {
    code?: string
    errors?: { extensions?: { code?: string } }[]
    data?: Record<string, { errors?: { code?: string }[] } | null>
  }
  if (!response.ok) return code ?? 'no code'
  const refused = Object.values(data ?? {}).flatMap((field) => field?.errors ?? [])
  return errors?.[0]?.extensions?.code ?? refused[0]?.code
}

function listOf(lists: Map<string, number[]>, kind: string): number[] {
  const list = lists.get(kind) ?? []
  lists.set(kind, list)
  return list
}
