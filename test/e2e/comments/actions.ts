import { post as json } from '../support.ts'
import { type Acknowledged, canaryWord, type Effect, type Known, type Ledger, type Reader } from './ledger.ts'
import type { Answer, Wire } from './wire.ts'

/** What a client needs to act. */
export interface Stage {
  ledger: Ledger
  wire: Wire
  /** Slugs. */
  articles: readonly string[]
  /** Of the server that speaks for its readers. */
  serverKey: string
  moderators: readonly { key: string; actor: string }[]
  /** Of an operator who erases people. */
  eraserKey: string
}

/** A client, with readers of its own. They never act twice at once, but where the action says so. */
export interface Client {
  /** Readers by network: those of one share an address range, and nothing else. */
  networks: readonly (readonly Reader[])[]
  /** Readers who post by GraphQL, where nobody vouches for them. */
  guests: readonly Reader[]
  own: Known[]
  sent: Acknowledged[]
  /** Votes for a reader without an account. */
  device: string | undefined
  /** Decisions of one request, and the revisions that they made. */
  batches: { id: string; made: { id: string; revision: number; comment: Known | undefined }[] }[]
}

interface Action {
  name: string
  weight: number
  act(stage: Stage, client: Client): Promise<unknown>
}

/** All that clients do, by chance and weight. A new thing to do is one entry. */
export const ACTIONS: readonly Action[] = [
  { name: 'post', weight: 20, act: (stage, client) => post(stage, client, draft(stage, one(client))) },
  { name: 'reply', weight: 20, act: (stage, client) => reply(stage, client) },
  {
    name: 'rush of an author',
    weight: 4,
    act: (stage, client) => rush(stage, client, repeated(one(client))),
  },
  {
    name: 'rush of a network',
    weight: 4,
    act: (stage, client) => rush(stage, client, any(client.networks).filter(isThere)),
  },
  { name: 'twins', weight: 4, act: twins },
  { name: 'post by GraphQL', weight: 4, act: postByGraphql },
  { name: 'replay', weight: 6, act: replay },
  { name: 'edit', weight: 8, act: edit },
  { name: 'withdraw', weight: 3, act: withdraw },
  { name: 'decide', weight: 16, act: decide },
  { name: 'undo', weight: 3, act: undo },
  { name: 'vote', weight: 14, act: vote },
  { name: 'report', weight: 6, act: report },
  { name: 'erase', weight: 2, act: erase },
]

const DECK = ACTIONS.flatMap((action) => Array.from({ length: action.weight }, () => action))

export const chooseAction = (): Action => any(DECK)

// ── Writing ───────────────────────────────────────────────────────────────────────────────────────────────────

/** A comment that is about to be sent, under a key of its own. */
interface Draft {
  comment: Known
  canary: number
  key: string
  parent: Known | undefined
  held: boolean
}

const REFUSALS = ['COMMENTS_TOO_FAST', 'COMMENT_DUPLICATE', 'PARENT_NOT_FOUND', 'PARENT_NOT_REPLYABLE']

let keys = 0

function draft({ ledger, articles }: Stage, reader: Reader, parent?: Known): Draft {
  const comment: Known = {
    id: undefined,
    article: parent?.article ?? any(articles),
    parent,
    receipt: undefined,
    reader,
    deeds: [],
    words: -1,
  }
  const canary = ledger.word(comment)
  comment.words = canary
  return { comment, canary, key: keyOf(), parent, held: Math.random() < 0.1 }
}

const keyOf = (): string => `request-of-the-crowd-${keys++}`

const wordsOf = (canary: number, held: boolean): string =>
  `Words of **${canaryWord(canary)}** here.${held ? ' https://one.example/ and https://two.example/' : ''}`

async function post(stage: Stage, client: Client, draft: Draft): Promise<void> {
  const { comment, canary, key, parent, held } = draft
  const { name, email, subject, ip } = comment.reader
  const request = {
    body: wordsOf(canary, held),
    author: { name, email, subject },
    client: { ip },
    ...(parent && { parentId: parent.id }),
  }
  const send = (kind: string, refusals: readonly string[]) =>
    stage.wire.send({
      kind,
      path: `/v1/articles/${comment.article}/comments`,
      init: json(request, { ...bearer(stage.serverKey), 'idempotency-key': key }),
      refusals,
    })
  const began = performance.now()
  const answer = await send(parent ? 'reply' : 'post', REFUSALS)
  if (answer.code !== undefined) return
  acknowledge(stage, draft, answer, answer.body)
  if (answer.status !== 200) {
    const words = answer.status === 201 ? 'show' : 'hide'
    comment.deeds.push({ began, ended: answer.ended, done: true, words, below: 'none' })
    client.own.push(comment)
  }
  const { status } = answer
  const { id } = answer.body.comment
  const again = async () => checkReplay(stage.ledger, await send('replay', []), id, status)
  remember(stage, client, key, { id, reader: comment.reader, again })
}

