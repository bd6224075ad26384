import type { FastifyInstance } from 'fastify'

const LINKS: [path: string, text: string][] = [
  ['/v1/articles?include=adjacent', 'Articles, each with its neighbours'],
  ['/v1/categories', 'Categories'],
  ['/docs', 'REST: reference and playground'],
  ['/openapi.json', 'REST: OpenAPI 3.1'],
  ['/graphiql', 'GraphQL: playground'],
  ['/readyz', 'Readiness'],
]

/** `/`: a browser gets a short page of links, a client gets them as JSON. */
export function homeRoute(app: FastifyInstance, publicUrl: string, version: string): void {
  app.get('/', { schema: { hide: true, operationId: 'home' } }, async (request, reply) => {
    reply.header('vary', 'accept')
    if (!request.headers.accept?.includes('text/html')) {
      return {
        name: 'Broadsheet',
        version,
        links: LINKS.map(([path, title]) => ({ href: `${publicUrl}${path}`, title })),
      }
    }
    return reply
      .type('text/html; charset=utf-8')
      .header(
        'content-security-policy',
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
      )
      .send(page(version))
  })
}

function page(version: string): string {
  const items = LINKS.map(
    ([path, text]) => `<li><a href="${path.replaceAll('&', '&amp;')}">${text}</a></li>`,
  ).join('\n')
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Broadsheet</title>
<style>
body { font: 1.1rem/1.6 Georgia, serif; max-width: 34rem; margin: 12vh auto; padding: 0 1rem; color: #222; background: #fdfcf9 }
h1 { font-weight: normal; border-bottom: 3px double #222 }
a { color: #14456b }
small { color: #777 }
</style>
</head>
<body>
<h1>Broadsheet</h1>
<p>Articles, categories, previous and next, comments: by REST and GraphQL.</p>
<ul>
${items}
</ul>
<small>version ${version}</small>
</body>
</html>
`
}
