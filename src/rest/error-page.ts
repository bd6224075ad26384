import type { FastifyInstance } from 'fastify'
import { ERRORS } from '../lib/errors.ts'
import { htmlPage, PAGE_CSP } from './html.ts'

/** `/docs/errors`: what the `type` of every problem points to. */
export function errorPageRoute(app: FastifyInstance): void {
  const rows = Object.entries(ERRORS).map(
    ([code, [status, , title]]) =>
      `<tr id="${code}"><td><code>${code}</code></td><td>${status}</td><td>${title}</td></tr>`,
  )
  const page = htmlPage(
    'Broadsheet: errors',
    `<h1>Errors</h1>
<p>REST answers <code>application/problem+json</code> with a <code>code</code>; GraphQL has the same code in <code>extensions.code</code>. Codes are never renamed.</p>
<table>
<tr><th>code</th><th>status</th><th>meaning</th></tr>
${rows.join('\n')}
</table>`,
  )
  app.get('/docs/errors', { schema: { hide: true, operationId: 'errors' } }, async (_request, reply) =>
    reply.type('text/html; charset=utf-8').header('content-security-policy', PAGE_CSP).send(page),
  )
}