/** What an answer tells of a new comment, or of the one that was there already. */
function acknowledge({ ledger }: Stage, { comment, key }: Draft, answer: Answer, posted: Posted): void {
  const { id, parentId } = posted.comment
  if (comment.id !== undefined && comment.id !== id) ledger.faults.push(`${key}: ${comment.id} and ${id}`)
  if (answer.status === 200 && posted.duplicateOf) ledger.twins++
  if (answer.replayed) ledger.replays++
  comment.id = id
  comment.receipt ??= posted.receipt ?? undefined
  // what is too deep hangs beside the one that it answers
  comment.parent = parentId ? ledger.byId.get(parentId) : undefined
  ledger.byId.set(id, comment)
}

function remember({ ledger }: Stage, { sent }: Client, key: string, acknowledged: Acknowledged): void {
  ledger.acknowledged.set(key, acknowledged)
  sent.push(acknowledged)
}

interface Posted {
  comment: { id: string; parentId: string | null }
  receipt: string | null
  duplicateOf: string | null
}

function checkReplay(ledger: Ledger, answer: Answer, id: string, status: number): void {
  ledger.replays++
  const found = answer.body?.comment?.id
  // what was held may be live now
  const isSame = answer.status === status || (status === 202 && answer.status === 201)
  if (found === id && isSame && answer.replayed) return
  ledger.faults.push(`a replay of ${id} (${status}): ${answer.status} ${JSON.stringify(answer.body)}`)
}

async function reply(stage: Stage, client: Client): Promise<void> {
  const parent = anyKnown(stage.ledger)
  await post(stage, client, draft(stage, one(client), parent))
}

/** Several comments at the very same moment, on whichever instances. */
async function rush(stage: Stage, client: Client, readers: readonly Reader[]): Promise<void> {
  await Promise.all(readers.map((reader) => post(stage, client, draft(stage, reader))))
}

/** The same words twice at once, under two keys: one comment. */
async function twins(stage: Stage, client: Client): Promise<void> {
  const first = draft(stage, one(client))
  await Promise.all([first, { ...first, key: keyOf() }].map((draft) => post(stage, client, draft)))
}

const POST = `mutation ($input: PostCommentInput!) {
  postComment(input: $input) {
    comment { id parentId status } receipt duplicateOf replayed errors { code message } } }`

/** By the other face, which knows neither subject nor client: an unknown author who is told from others by name only. */
async function postByGraphql(stage: Stage, client: Client): Promise<void> {
  const reader = any(client.guests.filter(isThere))
  if (!reader) return
  const sent = draft(stage, reader, Math.random() < 0.5 ? anyKnown(stage.ledger) : undefined)
  const { comment, canary, key, parent, held } = sent
  const input = {
    article: comment.article,
    body: wordsOf(canary, held),
    author: { name: reader.name, email: reader.email },
    ...(parent && { parentId: parent.id }),
  }
  const headers = { ...bearer(stage.serverKey), 'idempotency-key': key }
  const init = json({ query: POST, variables: { input } }, headers)
  const began = performance.now()
  const answer = await stage.wire.send({
    kind: 'post by GraphQL',
    path: '/graphql',
    init,
    refusals: REFUSALS,
  })
  if (answer.code !== undefined) return
  const posted = answer.body.data.postComment
  acknowledge(stage, sent, { ...answer, replayed: posted.replayed }, posted)
  if (posted.duplicateOf) return
  // it tells the state of now and not of then: that it was live is possible
  comment.deeds.push({ began, ended: answer.ended, done: true, words: 'show', below: 'none' })
  client.own.push(comment)
  const again = async () => {
    const { status, body, ...rest } = await stage.wire.send({
      kind: 'replay',
      path: '/graphql',
      init,
      refusals: [],
    })
    const repeated = body.data.postComment
    checkReplay(
      stage.ledger,
      { ...rest, status, body: repeated, replayed: repeated.replayed },
      posted.comment.id,
      200,
    )
  }
  remember(stage, client, key, { id: posted.comment.id, reader, again })
}

