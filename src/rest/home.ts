import type { FastifyInstance } from 'fastify'
import { htmlPage, PAGE_CSP } from './html.ts'

type Link = [path: string, text: string]

const LINKS: Link[] = [
  ['/v1/articles?include=adjacent', 'Articles, each with its neighbours'],
  ['/v1/categories', 'Categories'],
  ['/docs', 'REST: reference and playground'],
  ['/openapi.json', 'REST: OpenAPI 3.1'],
  ['/docs/errors', 'Error codes of both'],
  ['/graphiql', 'GraphQL: playground'],
  ['/readyz', 'Readiness'],
]

/** `/`: a browser gets a short page of links, a client gets them as JSON. */
export function homeRoute(app: FastifyInstance, publicUrl: string, version: string, graphiql: boolean): void {
  const shown = LINKS.filter(([path]) => graphiql || path !== '/graphiql')
  app.get('/', { schema: { hide: true, operationId: 'home' } }, async (request, reply) => {
    reply.header('vary', 'accept')
    if (!request.headers.accept?.includes('text/html')) {
      return {
        name: 'Broadsheet',
        version,
        links: shown.map(([path, title]) => ({ href: `${publicUrl}${path}`, title })),
      }
    }
    return reply
      .type('text/html; charset=utf-8')
      .header('content-security-policy', PAGE_CSP)
      .send(page(version, shown))
  })
}

function page(version: string, links: Link[]): string {
  const items = links.map(([path, text]) => `<li><a href="${path.replaceAll('&', '&amp;')}">${text}</a></li>`)
  return htmlPage(
    'Broadsheet',
    `<h1>Broadsheet</h1>
<p>Articles, categories, previous and next, comments: by REST and GraphQL.</p>
<ul>
${items.join('\n')}
</ul>
<small>version ${version}</small>`,
  )
}
