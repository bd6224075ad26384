import { post as json } from '../support.ts'
import { any, type Stage } from './actions.ts'
import { canariesIn, type Known, type Ledger } from './ledger.ts'

/** What an anonymous reader asks for. */
type Question = (stage: Stage) => { what: string; path: string; init?: RequestInit }

const COMMENTS = `query ($slug: String!) { article(slug: $slug) { commentCount comments(first: 100) {
  nodes { text placeholder replyCount replies(first: 3) { nodes { text placeholder replyCount } } } pageInfo { hasNextPage } } } }`

const QUESTIONS: readonly Question[] = [
  ({ articles }) => ({
    what: 'threads',
    path: `/v1/articles/${any(articles)}/comments?limit=50&replies=20&sort=${any(['newest', 'oldest', 'top'])}`,
  }),
  ({ articles }) => ({ what: 'article', path: `/v1/articles/${any(articles)}?include=comments` }),
  (stage) => ({ what: 'replies', path: `/v1/comments/${aboveSome(stage)}/replies?limit=100` }),
  (stage) => ({ what: 'comment', path: `/v1/comments/${someId(stage)}` }),
  ({ articles }) => ({
    what: 'GraphQL',
    path: '/graphql',
    init: json({ query: COMMENTS, variables: { slug: any(articles) } }),
  }),
]

const ABSENT = '019a2b3c-4d5e-7f60-8a1b-2c3d4e5f6071'

const someId = (stage: Stage): string => some(stage)?.id ?? ABSENT

const aboveSome = (stage: Stage): string => some(stage)?.parent?.id ?? someId(stage)

/** One of the comments of late, about which most is decided. */
function some({ ledger }: Stage): Known | undefined {
  const all = [...ledger.byId.values()]
  return any(Math.random() < 0.7 ? all.slice(-100) : all)
}

/** Reads by chance, everywhere, until told to stop, and notes what it saw and when. */
export async function readUntil(over: () => boolean, stage: Stage): Promise<void> {
  while (!over()) await ask(stage, any(QUESTIONS)(stage))
}

/** Reads every thread, every comment and all replies, once. */
export async function readEverything(stage: Stage): Promise<void> {
  const { ledger, articles } = stage
  const paths = [
    ...articles.map((slug) => `/v1/articles/${slug}/comments?limit=100&replies=20`),
    ...[...ledger.byId.keys()].flatMap((id) => [
      `/v1/comments/${id}`,
      `/v1/comments/${id}/replies?limit=100`,
    ]),
  ]
  const work = async () => {
    for (let path = paths.pop(); path; path = paths.pop()) await ask(stage, { what: 'everything', path })
  }
  await Promise.all(Array.from({ length: 8 }, work))
}

async function ask(stage: Stage, { what, path, init = {} }: ReturnType<Question>): Promise<void> {
  const { ledger, wire } = stage
  const answer = await wire.once({ kind: `read ${what}`, path, init, refusals: [] })
  const { status, code, body, began, ended } = answer
  if (status !== 200) {
    const isExpected = status === 0 || status >= 500 || status === 429 || code === 'COMMENT_NOT_FOUND'
    if (!isExpected) ledger.faults.push(`read ${path}: ${status} ${code}`)
    return
  }
  ledger.looks.push({ what: path, began, ended, canaries: canariesIn(JSON.stringify(body)) })
  checkPlaceholders(ledger, path, body)
  if (what === 'GraphQL') checkCount(stage, path, body.data?.article)
}

/** Only what has visible replies stands as a placeholder: the others are not there. */
function checkPlaceholders(ledger: Ledger, path: string, found: unknown): void {
  if (found === null || typeof found !== 'object') return
  const { placeholder, replyCount } = found as { placeholder?: string | null; replyCount?: number }
  if (placeholder && replyCount === 0) ledger.faults.push(`${path}: a placeholder without replies`)
  for (const inner of Object.values(found)) checkPlaceholders(ledger, path, inner)
}

interface Counted {
  commentCount: number
  comments: {
    nodes: { placeholder: string | null; replyCount: number }[]
    pageInfo: { hasNextPage: boolean }
  }
}

/** An article is read in one statement: its count is that of the comments that stand beside it, at every moment. */
function checkCount({ ledger }: Stage, path: string, article: Counted | undefined): void {
  if (!article || article.comments.pageInfo.hasNextPage) return
  const shown = article.comments.nodes.reduce(
    (sum, { placeholder, replyCount }) => sum + replyCount + (placeholder === null ? 1 : 0),
    0,
  )
  if (shown !== article.commentCount) {
    ledger.faults.push(`${path}: counts ${article.commentCount} comments and shows ${shown}`)
  }
}