async function replay(_: Stage, { sent }: Client): Promise<void> {
  await any(sent.filter(({ reader }) => isThere(reader)))?.again()
}

// ── What authors do later ─────────────────────────────────────────────────────────────────────────────────────

async function edit({ wire, ledger, serverKey }: Stage, { own }: Client): Promise<void> {
  const comment = any(own.filter(({ reader }) => isThere(reader)).slice(-20))
  if (!comment) return
  const canary = ledger.word(comment)
  let lost = false
  const { status, code, body, began, ended } = await wire.send({
    kind: 'edit',
    path: `/v1/comments/${comment.id}`,
    init: {
      ...json({ body: wordsOf(canary, Math.random() < 0.1) }, proofOf(comment, serverKey)),
      method: 'PATCH',
    },
    refusals: ['EDIT_WINDOW_CLOSED', 'COMMENT_NOT_FOUND'],
    lost: () => {
      lost = true
    },
  })
  if (code === undefined && status === 200) {
    ledger.edits++
    ledger.reworded(comment, canary)
    const words = body.status === 'approved' ? 'none' : 'hide'
    comment.deeds.push({ began, ended, done: true, words, below: 'none' })
  } else if (lost) {
    // an attempt before it may have been taken, and what made the last one impossible came then
    comment.words = -1
  } else {
    unsay(ledger, canary)
  }
}

/** Refused words are never seen. */
function unsay(ledger: Ledger, canary: number): void {
  const words = ledger.canaries[canary]
  if (words) words.sent = Number.POSITIVE_INFINITY
}

async function withdraw({ wire, serverKey }: Stage, { own }: Client): Promise<void> {
  const comment = any(own.filter(({ reader }) => isThere(reader)).slice(-20))
  if (!comment) return
  const deed = (began: number, ended: number, done: boolean) =>
    comment.deeds.push({ began, ended, done, words: 'hide', below: 'show' })
  const { code, began, ended } = await wire.send({
    kind: 'withdraw',
    path: `/v1/comments/${comment.id}`,
    init: { method: 'DELETE', headers: proofOf(comment, serverKey) },
    refusals: [],
    lost: (began, ended) => void deed(began, ended, false),
  })
  if (code === undefined) deed(began, ended, true)
}

/** By receipt, or by the word of the server that speaks for the reader. */
function proofOf({ receipt, reader }: Known, serverKey: string): Record<string, string> {
  if (receipt) return { 'comment-receipt': receipt }
  return { ...bearer(serverKey), 'comment-subject': reader.subject ?? '' }
}

/** One who has written asks that nothing of them be left, by the server that speaks for them or by an operator. */
export async function erase({ wire, ledger, serverKey, eraserKey }: Stage, { own }: Client): Promise<void> {
  const reader = leaving(
    own.filter(({ reader }) => isThere(reader)),
    ledger,
  )?.reader
  if (!reader) return
  reader.erased = true
  const note = (began: number, ended: number, done: boolean) => {
    for (const { comment } of ledger.canaries) {
      if (comment.reader === reader) comment.deeds.push({ began, ended, done, words: 'hide', below: 'show' })
    }
  }
  const { subject, email } = reader
  const byOperator = json(subject ? { subject } : { email }, bearer(eraserKey))
  const byServer = json({}, { ...bearer(serverKey), 'comment-subject': subject ?? '' })
  let answer: Answer
  do {
    answer = await wire.send({
      kind: 'erase',
      path: '/v1/privacy/erasures',
      init: subject && Math.random() < 0.5 ? byServer : byOperator,
      refusals: [],
      lost: (began, ended) => note(began, ended, false),
    })
  } while (answer.status === 202)
  note(answer.began, answer.ended, true)
  ledger.erasures++
}

/** A comment of whose author most would be left: one that was edited, and stays as a placeholder above its replies. */
function leaving(own: readonly Known[], { byId, canaries }: Ledger): Known | undefined {
  const answered = new Set([...byId.values()].map(({ parent }) => parent))
  const edited = own.filter(
    (comment) => canaries.findIndex((words) => words.comment === comment) < comment.words,
  )
  const best = [
    edited.filter((comment) => answered.has(comment)),
    own.filter((comment) => answered.has(comment)),
  ]
  return any(best.find(({ length }) => length > 0) ?? own)
}

