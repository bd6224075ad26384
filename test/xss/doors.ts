import type { Response } from 'light-my-request'
import type { ImportRecord } from '../../src/domain/interchange.ts'
import type { Article } from '../../src/shapes/articles.ts'
import type { Comment, ModeratedComment, OwnComment, PostedComment } from '../../src/shapes/comments.ts'
import { keyHeaders } from '../api/support.ts'
import { importRecords, ndjson, wxr } from '../import/support.ts'
import { wxrPost, wxrText } from '../import/wxr-text.ts'
import type { TestApp } from '../setup/app.ts'
import { article } from '../setup/data.ts'
import { type Allowlist, ARTICLE, COMMENT, MARKED } from '../unit/rich-text/allowlist.ts'
import { CORPUS, FAMILIES, ofFamilies, type Payload } from './corpus.ts'
import type { Shown } from './judge.ts'

/** A way in for what people write, and what is shown of it afterwards. */
export interface Door {
  name: string
  allowed: Allowlist
  corpus: readonly Payload[]
  /** Takes each payload in by itself: a comment, a member of an article. */
  deliver(payloads: readonly Payload[]): Promise<Delivery>
}

export interface Delivery {
  shown: Shown[]
  /** Answered with 400 or 422. */
  refused: Payload[]
}

/** A bare address is a word there. */
const BODIES = ofFamilies(...FAMILIES.filter((family) => family !== 'addresses'))
/** Everything else is no address at all, and refused as such. */
const ADDRESSES = ofFamilies('addresses', 'breaking', 'polyglots')
const WORDS = ofFamilies('markdown', 'unicode', 'entities', 'breaking', 'shortcodes', 'polyglots')
const BREAKING = ofFamilies('scripts', 'breaking', 'entities', 'polyglots')

interface Key {
  authorization: string
}

const AT_ONCE = 20
/** Comments that are changed in turn: each only so often. */
const EDITED = 2 * AT_ONCE

/** Whether no browser could take an answer for a page. */
export function isPlain({ headers }: Response): boolean {
  const { 'content-type': type, 'x-content-type-options': options } = headers
  return /^application\/(problem\+)?json; charset=utf-8$/.test(String(type)) && options === 'nosniff'
}

/** @throws for an answer that is a page, and for one that is neither yes nor a refusal. */
function checked(response: Response): Response {
  if (isPlain(response) && [200, 201, 202, 400, 422].includes(response.statusCode)) return response
  throw new Error(`${response.statusCode} ${JSON.stringify(response.headers)}: ${response.body}`)
}

async function inTurns<A, B>(items: readonly A[], work: (item: A, at: number) => Promise<B>): Promise<B[]> {
  const done: B[] = []
  for (let at = 0; at < items.length; at += AT_ONCE) {
    const some = items.slice(at, at + AT_ONCE).map((item, i) => work(item, at + i))
    done.push(...(await Promise.all(some)))
  }
  return done
}

/** Sends each payload in a request of its own. */
async function requested<T>(
  payloads: readonly Payload[],
  send: (text: string, at: number) => Promise<Response>,
): Promise<{ answers: T[]; refused: Payload[] }> {
  const responses = await inTurns(payloads, async ({ text }, at) => checked(await send(text, at)))
  const isRefusal = (response: Response | undefined) => (response?.statusCode ?? 0) >= 400
  return {
    answers: responses.filter((response) => !isRefusal(response)).map((response) => response.json<T>()),
    refused: payloads.filter((_, at) => isRefusal(responses[at])),
  }
}

const present = (values: (string | null | undefined)[]): string[] =>
  values.filter((value): value is string => typeof value === 'string')

const shownOfComment = ({ html, text, author, ...more }: Comment | OwnComment | ModeratedComment): Shown => ({
  html: present([html]),
  texts: present([author?.name, text, 'source' in more ? more.source : undefined]),
  addresses: present([author?.url]),
})

const FIELDS =
  'title,subtitle,excerpt,url,cover,seo,body,headings,images,authors.name,tags.name,categories.name'

function shownOfArticle(shown: Article): Shown {
  const { cover, seo, headings = [], images = [], authors = [], tags = [], categories = [] } = shown
  const pictures = [...(cover ? [cover] : []), ...images]
  return {
    html: present([shown.body]),
    texts: present([
      ...[shown.title, shown.subtitle, shown.excerpt, seo.title, seo.description],
      ...headings.flatMap(({ id, text }) => [id, text]),
      ...pictures.flatMap(({ alt, caption, credit }) => [alt, caption, credit]),
      ...[...authors, ...tags, ...categories].map(({ name }) => name),
    ]),
    addresses: present([shown.url, seo.canonicalUrl, seo.image, ...pictures.map(({ url }) => url)]),
  }
}

const shownOfHighlight = ({ highlight }: Article): Shown => ({
  html: present([highlight?.title, highlight?.excerpt]),
  texts: [],
  addresses: [],
})

