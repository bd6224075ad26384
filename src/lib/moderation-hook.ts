import { createHmac } from 'node:crypto'
import { newId } from './ids.ts'
import { isObject } from './json.ts'
import { cleanBody } from './rich-text/clean-text.ts'
import { truncateAtWord } from './text.ts'

const VERDICTS = ['approve', 'hold', 'spam'] as const
/** Bytes of an answer that are read at most. */
const ANSWER_MAX = 64 * 1024
/** Code points of a reason that are kept. */
const REASON_MAX = 500

export interface HookOptions {
  /** http or https, without credentials. */
  url: string
  /** `whsec_` with the key in base64, or the key as plain text. */
  secret: string
  /** Milliseconds until the whole answer must be there. */
  timeout?: number
  fetch?: typeof fetch
}

export interface HookVerdict {
  verdict: (typeof VERDICTS)[number]
  /** One to show to people: clean, at most 500 code points. */
  reason: string | null
}

/** Asks somebody else's service for a verdict. */
export interface ModerationHook {
  /** @throws HookUnavailable for whatever is no verdict that came whole and in time. */
  check(event: object): Promise<HookVerdict>
}

/** That there is no verdict. Neither what was asked, nor the secret, nor what was answered stands in it. */
export class HookUnavailable extends Error {
  override readonly name = 'HookUnavailable'
  /** TIMEOUT, STATUS, TOO_LARGE, MALFORMED; otherwise what the network said, such as ECONNREFUSED. */
  readonly code: string

  constructor(code: string, what: string) {
    super(`The moderation hook ${what}`)
    this.code = code
  }
}

/**
 * A hook that is asked by a POST of JSON, signed after Standard Webhooks, and answers 200 with
 * `{ "verdict": "approve" | "hold" | "spam", "reason"?: string }`. Redirects are not followed.
 * @throws Error for a secret that is empty, or not in base64 where it says so.
 */
export function createModerationHook({
  url,
  secret,
  timeout = 2000,
  ...others
}: HookOptions): ModerationHook {
  const key = readSecret(secret)
  const send = others.fetch ?? fetch
  const ask = async (body: string): Promise<Buffer> => {
    const signal = AbortSignal.timeout(timeout)
    const headers = {
      'content-type': 'application/json',
      accept: 'application/json',
      ...signature(key, body),
    }
    const response = await send(url, { method: 'POST', headers, body, redirect: 'manual', signal })
    return readAnswer(response, signal)
  }
  return {
    check: async (event) => {
      const body = JSON.stringify(event)
      const answer = await ask(body).catch((error: unknown) => {
        throw asUnavailable(error)
      })
      return readVerdict(answer)
    },
  }
}

function readSecret(secret: string): Buffer {
  const [, base64] = /^whsec_(.*)$/s.exec(secret) ?? []
  const key = base64 === undefined ? Buffer.from(secret) : Buffer.from(base64, 'base64')
  // Node skips what is no base64, and would sign with whatever is left
  const isBase64 =
    base64 === undefined || key.toString('base64').replace(/=+$/, '') === base64.replace(/=+$/, '')
  if (key.length === 0 || !isBase64) throw new Error('The secret of the moderation hook is not one')
  return key
}

function signature(key: Buffer, body: string): Record<string, string> {
  const id = `msg_${newId()}`
  const timestamp = String(Math.floor(Date.now() / 1000))
  const mac = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${mac}` }
}

async function readAnswer({ status, body }: Response, signal: AbortSignal): Promise<Buffer> {
  if (status !== 200) {
    await body?.cancel()
    throw new HookUnavailable('STATUS', `answered with status ${status}`)
  }
  const chunks: Uint8Array[] = []
  let size = 0
  const write = (chunk: Uint8Array): void => {
    size += chunk.length
    if (size > ANSWER_MAX)
      throw new HookUnavailable('TOO_LARGE', `answered with more than ${ANSWER_MAX} bytes`)
    chunks.push(chunk)
  }
  // the signal here as well: the one of a request may be forgotten once its answer has begun
  await body?.pipeTo(new WritableStream({ write }), { signal })
  return Buffer.concat(chunks)
}

function asUnavailable(error: unknown): HookUnavailable {
  if (error instanceof HookUnavailable) return error
  if (!(error instanceof Error)) return new HookUnavailable('UNREACHABLE', 'cannot be reached')
  if (error.name === 'TimeoutError') return new HookUnavailable('TIMEOUT', 'did not answer in time')
  // only the code: messages quote addresses and what came over the wire
  const code =
    isObject(error.cause) && typeof error.cause['code'] === 'string' ? error.cause['code'] : 'UNREACHABLE'
  return new HookUnavailable(code, `cannot be reached (${code})`)
}

function readVerdict(answer: Buffer): HookVerdict {
  const { verdict, reason } = parseObject(answer)
  const known = VERDICTS.find((name) => name === verdict)
  const hasReason = typeof reason === 'string'
  if (!known || !(hasReason || reason === undefined || reason === null)) throw malformed()
  return { verdict: known, reason: (hasReason && truncateAtWord(cleanBody(reason), REASON_MAX)) || null }
}

function parseObject(json: Buffer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(json))
    if (isObject(value)) return value
  } catch {
    // told below, without what the parser quotes
  }
  throw malformed()
}

const malformed = (): HookUnavailable =>
  new HookUnavailable('MALFORMED', 'answered with something that is no verdict')