// ── What readers do with the comments of others ───────────────────────────────────────────────────────────────

/** Up, down, or not any more; as a reader of the server, or as a device, which proves nobody. */
async function vote(stage: Stage, client: Client): Promise<void> {
  const { wire, ledger, serverKey } = stage
  const id = anyKnown(ledger)?.id
  if (!id) return
  const reader = Math.random() < 0.8 ? one(client) : undefined
  const device = reader ? undefined : await deviceOf(stage, client)
  const headers: Record<string, string> = reader
    ? { ...bearer(serverKey), 'comment-subject': reader.subject ?? '' }
    : { 'comment-device': device ?? '' }
  const value = any([1, 1, 1, -1, 0] as const)
  const name = `${id} ${reader?.subject ?? device}`
  const before = ledger.votes.get(name)
  let open = before?.open ?? false
  const { code } = await wire.send({
    kind: 'vote',
    path: `/v1/comments/${id}/vote`,
    init: value === 0 ? { method: 'DELETE', headers } : { ...json({ value }, headers), method: 'PUT' },
    refusals: ['COMMENT_NOT_FOUND'],
    lost: () => {
      open = true
    },
  })
  const voted = code === undefined
  if (!voted && !open) return
  const standing = voted ? value : (before?.value ?? 0)
  ledger.votes.set(name, { id, value: standing, proven: reader !== undefined, open: !voted && open, reader })
}

async function deviceOf({ wire }: Stage, client: Client): Promise<string> {
  if (client.device) return client.device
  const { body } = await wire.send({
    kind: 'device',
    path: '/v1/devices',
    init: { method: 'POST' },
    refusals: [],
  })
  client.device = body.deviceToken as string
  return client.device
}

/** About one of the latest few: so that enough come together to withdraw it. */
async function report({ wire, ledger, serverKey }: Stage, client: Client): Promise<void> {
  const id = any([...ledger.byId.keys()].slice(-12))
  const reader = one(client)
  if (!id) return
  const { code } = await wire.send({
    kind: 'report',
    path: `/v1/comments/${id}/reports`,
    init: json({ reason: 'advertising' }, { ...bearer(serverKey), 'comment-subject': reader.subject ?? '' }),
    refusals: ['COMMENT_NOT_FOUND'],
  })
  if (code === undefined) ledger.reports.set(`${id} ${reader.subject}`, { id, reader })
}

// ── What moderators do ────────────────────────────────────────────────────────────────────────────────────────

interface Queued {
  id: string
  revision: number
  status: string
  source: string
}

const TARGETS: Record<string, string> = {
  approve: 'approved',
  reject: 'rejected',
  spam: 'spam',
  hold: 'pending',
  delete: 'deleted',
}

/** What a moderator makes of comments in each state: approves more than anything, or nothing would be there to read. */
const LIKELY: Record<string, readonly string[]> = {
  pending: ['approve', 'approve', 'approve', 'approve', 'reject', 'spam', 'delete'],
  approved: ['hold', 'reject', 'spam', 'delete', 'approve'],
  rejected: ['approve', 'approve', 'hold', 'delete'],
  spam: ['approve', 'approve', 'hold', 'delete'],
  deleted: ['restore', 'approve'],
}

const QUEUES = [
  'status=pending',
  'status=pending&sort=newest',
  'status=approved&sort=newest',
  'status=any&sort=newest',
  'status=rejected&sort=newest',
  'status=spam',
  'status=deleted&sort=newest',
]

