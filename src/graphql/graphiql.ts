import type { FastifyInstance } from 'fastify'

/** The page carries all of its script, style and workers itself: nothing is fetched from elsewhere. */
const CSP =
  "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval' blob:; worker-src blob:; style-src 'unsafe-inline'; " +
  "img-src data:; font-src data:; connect-src 'self' data:; frame-ancestors 'none'"

export function registerGraphiql(app: FastifyInstance): void {
  let page: Promise<string> | undefined
  app.get('/graphiql', { schema: { hide: true, operationId: 'graphiql' } }, async (_request, reply) => {
    // 9 MB that most instances never serve: read when it is first asked for
    page ??= import('@graphql-yoga/render-graphiql').then(({ renderGraphiQL }) =>
      renderGraphiQL({ title: 'Broadsheet', endpoint: '/graphql', defaultQuery: EXAMPLE }),
    )
    return reply
      .type('text/html; charset=utf-8')
      .header('content-security-policy', CSP)
      .send(await page)
  })
}

const EXAMPLE = `query Front {
  articles(first: 5) {
    nodes {
      title
      publishedAt
      adjacent {
        previous { title }
        next { title }
      }
    }
    pageInfo { hasNextPage endCursor }
  }
}
`
