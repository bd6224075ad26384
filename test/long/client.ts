import http from 'node:http'

export interface Answer {
  status: number
  body: string
  headers: http.IncomingHttpHeaders
}

export interface Asking {
  method?: string
  headers?: Record<string, string>
  body?: string
}

/** One request over an agent of the caller's, read to its end. @throws what the connection throws. */
export function ask(
  agent: http.Agent,
  url: string,
  { method = 'GET', headers, body }: Asking = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = http.request(url, { agent, method, headers: { ...headers } }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        text += chunk
      })
      response.on('error', reject)
      response.on('end', () => {
        if (!response.complete) return reject(new Error('the answer broke off'))
        resolve({ status: response.statusCode ?? 0, body: text, headers: response.headers })
      })
    })
    request.on('error', reject)
    request.end(body)
  })
}

/** A POST of JSON. */
export const posting = (body: unknown, headers: Record<string, string> = {}): Asking => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
})
