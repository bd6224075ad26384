import { uuidv7 } from 'uuidv7'

/** A new id: UUIDv7, so that later ids sort after earlier ones of the same process. */
export const newId = (): string => uuidv7()

/** The least id that could be made at a moment, in milliseconds since 1970: where a range of ids by time begins. */
export const leastIdAt = (time: number): string => {
  const hex = time.toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** True for text of the shape of an id; slugs never have it. */
export const isId = (text: string): boolean => UUID.test(text)

/** The 16 bytes of an id. */
export const bytesOfId = (id: string): Buffer => Buffer.from(id.replaceAll('-', ''), 'hex')

/** The id of 16 bytes. */
export const idOfBytes = (bytes: Buffer): string =>
  bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