/** Everything of a list, page after page. */
async function listed<T>({ app }: TestApp, { authorization }: Key, path: string): Promise<T[]> {
  const found: T[] = []
  let cursor: string | null = ''
  while (cursor !== null) {
    const url: string = path + (cursor && `&after=${cursor}`)
    const response: Response = await app.inject({ url, headers: { authorization } })
    const { data, page } = checked(response).json<{ data: T[]; page: { next: string | null } }>()
    found.push(...data)
    cursor = page.next
  }
  return found
}

export async function commentDoors(server: TestApp): Promise<Door[]> {
  const { app, database } = server
  const moderator = await keyHeaders(server, 'comments:moderate')
  await article(database.sql, { slug: 'commented' })
  const post = (payload: object) =>
    app.inject({ method: 'POST', url: '/v1/articles/commented/comments', payload })
  const words = { body: 'Words', author: { name: 'Reader' } }
  const posted = await inTurns(Array.from({ length: EDITED }), async () =>
    (await post(words)).json<{ comment: OwnComment; receipt: string }>(),
  )
  const edit = async (text: string, at: number): Promise<Response> => {
    const { comment, receipt } = posted[at % EDITED] as (typeof posted)[number]
    return app.inject({
      method: 'PATCH',
      url: `/v1/comments/${comment.id}`,
      headers: { 'comment-receipt': receipt },
      payload: { body: text },
    })
  }
  const moderate = (changeOf: (text: string) => object) => async (text: string, at: number) => {
    const { comment } = posted[at % EDITED] as (typeof posted)[number]
    const [row] = await database.sql`select revision from comments where id = ${comment.id}`
    const response: Response = await app.inject({
      method: 'PATCH',
      url: `/v1/moderation/comments/${comment.id}`,
      headers: { authorization: moderator.authorization },
      payload: { ...changeOf(text), revision: row?.['revision'] },
    })
    return response
  }
  const posting = (name: string, payloadOf: (text: string) => object): Door => ({
    name,
    allowed: COMMENT,
    corpus: CORPUS,
    deliver: async (payloads) => {
      const { answers, refused } = await requested<PostedComment>(payloads, (text) => post(payloadOf(text)))
      return { shown: answers.flatMap(({ comment }) => (comment ? [shownOfComment(comment)] : [])), refused }
    },
  })
  const changing = (name: string, send: (text: string, at: number) => Promise<Response>): Door => ({
    name,
    allowed: COMMENT,
    corpus: CORPUS,
    deliver: async (payloads) => {
      const { answers, refused } = await requested<OwnComment | ModeratedComment>(payloads, send)
      return { shown: answers.map(shownOfComment), refused }
    },
  })

  return [
    posting('the words of a comment', (body) => ({ ...words, body })),
    posting('the name of a reader', (name) => ({ ...words, author: { name } })),
    posting('the address of a reader', (url) => ({ ...words, author: { name: 'Reader', url } })),
    changing('the words of a comment, changed by its author', edit),
    changing(
      'the words of a comment, changed by a moderator',
      moderate((body) => ({ body })),
    ),
    changing(
      'the name of a reader, changed by a moderator',
      moderate((name) => ({ author: { name } })),
    ),
    changing(
      'the address of a reader, changed by a moderator',
      moderate((url) => ({ author: { url } })),
    ),
  ]
}

export async function articleDoors(server: TestApp): Promise<Door[]> {
  const { app } = server
  const { authorization } = await keyHeaders(server, 'content:read', 'content:write')
  const headers = { authorization }
  let titles = 0

  const create = (payload: object) => app.inject({ method: 'POST', url: '/v1/articles', headers, payload })
  // of one title each would have to look for a slug behind all others
  const titled = (members: object) => create({ title: `Words ${++titles}`, ...members })
  const patch = (id: string, payload: object) =>
    app.inject({
      method: 'PATCH',
      url: `/v1/articles/${id}`,
      headers: { authorization, 'if-match': '*', 'content-type': 'application/merge-patch+json' },
      payload,
    })
  const read = async (ids: string[]): Promise<Shown[]> => {
    const pages = Array.from({ length: Math.ceil(ids.length / 100) }, (_, at) =>
      ids.slice(100 * at, 100 * at + 100),
    )
    const path = `/v1/articles?limit=100&status=any&fields=${FIELDS}&ids=`
    const found = await Promise.all(pages.map((page) => listed<Article>(server, headers, path + page)))
    return found.flat().map(shownOfArticle)
  }
  const { id: changed } = (await titled({})).json<Article>()

  /** Written in one format, read, changed into another, and read again. */
  const bodies = (format: string, later: string, corpus: readonly Payload[]): Door => ({
    name: `an article in ${format}, changed to ${later}`,
    allowed: ARTICLE,
    corpus,
    deliver: async (payloads) => {
      const send = (source: string) => titled({ body: { format, source } })
      const { answers, refused } = await requested<Article>(payloads, send)
      const ids = answers.map(({ id }) => id)
      const before = await read(ids)
      const taken = payloads.filter((payload) => !refused.includes(payload))
      const change = (source: string, at: number) => patch(`${ids[at]}`, { body: { format: later, source } })
      const changes = await requested<Article>(taken, change)
      return { shown: [...before, ...(await read(ids))], refused: [...refused, ...changes.refused] }
    },
  })
  const members = (
    name: string,
    corpus: readonly Payload[],
    send: (text: string) => Promise<Response>,
  ): Door => ({
    name,
    allowed: ARTICLE,
    corpus,
    deliver: async (payloads) => {
      const { answers, refused } = await requested<Article>(payloads, send)
      return { shown: answers.map(shownOfArticle), refused }
    },
  })
  const found: Door = {
    name: 'what a search has found',
    allowed: MARKED,
    corpus: BREAKING,
    deliver: async (payloads) => {
      const send = (text: string) =>
        create({ title: `Sought ${text}`, body: { format: 'text', source: text } })
      const { refused } = await requested<Article>(payloads, send)
      const path = '/v1/articles?limit=100&status=any&q=sought&fields=highlight'
      const all = payloads.length > refused.length ? await listed<Article>(server, headers, path) : []
      return { shown: all.map(shownOfHighlight), refused }
    },
  }

  return [
    bodies('html', 'markdown', BODIES),
    bodies('markdown', 'html', WORDS),
    members('title, excerpt and the like', WORDS, (text) => create(textsOf(text))),
    members('title, excerpt and the like, changed', BREAKING, (text) => patch(changed, textsOf(text))),
    members('the cover of an article', ADDRESSES, (url) => titled({ cover: { url } })),
    members('its canonical address', ADDRESSES, (url) => titled({ seo: { canonicalUrl: url } })),
    members('its picture for search engines', ADDRESSES, (url) => titled({ seo: { image: url } })),
    found,
  ]
}

