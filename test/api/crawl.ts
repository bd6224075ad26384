import type { FastifyInstance } from 'fastify'
import type { Response } from 'light-my-request'

interface Document {
  paths: Record<string, Record<string, Operation>>
}

interface Operation {
  operationId: string
  parameters?: Parameter[]
  security?: unknown
  responses: Record<string, { content?: object }>
}

interface Parameter {
  name: string
  in: string
  schema: { enum?: unknown[]; type?: string }
}

/** What exists to ask for: values for the parameters of the routes. */
export interface Subjects {
  /** What a path may name of each noun: articles and terms by id or slug, comments by id. */
  articles: string[]
  categories: string[]
  tags: string[]
  authors: string[]
  series: string[]
  comments: string[]
  /** Of decisions. */
  batches: string[]
  /** Of articles. */
  versions: string[]
  /** Values for query parameters. */
  query: Record<string, string[]>
}

export interface Visit {
  operationId: string
  path: string
  url: string
  response: Response
}

/** Every GET of the OpenAPI document, for every subject, bare and with each value of each query parameter. */
export async function crawlRest(
  app: FastifyInstance,
  subjects: Subjects,
  headers: Record<string, string> = {},
): Promise<Visit[]> {
  const visits: Visit[] = []
  const { paths } = app.swagger() as unknown as Document
  for (const [path, operations] of Object.entries(paths)) {
    const operation = operations['get']
    if (!operation) continue
    const queries = (operation.parameters ?? [])
      .filter((parameter) => parameter.in === 'query')
      .flatMap((parameter) =>
        valuesOf(parameter, subjects).map((value) => `?${parameter.name}=${encodeURIComponent(value)}`),
      )
    for (const address of addresses(path, subjects)) {
      for (const query of ['', ...queries]) {
        const url = address + query
        visits.push({
          operationId: operation.operationId,
          path,
          url,
          response: await ask(app, url, headers, streams(operation)),
        })
      }
    }
  }
  return visits
}

const streams = ({ responses }: Operation): boolean =>
  'text/event-stream' in (responses['200']?.content ?? {})

/** A stream has no end: its answer is what it says at first. */
async function ask(
  app: FastifyInstance,
  url: string,
  headers: Record<string, string>,
  endless: boolean,
): Promise<Response> {
  if (!endless) return app.inject({ url, headers })
  const response = await app.inject({ url, headers, payloadAsStream: true })
  const stream = response.stream()
  let body = ''
  for await (const chunk of stream) {
    body += String(chunk)
    if (response.statusCode === 200) break
  }
  return Object.assign(response, { body, payload: body, json: () => JSON.parse(body) })
}

/** A path with every value for each of its parameters: first what the noun names, then a version of it. */
function addresses(path: string, subjects: Subjects): string[] {
  const noun =
    /^\/v1\/(?:moderation\/)?(\w+)\/\{/.exec(path)?.[1] ??
    (path.includes('{version}') ? 'versions' : undefined)
  if (!noun) return [path]
  const values = subjects[noun as Exclude<keyof Subjects, 'query'>]
  if (!values) throw new Error(`nothing is known to ask ${path} for`)
  return values.flatMap((value) => addresses(path.replace(/\{\w+\}/, encodeURIComponent(value)), subjects))
}

function valuesOf({ name, schema }: Parameter, subjects: Subjects): string[] {
  if (subjects.query[name]) return subjects.query[name]
  if (schema.enum) return schema.enum.map(String)
  if (schema.type === 'boolean') return ['true', 'false']
  return []
}
