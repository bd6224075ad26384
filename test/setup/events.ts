/** One event as a client of `text/event-stream` takes it in. */
export interface Heard {
  type: string
  data: { id?: string; [key: string]: unknown }
}

/** What a browser keeps of a stream of Server-Sent Events, as the HTML standard reads it. */
export class EventReader {
  readonly events: Heard[] = []
  /** To resume from. */
  lastId: string | undefined
  retry: number | undefined
  /** Lines that say nothing, to keep the connection alive. */
  beats = 0
  private rest = ''
  private idBuffer: string | undefined
  private type = ''
  private data: string[] = []

  /** @param lastId what was seen last on an earlier connection: it stands until another comes. */
  constructor(lastId?: string) {
    this.lastId = lastId
    this.idBuffer = lastId
  }

  push(text: string): void {
    const lines = (this.rest + text).split('\n')
    this.rest = lines.pop() ?? ''
    for (const line of lines) this.take(line)
  }

  private take(line: string): void {
    if (line === '') this.dispatch()
    else if (line.startsWith(':')) this.beats++
    else this.takeField(line)
  }

  private takeField(line: string): void {
    const [, field = '', value = ''] = /^([^:]*):? ?(.*)$/.exec(line) ?? []
    if (field === 'event') this.type = value
    else if (field === 'data') this.data.push(value)
    else if (field === 'id') this.idBuffer = value
    else if (field === 'retry') this.retry = Number(value)
    else throw new Error(`no field of an event: ${line}`)
  }

  private dispatch(): void {
    this.lastId = this.idBuffer
    if (this.data.length > 0) this.events.push({ type: this.type, data: JSON.parse(this.data.join('\n')) })
    this.type = ''
    this.data = []
  }
}

/** A client of a stream, which reads for as long as it is open. */
export interface EventClient extends EventReader {
  response: Response
  /** Settled when the stream is over, from either side: whether it came to its end. */
  ended: Promise<boolean>
  leave(): Promise<void>
}

export async function follow(url: string, headers: Record<string, string> = {}): Promise<EventClient> {
  const leaving = new AbortController()
  const response = await fetch(url, { headers, signal: leaving.signal })
  const reader = new EventReader(headers['last-event-id'])
  const read = async () => {
    const decoder = new TextDecoder()
    for await (const chunk of response.body ?? []) reader.push(decoder.decode(chunk, { stream: true }))
  }
  const ended = read().then(
    () => true,
    () => false,
  )
  const leave = async () => {
    leaving.abort()
    await ended
  }
  return Object.assign(reader, { response, ended, leave })
}