/** Looks at a page of the queue and decides some of it: others look at the same page. */
async function decide({ wire, ledger, moderators }: Stage, { batches }: Client): Promise<void> {
  const { key, actor } = any(moderators)
  const queue = await wire.send({
    kind: 'queue',
    path: `/v1/moderation/comments?limit=20&${any(QUEUES)}`,
    init: { headers: bearer(key) },
    refusals: [],
  })
  const queued = (queue.body.data as Queued[]).filter(() => Math.random() < 0.25)
  if (queued.length === 0) return
  const decisions = queued.map(({ id, revision, status }) => {
    const action = any(LIKELY[status] ?? ['approve'])
    return { commentId: id, revision, action, ...(action === 'reject' && { reasonCode: 'off_topic' }) }
  })
  const comments = queued.map(({ source }) => ledger.of(source))
  for (const { commentId: id, revision, action } of decisions) {
    ledger.asked.push({ id, revision, status: TARGETS[action], actor })
  }
  const { body, began, ended } = await wire.send({
    kind: 'decide',
    path: '/v1/moderation/decisions',
    init: json({ decisions }, { ...bearer(key), 'idempotency-key': keyOf() }),
    refusals: [],
    lost: (began, ended) => {
      for (const [at, { action }] of decisions.entries()) {
        comments[at]?.deeds.push({ began, ended, done: false, ...effectOf(TARGETS[action]) })
      }
    },
  })
  const results = body.results as Result[]
  noteResults(ledger, results, comments, began, ended)
  for (const [at, { comment }] of results.entries()) {
    const made = decisions[at]?.revision ?? 0
    if (comment?.revision !== made + 1 || comment.decidedBy !== actor) continue
    ledger.ruled.push({ id: comment.id, revision: made, status: comment.status, actor })
  }
  if (body.batchId === null) return
  const made = results.map(({ comment }, at) => ({
    id: comment?.id ?? '',
    revision: comment?.revision ?? 0,
    comment: comments[at],
  }))
  batches.push({ id: body.batchId, made })
}

const CONFLICTS = ['REVISION_STALE', 'INVALID_TRANSITION', 'COMMENT_NOT_FOUND', 'BATCH_UNDONE']

/** As each comment stood when it was decided, or when that was found done. */
function noteResults(
  { faults }: Ledger,
  results: readonly Result[],
  comments: readonly (Known | undefined)[],
  began: number,
  ended: number,
): void {
  for (const [at, { comment, code }] of results.entries()) {
    if (comment) comments[at]?.deeds.push({ began, ended, done: true, ...effectOf(comment.status) })
    else if (!CONFLICTS.includes(code ?? '')) faults.push(`a decision: ${code}`)
  }
}

/** Takes back what was decided a moment ago, as any moderator may. */
async function undo({ wire, ledger, moderators }: Stage, { batches }: Client): Promise<void> {
  const batch = any(batches.slice(-5))
  if (!batch) return
  const { key, actor } = any(moderators)
  for (const { id, revision } of batch.made) ledger.asked.push({ id, revision, status: undefined, actor })
  const { code, body, began, ended } = await wire.send({
    kind: 'undo',
    path: `/v1/moderation/batches/${batch.id}/undo`,
    init: { method: 'POST', headers: bearer(key) },
    refusals: ['BATCH_UNDONE', 'BATCH_NOT_FOUND'],
    lost: (began, ended) => {
      for (const { comment } of batch.made) {
        comment?.deeds.push({ began, ended, done: false, ...effectOf(undefined) })
      }
    },
  })
  if (code !== undefined) return
  const known = new Map(batch.made.map(({ id, comment }) => [id, comment]))
  const results = body.results as (Result & { commentId: string })[]
  const comments = results.map(({ commentId }) => known.get(commentId))
  noteResults(ledger, results, comments, began, ended)
  ledger.undone++
}

interface Result {
  comment: { id: string; status: string; revision: number; decidedBy: string } | null
  code: string | null
}

/** What a state, if a comment came to it, does to its words and to what is below it. */
function effectOf(status: string | undefined): { words: Effect; below: Effect } {
  if (status === undefined || status === 'approved') return { words: 'show', below: 'show' }
  return { words: 'hide', below: status === 'rejected' || status === 'spam' ? 'hide' : 'show' }
}

// ── Chance ────────────────────────────────────────────────────────────────────────────────────────────────────

export function any<T>(things: readonly T[]): T {
  return things[Math.floor(Math.random() * things.length)] as T
}

const isThere = ({ erased }: Reader): boolean => !erased

const one = ({ networks }: Client): Reader => any(networks.flat().filter(isThere))

const repeated = (reader: Reader): Reader[] => [reader, reader, reader]

/** One that was acknowledged, more likely a late one; none where there is none yet. */
function anyKnown({ acknowledged, byId }: Ledger): Known | undefined {
  const all = [...byId.values()]
  return acknowledged.size === 0 ? undefined : any(Math.random() < 0.5 ? all.slice(-40) : all)
}

const bearer = (key: string): Record<string, string> => ({ authorization: `Bearer ${key}` })