const textsOf = (text: string): object => ({
  title: text,
  subtitle: text,
  excerpt: text,
  cover: { url: 'https://a.example/i.png', alt: text, caption: text, credit: text },
  seo: { title: text, description: text },
})

/** What is there where no XML can be. */
const UNWRITABLE = /[^\t\n\r -\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u

export async function importDoors(server: TestApp): Promise<Door[]> {
  const { deps, app, database } = server
  const site = { core: deps.core, app, sql: database.sql }
  const headers = await keyHeaders(server, 'content:read', 'comments:moderate')

  const imported = (
    name: string,
    tag: string,
    corpus: readonly Payload[],
    records: (payloads: readonly Payload[]) => AsyncIterable<ImportRecord>,
  ): Door => ({
    name,
    allowed: ARTICLE,
    corpus,
    deliver: async (payloads) => {
      if (payloads.length === 0) return { shown: [], refused: [] }
      await importRecords(site, records(payloads), { source: tag })
      const path = `/v1/articles?limit=100&status=any&tag=${tag}&fields=${FIELDS}`
      return { shown: (await listed<Article>(server, headers, path)).map(shownOfArticle), refused: [] }
    },
  })
  const rows = (bodyFormat: string, tag: string) => (payloads: readonly Payload[]) =>
    ndjson(payloads.map((payload) => rowOf(payload, bodyFormat, tag)))
  const posts = (payloads: readonly Payload[]) => wxr(wxrText(writable(payloads).map(postOf)))
  const comments: Door = {
    name: 'comments of WordPress',
    allowed: COMMENT,
    corpus: CORPUS,
    deliver: async (payloads) => {
      if (payloads.length === 0) return { shown: [], refused: [] }
      const post = { id: 1_000_000, name: 'commented', comments: writable(payloads).map(commentOf) }
      await importRecords(site, wxr(wxrText([wxrPost(post)])), { source: 'comments' })
      const found = await Promise.all([
        listed<Comment>(server, headers, '/v1/articles/commented/comments?limit=100'),
        listed<ModeratedComment>(server, headers, '/v1/moderation/comments?limit=100&status=approved'),
      ])
      return { shown: found.flat().map(shownOfComment), refused: [] }
    },
  }

  return [
    imported('NDJSON in HTML', 'rows', BODIES, rows('html', 'rows')),
    imported('NDJSON in Markdown', 'notes', WORDS, rows('markdown', 'notes')),
    imported('posts of WordPress', 'posts', BODIES, posts),
    comments,
  ]
}

const rowOf = ({ number, text }: Payload, bodyFormat: string, tag: string): object => ({
  ...{ id: number, slug: `${tag}-${number}`, publishedAt: '2026-01-01T00:00:00Z' },
  ...{ title: text, subtitle: text, excerpt: text, body: text, bodyFormat },
  ...{ tags: [tag, text], cover: { url: text, alt: text } },
})

const writable = (payloads: readonly Payload[]): Payload[] =>
  payloads.filter(({ text }) => !UNWRITABLE.test(text))

const postOf = ({ number, text }: Payload): string =>
  wxrPost({ id: number, name: `post-${number}`, title: text, excerpt: text, body: text, tags: ['posts'] })

const commentOf = ({ number, text }: Payload) => ({ id: number, author: text, url: text, body: text })
